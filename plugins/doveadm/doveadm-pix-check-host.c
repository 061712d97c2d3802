/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

/* What the host itself says of the file: doveconf stops at its first error. */

#include "doveadm-pix-check.h"
#include "pix-compat.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#define CHECK_DOVECONF PIX_BINDIR"/doveconf"
#define CHECK_OUTPUT_MAX (256 * 1024)

/* Its stderr, or NULL if it can't be run. */
static const char *check_host_run(struct pix_check *check, int *status_r)
{
	string_t *text = t_str_new(1024);
	char buf[4096];
	int fd[2];
	ssize_t ret;
	pid_t pid;

	if (access(CHECK_DOVECONF, X_OK) < 0 || pipe(fd) < 0)
		return NULL;
	pid = fork();
	if (pid == -1) {
		i_close_fd(&fd[0]);
		i_close_fd(&fd[1]);
		return NULL;
	}
	if (pid == 0) {
		int null = open("/dev/null", O_RDWR);

		if (null == -1 || dup2(null, STDIN_FILENO) < 0 ||
		    dup2(null, STDOUT_FILENO) < 0 || dup2(fd[1], STDERR_FILENO) < 0)
			_exit(127);
		execl(CHECK_DOVECONF, CHECK_DOVECONF, "-n", "-c", check->path, (char *)NULL);
		_exit(127);
	}
	i_close_fd(&fd[1]);
	while ((ret = read(fd[0], buf, sizeof(buf))) > 0) {
		if (str_len(text) < CHECK_OUTPUT_MAX)
			str_append_data(text, buf, (size_t)ret);
	}
	i_close_fd(&fd[0]);
	if (waitpid(pid, status_r, 0) < 0)
		return NULL;
	return str_c(text);
}

/* "… FILE line N: TEXT" or "… in FILE line N: …" */
static void
check_host_place(const char *line, const char **file_r, unsigned int *line_r)
{
	const char *p = strstr(line, " line "), *start;

	*file_r = "";
	*line_r = 0;
	if (p == NULL)
		return;
	for (start = p; start > line && start[-1] != ' '; start--) ;
	if (start[0] != '/' || str_to_uint(t_strcut(p + 6, ':'), line_r) < 0) {
		*line_r = 0;
		return;
	}
	*file_r = t_strdup_until(start, p);
}

static bool
check_host_is_known(const struct pix_check *check, const char *file,
		    unsigned int line)
{
	const struct pix_check_finding *finding;

	array_foreach(&check->findings, finding) {
		if (line != 0 && finding->line == line &&
		    strcmp(finding->file, file) == 0)
			return TRUE;
	}
	return FALSE;
}

static void check_host_line(struct pix_check *check, const char *line)
{
	enum pix_check_level level = PIX_CHECK_WARNING;
	unsigned int number;
	const char *file;

	if (!str_begins_suffix_compat(line, "doveconf: ", &line))
		return;
	if (str_begins_suffix_compat(line, "Fatal: ", &line) ||
	    str_begins_suffix_compat(line, "Error: ", &line))
		level = PIX_CHECK_ERROR;
	else if (!str_begins_suffix_compat(line, "Warning: ", &line))
		return;
	check_host_place(line, &file, &number);
	/* one of ours says it with a remedy */
	if (!check_host_is_known(check, file, number))
		pix_check_add_at(check, level, "host", file, number, line);
}

void pix_check_host(struct pix_check *check)
{
	const char *const *lines, *output;
	int status = 0;

	output = check_host_run(check, &status);
	if (output == NULL) {
		pix_check_add(check, PIX_CHECK_WARNING, "host", NULL,
			CHECK_DOVECONF" could not be run: what Dovecot itself says is missing here");
		return;
	}
	lines = t_strsplit(output, "\n");
	for (; *lines != NULL; lines++)
		check_host_line(check, *lines);
}
