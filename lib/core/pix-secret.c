/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-secret.h"
#include "safe-memset.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define PIX_SECRET_MAX_SIZE 65536

struct pix_secret {
	size_t size;
	size_t map_size;
	unsigned char *data;
};

struct pix_secret *pix_secret_new(size_t size)
{
	struct pix_secret *secret;
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	i_assert(size > 0 && size <= PIX_SECRET_MAX_SIZE);

	secret = i_new(struct pix_secret, 1);
	secret->size = size;
	secret->map_size = (size + page - 1) / page * page;
	secret->data = mmap(NULL, secret->map_size, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (secret->data == MAP_FAILED)
		i_fatal_status(FATAL_OUTOFMEM, "mmap(%zu) failed: %m",
			       secret->map_size);
	/* best effort: a kernel without it only loses that protection */
	(void)madvise(secret->data, secret->map_size, MADV_DONTDUMP);
	(void)mlock(secret->data, secret->map_size);
	return secret;
}

struct pix_secret *pix_secret_copy(const void *data, size_t size)
{
	struct pix_secret *secret = pix_secret_new(size);

	memcpy(secret->data, data, size);
	return secret;
}

unsigned char *pix_secret_data(struct pix_secret *secret)
{
	return secret->data;
}

size_t pix_secret_size(const struct pix_secret *secret)
{
	return secret->size;
}

void pix_secret_free(struct pix_secret **_secret)
{
	struct pix_secret *secret = *_secret;

	if (secret == NULL)
		return;
	*_secret = NULL;
	safe_memset(secret->data, 0, secret->map_size);
	(void)munmap(secret->data, secret->map_size);
	i_free(secret);
}

static int
pix_secret_read_fd(int fd, const char *path, size_t size,
		   struct pix_secret **secret_r, const char **error_r)
{
	struct pix_secret *secret;
	struct stat st;
	ssize_t ret;

	if (fstat(fd, &st) < 0) {
		*error_r = t_strdup_printf("fstat(%s) failed: %m", path);
		return -1;
	}
	if (!S_ISREG(st.st_mode)) {
		*error_r = t_strdup_printf("%s is not a regular file", path);
		return -1;
	}
	if ((st.st_mode & 077) != 0) {
		*error_r = t_strdup_printf(
			"%s may be read by others (mode %04o): chmod 0600 %s",
			path, (unsigned int)(st.st_mode & 07777), path);
		return -1;
	}
	if (st.st_size != (off_t)size) {
		*error_r = t_strdup_printf(
			"%s holds %lld bytes instead of %zu: restore it from its backup",
			path, (long long)st.st_size, size);
		return -1;
	}
	secret = pix_secret_new(size);
	ret = read(fd, secret->data, size);
	if (ret != (ssize_t)size) {
		*error_r = ret < 0 ?
			t_strdup_printf("read(%s) failed: %m", path) :
			t_strdup_printf("read(%s) returned %zd bytes instead of %zu",
					path, ret, size);
		pix_secret_free(&secret);
		return -1;
	}
	*secret_r = secret;
	return 0;
}

int pix_secret_read_file(const char *path, size_t size,
			 struct pix_secret **secret_r, const char **error_r)
{
	int fd, ret;

	*secret_r = NULL;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd == -1) {
		*error_r = t_strdup_printf("open(%s) failed: %m", path);
		return -1;
	}
	ret = pix_secret_read_fd(fd, path, size, secret_r, error_r);
	i_close_fd(&fd);
	return ret;
}

void pix_secret_wipe_str(char *str)
{
	if (str != NULL)
		safe_memset(str, 0, strlen(str));
}

void pix_secret_wipe_buffer(buffer_t *buf)
{
	size_t used = buf->used;

	if (used > 0)
		safe_memset(buffer_get_modifiable_data(buf, &used), 0, buf->used);
	buffer_set_used_size(buf, 0);
}
