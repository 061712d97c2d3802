/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-audit-log-private.h"

#include <zstd.h>

/* Unpacks src into the cache. */
static int
pix_audit_unpack(struct pix_audit_log *log, const buffer_t *src, const char **error_r)
{
	unsigned long long size = ZSTD_getFrameContentSize(src->data, src->used);
	size_t ret;

	if (size == ZSTD_CONTENTSIZE_ERROR || size == ZSTD_CONTENTSIZE_UNKNOWN ||
	    size > PIX_BUNDLE_MAX_SIZE) {
		*error_r = "not packed with zstd";
		return -1;
	}
	buffer_set_used_size(log->cache, 0);
	ret = ZSTD_decompress(buffer_append_space_unsafe(log->cache, (size_t)size),
			      (size_t)size, src->data, src->used);
	if (ZSTD_isError(ret) != 0 || ret != size) {
		*error_r = "damaged zstd data";
		return -1;
	}
	return 0;
}

static const struct pix_audit_tile *
pix_audit_tile_waiting(struct pix_audit_log *log, const char *path)
{
	const struct pix_audit_tile *tile;

	array_foreach(&log->tiles, tile) {
		if (strcmp(tile->path, path) == 0)
			return tile;
	}
	return NULL;
}

/* A full tile, from memory while it waits for the disk. */
static int
pix_audit_tile_get(struct pix_audit_log *log, const char *path, size_t max,
		   buffer_t *dest, const char **error_r)
{
	const struct pix_audit_tile *tile = pix_audit_tile_waiting(log, path);

	if (tile == NULL)
		return pix_audit_file_read(log, path, max, dest, error_r);
	buffer_set_used_size(dest, 0);
	buffer_append(dest, tile->data->data, tile->data->used);
	return 1;
}

static int
pix_audit_bundle_load(struct pix_audit_log *log, uint64_t index, const char **error_r)
{
	char path[PIX_TILE_PATH_MAX];
	int ret;

	if (log->cache_index == index)
		return 0;
	log->cache_index = UINT64_MAX;
	pix_tile_path(PIX_TILE_ENTRIES, index, PIX_TILE_WIDTH, path);
	T_BEGIN {
		const char *packed = t_strconcat(path, ".zst", NULL), *error = "missing";
		buffer_t *buf = t_buffer_create(16384);

		ret = pix_audit_tile_get(log, packed, PIX_BUNDLE_MAX_SIZE, buf, &error);
		if (ret > 0)
			ret = pix_audit_unpack(log, buf, &error) < 0 ? -1 : 1;
		else if (ret == 0)
			ret = pix_audit_tile_get(log, path, PIX_BUNDLE_MAX_SIZE,
						 log->cache, &error);
		if (ret <= 0)
			*error_r = t_strdup_printf("%s/%s: %s", log->log_dir, path, error);
	} T_END_PASS_STR_IF(ret <= 0, error_r);
	if (ret <= 0)
		return -1;
	log->cache_index = index;
	return 0;
}

int pix_audit_log_read(struct pix_audit_log *log, uint64_t index,
		       struct pix_bundle_entry *entries_r, const char **error_r)
{
	struct pix_bundle_entry all[PIX_TILE_WIDTH];
	unsigned int offset = (unsigned int)(index % PIX_TILE_WIDTH), count;
	uint64_t bundle = index / PIX_TILE_WIDTH;
	const buffer_t *data = log->cache;

	if (index >= log->durable)
		return 0;
	count = log->tree.size / PIX_TILE_WIDTH == bundle ?
		log->edge[0].count : PIX_TILE_WIDTH;
	if (count < PIX_TILE_WIDTH)
		data = log->bundle;
	else if (pix_audit_bundle_load(log, bundle, error_r) < 0)
		return -1;
	if (pix_bundle_parse(data->data, data->used, count, all) < 0) {
		*error_r = t_strdup_printf("Entry bundle %llu below %s is damaged",
					   (unsigned long long)bundle, log->log_dir);
		return -1;
	}
	if (bundle * PIX_TILE_WIDTH + count > log->durable)
		count = (unsigned int)(log->durable - bundle * PIX_TILE_WIDTH);
	memcpy(entries_r, all + offset, (count - offset) * sizeof(all[0]));
	return (int)(count - offset);
}

int pix_audit_log_hash(void *context, unsigned int level, uint64_t index,
		       struct pix_hash *hash_r)
{
	struct pix_audit_log *log = context;
	unsigned int tile_level = level / PIX_TILE_HEIGHT;
	unsigned int width = 1U << (level % PIX_TILE_HEIGHT);
	uint64_t first = index * width, tile = first / PIX_TILE_WIDTH;
	unsigned int offset = (unsigned int)(first % PIX_TILE_WIDTH);
	const struct pix_audit_edge *edge = &log->edge[tile_level];
	const char *error;
	int ret = 1;

	if (tile == pix_tile_level_hashes(log->tree.size, tile_level) / PIX_TILE_WIDTH) {
		if (offset + width > edge->count)
			return -1;
	} else if (log->cache_level == (int)tile_level && log->cache_tile_index == tile) {
		edge = log->cache_tile;
	} else {
		char path[PIX_TILE_PATH_MAX];

		pix_tile_path((int)tile_level, tile, PIX_TILE_WIDTH, path);
		T_BEGIN {
			buffer_t *buf = t_buffer_create(sizeof(edge->hash));

			ret = pix_audit_tile_get(log, path, sizeof(edge->hash), buf, &error);
			if (ret == 1 && buf->used == sizeof(edge->hash))
				memcpy(log->cache_tile->hash, buf->data, buf->used);
			else
				ret = -1;
		} T_END;
		if (ret < 0) {
			log->cache_level = -1;
			return -1;
		}
		log->cache_level = (int)tile_level;
		log->cache_tile_index = tile;
		edge = log->cache_tile;
	}
	pix_merkle_subtree(log->hasher, edge->hash + offset, width, hash_r);
	return 0;
}
