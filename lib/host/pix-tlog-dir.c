/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-tlog-dir.h"
#include "pix-tile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

#define PIX_TLOG_PATH_MAX 4096

struct pix_tlog_dir {
	char path[PIX_TLOG_PATH_MAX];
	char *data;
	unsigned char *unpacked;
};

int pix_tlog_file_read(const char *path, size_t max, char **data_r, size_t *size_r,
		       char error_r[PIX_ERR_SIZE])
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	struct stat st;
	size_t pos = 0;
	char *data;

	if (fd == -1) {
		if (errno == ENOENT || errno == ENOTDIR)
			return 0;
		snprintf(error_r, PIX_ERR_SIZE, "can't be opened: %s", strerror(errno));
		return -1;
	}
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || (size_t)st.st_size > max) {
		snprintf(error_r, PIX_ERR_SIZE, "is no file of at most %zu bytes", max);
		close(fd);
		return -1;
	}
	data = malloc((size_t)st.st_size + 1);
	if (data == NULL)
		abort();
	while (pos < (size_t)st.st_size) {
		ssize_t ret = read(fd, data + pos, (size_t)st.st_size - pos);

		if (ret < 0 && errno == EINTR)
			continue;
		if (ret <= 0)
			break;
		pos += (size_t)ret;
	}
	close(fd);
	if (pos < (size_t)st.st_size) {
		snprintf(error_r, PIX_ERR_SIZE, "can't be read: %s", strerror(errno));
		free(data);
		return -1;
	}
	data[pos] = '\0';
	*data_r = data;
	*size_r = pos;
	return 1;
}

struct pix_tlog_dir *pix_tlog_dir_open(const char *path, char error_r[PIX_ERR_SIZE])
{
	static const char *const below[] = { "", "/log" };
	struct pix_tlog_dir *dir = calloc(1, sizeof(*dir));
	char file[PIX_TLOG_PATH_MAX + 32];

	if (dir == NULL)
		abort();
	for (unsigned int i = 0; i < 2; i++) {
		int len = snprintf(dir->path, sizeof(dir->path), "%s%s", path, below[i]);

		if (len < 0 || (size_t)len >= sizeof(dir->path))
			break;
		snprintf(file, sizeof(file), "%s/checkpoint", dir->path);
		if (access(file, F_OK) == 0)
			return dir;
	}
	snprintf(error_r, PIX_ERR_SIZE, "there is no checkpoint in %.400s", path);
	pix_tlog_dir_close(&dir);
	return NULL;
}

void pix_tlog_dir_close(struct pix_tlog_dir **dir)
{
	if (*dir == NULL)
		return;
	free((*dir)->data);
	free((*dir)->unpacked);
	free(*dir);
	*dir = NULL;
}

const char *pix_tlog_dir_path(const struct pix_tlog_dir *dir)
{
	return dir->path;
}

static int
pix_tlog_dir_unpack(struct pix_tlog_dir *dir, size_t packed,
		    const unsigned char **data_r, size_t *size_r,
		    char error_r[PIX_ERR_SIZE])
{
	unsigned long long size = ZSTD_getFrameContentSize(dir->data, packed);
	size_t ret;

	if (size == ZSTD_CONTENTSIZE_UNKNOWN || size == ZSTD_CONTENTSIZE_ERROR ||
	    size > PIX_BUNDLE_MAX_SIZE) {
		snprintf(error_r, PIX_ERR_SIZE, "isn't packed with zstd");
		return -1;
	}
	free(dir->unpacked);
	dir->unpacked = malloc((size_t)size + 1);
	if (dir->unpacked == NULL)
		abort();
	ret = ZSTD_decompress(dir->unpacked, (size_t)size, dir->data, packed);
	if (ZSTD_isError(ret) != 0 || ret != size) {
		snprintf(error_r, PIX_ERR_SIZE, "its zstd data is damaged");
		return -1;
	}
	*data_r = dir->unpacked;
	*size_r = ret;
	return 1;
}

int pix_tlog_dir_read(void *context, const char *path,
		      const unsigned char **data_r, size_t *size_r,
		      char error_r[PIX_ERR_SIZE])
{
	struct pix_tlog_dir *dir = context;
	char full[PIX_TLOG_PATH_MAX + PIX_TILE_PATH_MAX + 8];
	size_t size;
	int ret;

	free(dir->data);
	dir->data = NULL;
	snprintf(full, sizeof(full), "%s/%s", dir->path, path);
	ret = pix_tlog_file_read(full, PIX_BUNDLE_MAX_SIZE, &dir->data, &size, error_r);
	if (ret > 0) {
		*data_r = (const unsigned char *)dir->data;
		*size_r = size;
		return 1;
	}
	if (ret < 0 || strncmp(path, "tile/entries/", 13) != 0)
		return ret;
	snprintf(full, sizeof(full), "%s/%s.zst", dir->path, path);
	ret = pix_tlog_file_read(full, PIX_BUNDLE_MAX_SIZE, &dir->data, &size, error_r);
	return ret <= 0 ? ret : pix_tlog_dir_unpack(dir, size, data_r, size_r, error_r);
}
