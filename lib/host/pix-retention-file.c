/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-retention-file.h"
#include "lib-event.h"
#include "read-full.h"
#include "ioloop.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

struct pix_retention_file {
	char *path;
	struct event *event;
	struct pix_retention_policy *policy;
	unsigned int generation;
	/* of what was read last, good or not */
	struct stat st;
	time_t checked;
	bool read;
	char *error;
};

int pix_retention_file_read(const char *path,
			    struct pix_retention_policy **policy_r,
			    const char **error_r)
{
	struct stat st;
	const char *error;
	void *data;
	int fd, ret;

	*policy_r = NULL;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd == -1) {
		*error_r = t_strdup_printf("open(%s) failed: %m (check pix_archive_policy)", path);
		return -1;
	}
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
		*error_r = t_strdup_printf("%s is not a file (check pix_archive_policy)", path);
		i_close_fd(&fd);
		return -1;
	}
	if (st.st_size > PIX_RETENTION_MAX_SIZE)
		st.st_size = PIX_RETENTION_MAX_SIZE + 1;
	data = i_malloc((size_t)st.st_size + 1);
	ret = read_full(fd, data, (size_t)st.st_size);
	if (ret < 0)
		*error_r = t_strdup_printf("read(%s) failed: %m", path);
	else if (ret == 0 && st.st_size > 0) {
		*error_r = t_strdup_printf("%s changed while it was read", path);
		ret = -1;
	} else if (pix_retention_policy_parse(data, (size_t)st.st_size, policy_r, &error) < 0) {
		*error_r = t_strdup_printf("%s: %s (check pix_archive_policy)", path, error);
		ret = -1;
	} else {
		ret = 0;
	}
	i_free(data);
	i_close_fd(&fd);
	return ret < 0 ? -1 : 0;
}

struct pix_retention_file *
pix_retention_file_init(const char *path, struct event *event)
{
	struct pix_retention_file *file = i_new(struct pix_retention_file, 1);

	file->path = i_strdup(path);
	file->event = event;
	return file;
}

void pix_retention_file_deinit(struct pix_retention_file **_file)
{
	struct pix_retention_file *file = *_file;

	if (file == NULL)
		return;
	*_file = NULL;
	pix_retention_policy_free(&file->policy);
	i_free(file->error);
	i_free(file->path);
	i_free(file);
}

unsigned int pix_retention_file_generation(const struct pix_retention_file *file)
{
	return file->generation;
}

static void
pix_retention_file_take(struct pix_retention_file *file,
			struct pix_retention_policy *policy)
{
	pix_retention_policy_free(&file->policy);
	file->policy = policy;
	file->generation++;
	i_free(file->error);
}

static void pix_retention_file_refresh(struct pix_retention_file *file)
{
	static const char empty[] = "version 1\n";
	struct pix_retention_policy *policy;
	struct stat st;
	const char *error;

	i_zero(&st);
	if (*file->path == '\0') {
		if (file->policy == NULL &&
		    pix_retention_policy_parse(empty, strlen(empty), &policy, &error) == 0)
			pix_retention_file_take(file, policy);
		return;
	}
	if (stat(file->path, &st) == 0 && file->read &&
	    st.st_mtim.tv_sec == file->st.st_mtim.tv_sec &&
	    st.st_mtim.tv_nsec == file->st.st_mtim.tv_nsec &&
	    st.st_ino == file->st.st_ino && st.st_size == file->st.st_size)
		return;
	file->st = st;
	file->read = TRUE;
	if (pix_retention_file_read(file->path, &policy, &error) == 0) {
		pix_retention_file_take(file, policy);
		return;
	}
	if (file->error == NULL || strcmp(file->error, error) != 0) {
		if (file->policy != NULL)
			e_error(file->event, "%s: the last good policy stays in force", error);
		i_free(file->error);
		file->error = i_strdup(error);
	}
}

int pix_retention_file_get(struct pix_retention_file *file,
			   const struct pix_retention_policy **policy_r,
			   const char **error_r)
{
	struct timespec now;

	/* a clock step must not keep us from looking */
	if (clock_gettime(CLOCK_MONOTONIC, &now) < 0)
		i_unreached();
	if (!file->read || file->policy == NULL || now.tv_sec != file->checked) {
		file->checked = now.tv_sec;
		T_BEGIN {
			pix_retention_file_refresh(file);
		} T_END;
	}
	*policy_r = file->policy;
	if (file->policy != NULL)
		return 0;
	*error_r = t_strdup(file->error);
	return -1;
}
