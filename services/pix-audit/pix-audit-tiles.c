/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-audit-log-private.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

/* Low levels pack records, which repeat each other, nearly as well as high ones. */
#define PIX_AUDIT_ZSTD_LEVEL 3

static void pix_audit_tile_queue(struct pix_audit_log *log, int level,
				 uint64_t index, const void *data, size_t size)
{
	struct pix_audit_tile *tile = array_append_space(&log->tiles);

	pix_tile_path(level, index, PIX_TILE_WIDTH, tile->path);
	tile->data = buffer_create_dynamic(default_pool, size);
	buffer_append(tile->data, data, size);
	log->tiles_bytes += size;
}

static void pix_audit_bundle_queue(struct pix_audit_log *log, uint64_t index)
{
	size_t max = ZSTD_compressBound(log->bundle->used), size;
	struct pix_audit_tile *tile;

	if (!log->params.compress) {
		pix_audit_tile_queue(log, PIX_TILE_ENTRIES, index,
				     log->bundle->data, log->bundle->used);
		return;
	}
	tile = array_append_space(&log->tiles);
	pix_tile_path(PIX_TILE_ENTRIES, index, PIX_TILE_WIDTH, tile->path);
	(void)i_strocpy(tile->path + strlen(tile->path), ".zst",
			sizeof(tile->path) - strlen(tile->path));
	tile->data = buffer_create_dynamic(default_pool, max);
	size = ZSTD_compress(buffer_append_space_unsafe(tile->data, max), max,
			     log->bundle->data, log->bundle->used,
			     PIX_AUDIT_ZSTD_LEVEL);
	/* only without memory or with too little room */
	if (ZSTD_isError(size) != 0)
		i_panic("ZSTD_compress() failed: %s", ZSTD_getErrorName(size));
	buffer_set_used_size(tile->data, size);
	log->tiles_bytes += size;
}

void pix_audit_tile_hash(void *context, unsigned int level,
			 const struct pix_hash *hash)
{
	struct pix_audit_log *log = context;
	struct pix_audit_edge *edge;
	uint64_t index;

	if (level >= PIX_TILE_LEVELS)
		return;
	edge = &log->edge[level];
	edge->hash[edge->count++] = *hash;
	if (edge->count < PIX_TILE_WIDTH)
		return;
	/* the tree's size doesn't count the leaf that completed the tile yet */
	index = log->tree.size >> ((level + 1) * PIX_TILE_HEIGHT);
	pix_audit_tile_queue(log, (int)level, index, edge->hash, sizeof(edge->hash));
	if (level == 0) {
		pix_audit_bundle_queue(log, index);
		buffer_set_used_size(log->bundle, 0);
	}
	edge->count = 0;
}

static int pix_audit_mkdirs(const char *path)
{
	char *copy = t_strdup_noconst(path), *p = copy;

	while ((p = strchr(p + 1, '/')) != NULL) {
		*p = '\0';
		if (mkdir(copy, 0750) < 0 && errno != EEXIST)
			return -1;
		*p = '/';
	}
	return 0;
}

int pix_audit_file_write(struct pix_audit_log *log, const char *path,
			 const void *data, size_t size, bool sync,
			 const char **error_r)
{
	const char *full = path[0] == '/' ? path :
		t_strconcat(log->log_dir, "/", path, NULL);
	const char *temp = t_strconcat(full, ".tmp", NULL);
	int flags = O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW;
	int fd = open(temp, flags, 0640);

	if (fd == -1 && errno == ENOENT && pix_audit_mkdirs(temp) == 0)
		fd = open(temp, flags, 0640);
	if (fd == -1) {
		*error_r = t_strdup_printf("open(%s) failed: %m", temp);
		return -1;
	}
	while (size > 0) {
		ssize_t ret = write(fd, data, size);

		if (ret <= 0) {
			if (ret < 0 && errno == EINTR)
				continue;
			*error_r = t_strdup_printf("write(%s) failed: %m", temp);
			i_close_fd(&fd);
			i_unlink(temp);
			return -1;
		}
		data = CONST_PTR_OFFSET(data, ret);
		size -= (size_t)ret;
	}
	if (sync && fdatasync(fd) < 0) {
		*error_r = t_strdup_printf("fdatasync(%s) failed: %m", temp);
		i_close_fd(&fd);
		return -1;
	}
	i_close_fd(&fd);
	if (rename(temp, full) < 0) {
		*error_r = t_strdup_printf("rename(%s, %s) failed: %m", temp, full);
		return -1;
	}
	return 0;
}

int pix_audit_file_read(struct pix_audit_log *log, const char *path,
			size_t max, buffer_t *dest, const char **error_r)
{
	const char *full = path[0] == '/' ? path :
		t_strconcat(log->log_dir, "/", path, NULL);
	int fd = open(full, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	struct stat st;
	ssize_t ret;

	if (fd == -1) {
		if (errno == ENOENT)
			return 0;
		*error_r = t_strdup_printf("open(%s) failed: %m", full);
		return -1;
	}
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) ||
	    (uoff_t)st.st_size > max) {
		*error_r = t_strdup_printf("%s is no file of at most %zu bytes", full, max);
		i_close_fd(&fd);
		return -1;
	}
	buffer_set_used_size(dest, 0);
	for (;;) {
		size_t left = (size_t)st.st_size - dest->used;

		if (left == 0)
			break;
		ret = read(fd, buffer_append_space_unsafe(dest, left), left);
		buffer_set_used_size(dest, (size_t)st.st_size - left +
				     (ret > 0 ? (size_t)ret : 0));
		if (ret <= 0)
			break;
	}
	i_close_fd(&fd);
	if (dest->used != (size_t)st.st_size) {
		*error_r = t_strdup_printf("read(%s) failed: %m", full);
		return -1;
	}
	return 1;
}

int pix_audit_tiles_write(struct pix_audit_log *log, const char **error_r)
{
	unsigned int done = 0, count;
	int ret = 0;

	count = array_count(&log->tiles);
	for (; done < count; done++) {
		struct pix_audit_tile *tile = array_idx_modifiable(&log->tiles, done);

		T_BEGIN {
			ret = pix_audit_file_write(log, tile->path, tile->data->data,
						   tile->data->used, FALSE, error_r);
		} T_END_PASS_STR_IF(ret < 0, error_r);
		if (ret < 0)
			break;
		log->tiles_bytes -= tile->data->used;
		buffer_free(&tile->data);
	}
	array_delete(&log->tiles, 0, done);
	return ret;
}

/* Root of a full tile on disk. */
static int
pix_audit_tile_root(struct pix_audit_log *log, int level, uint64_t index,
		    struct pix_hash *root_r, const char **error_r)
{
	char path[PIX_TILE_PATH_MAX];
	int ret;

	pix_tile_path(level, index, PIX_TILE_WIDTH, path);
	T_BEGIN {
		buffer_t *buf = t_buffer_create(PIX_TILE_WIDTH * PIX_HASH_SIZE);

		ret = pix_audit_file_read(log, path, PIX_TILE_WIDTH * PIX_HASH_SIZE,
					  buf, error_r);
		if (ret == 1 && buf->used == PIX_TILE_WIDTH * PIX_HASH_SIZE)
			pix_merkle_subtree(log->hasher, buf->data, PIX_TILE_WIDTH, root_r);
		else if (ret >= 0) {
			*error_r = t_strdup_printf("%s/%s is missing or too short",
						   log->log_dir, path);
			ret = -1;
		}
	} T_END_PASS_STR_IF(ret < 0, error_r);
	return ret < 0 ? -1 : 0;
}

int pix_audit_tiles_load(struct pix_audit_log *log, uint64_t size,
			 const char **error_r)
{
	i_assert(size % PIX_TILE_WIDTH == 0);

	i_zero(&log->tree);
	log->edge[0].count = 0;
	for (unsigned int level = 1; level < PIX_TILE_LEVELS; level++) {
		struct pix_audit_edge *edge = &log->edge[level];
		uint64_t hashes = pix_tile_level_hashes(size, level);
		unsigned int count = (unsigned int)(hashes % PIX_TILE_WIDTH), pos = 0;

		edge->count = count;
		for (unsigned int i = 0; i < count; i++) {
			if (pix_audit_tile_root(log, (int)level - 1, hashes - count + i,
						&edge->hash[i], error_r) < 0)
				return -1;
		}
		for (unsigned int bit = PIX_TILE_HEIGHT; bit-- > 0; ) {
			if ((count >> bit & 1) == 0)
				continue;
			pix_merkle_subtree(log->hasher, edge->hash + pos, 1U << bit,
					   &log->tree.stack[level * PIX_TILE_HEIGHT + bit]);
			pos += 1U << bit;
		}
	}
	log->tree.size = size;
	return 0;
}
