/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-enrolled-file.h"
#include "istream.h"
#include "lib-event.h"
#include "strescape.h"
#include "strnum.h"
#include "write-full.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#define PIX_ENROLLED_HEADER "pix-enrolled\t1"
#define PIX_ENROLLED_LINE_MAX 8192

struct pix_enrolled_file {
	struct event *event;
	char *path, *temp;
	int fd;
	/* collects lines between begin and end */
	string_t *rewrite;
	bool complained;
};

struct pix_enrolled_file *
pix_enrolled_file_init(const char *dir, struct event *event_parent)
{
	struct pix_enrolled_file *file = i_new(struct pix_enrolled_file, 1);

	file->event = event_create(event_parent);
	file->path = i_strdup_printf("%s/enrolled", dir);
	file->temp = i_strdup_printf("%s/enrolled.new", dir);
	file->fd = -1;
	return file;
}

void pix_enrolled_file_deinit(struct pix_enrolled_file **_file)
{
	struct pix_enrolled_file *file = *_file;

	if (file == NULL)
		return;
	*_file = NULL;
	if (file->rewrite != NULL)
		str_free(&file->rewrite);
	i_close_fd(&file->fd);
	event_unref(&file->event);
	i_free(file->path);
	i_free(file->temp);
	i_free(file);
}

static void
pix_enrolled_file_failed(struct pix_enrolled_file *file, const char *what)
{
	if (!file->complained)
		e_error(file->event, "%s failed: %m: an auth process that starts while this service is down will not know who is enrolled",
			what);
	file->complained = TRUE;
}

static void
pix_enrolled_file_write(struct pix_enrolled_file *file, const string_t *str)
{
	if (file->fd == -1) {
		file->fd = open(file->path, O_WRONLY | O_APPEND | O_CLOEXEC | O_NOFOLLOW);
		if (file->fd == -1) {
			pix_enrolled_file_failed(file, t_strdup_printf("open(%s)", file->path));
			return;
		}
	}
	if (write_full(file->fd, str_data(str), str_len(str)) < 0)
		pix_enrolled_file_failed(file, t_strdup_printf("write(%s)", file->path));
}

void pix_enrolled_file_set(struct pix_enrolled_file *file, const char *name,
			   unsigned int flags)
{
	T_BEGIN {
		string_t *str = file->rewrite != NULL ? file->rewrite : t_str_new(128);

		str_printfa(str, "%u\t", flags);
		str_append_tabescaped(str, name);
		str_append_c(str, '\n');
		if (file->rewrite == NULL)
			pix_enrolled_file_write(file, str);
	} T_END;
}

void pix_enrolled_file_begin(struct pix_enrolled_file *file)
{
	i_assert(file->rewrite == NULL);

	file->rewrite = str_new(default_pool, 4096);
	str_append(file->rewrite, PIX_ENROLLED_HEADER"\n");
}

void pix_enrolled_file_end(struct pix_enrolled_file *file)
{
	int fd = open(file->temp, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND |
		      O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd == -1)
		pix_enrolled_file_failed(file, t_strdup_printf("open(%s)", file->temp));
	else if (write_full(fd, str_data(file->rewrite), str_len(file->rewrite)) < 0 ||
		 fsync(fd) < 0 || rename(file->temp, file->path) < 0) {
		pix_enrolled_file_failed(file, t_strdup_printf("writing %s", file->path));
		i_close_fd(&fd);
	} else {
		i_close_fd(&file->fd);
		file->fd = fd;
		file->complained = FALSE;
	}
	str_free(&file->rewrite);
}

int pix_enrolled_file_read(const char *dir,
			   void (*func)(const char *name, unsigned int flags, void *context),
			   void *context, const char **error_r)
{
	const char *path = t_strconcat(dir, "/enrolled", NULL);
	struct istream *input;
	unsigned int line_no = 0, flags;
	const char *line, *p;
	int fd, ret = 1;

	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd == -1) {
		if (errno == ENOENT || errno == ENOTDIR)
			return 0;
		*error_r = t_strdup_printf("open(%s) failed: %m", path);
		return -1;
	}
	input = i_stream_create_fd_autoclose(&fd, PIX_ENROLLED_LINE_MAX);
	while (ret > 0 && (line = i_stream_read_next_line(input)) != NULL) T_BEGIN {
		if (line_no++ == 0) {
			if (strcmp(line, PIX_ENROLLED_HEADER) != 0)
				ret = -1;
		} else if ((p = strchr(line, '\t')) == NULL ||
			   str_to_uint(t_strdup_until(line, p), &flags) < 0)
			ret = -1;
		else
			func(t_str_tabunescape(p + 1), flags, context);
	} T_END;
	if (ret < 0)
		*error_r = t_strdup_printf("%s is damaged in line %u", path, line_no);
	else if (line_no == 0)
		ret = 0;
	i_stream_destroy(&input);
	return ret;
}
