/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "doveadm-pix-sort.h"
#include "pix-core.h"
#include "strnum.h"
#include "istream.h"
#include "env-util.h"
#include "master-service.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define PIX_SORT_COMPILE_TIMEOUT_SECS 30
#define PIX_SORT_MAX_OUTPUT (64 * 1024)

static bool pix_sort_is_script(const char *name)
{
	size_t len = strlen(name);

	return name[0] != '.' && len > 6 && strcmp(name + len - 6, ".sieve") == 0;
}

static struct pix_sort_script *
pix_sort_script_lookup(ARRAY_TYPE(pix_sort_script) *scripts,
		       const char *phase, const char *name)
{
	struct pix_sort_script *script;

	array_foreach_modifiable(scripts, script) {
		if (strcmp(script->phase, phase) == 0 &&
		    strcmp(script->name, name) == 0)
			return script;
	}
	script = array_append_space(scripts);
	script->phase = phase;
	return script;
}

static int
pix_sort_scan(pool_t pool, const char *dir, const char *phase,
	      ARRAY_TYPE(pix_sort_script) *scripts)
{
	const char *path = t_strdup_printf("%s/%s", dir, phase);
	struct dirent *entry;
	DIR *dirp = opendir(path);

	if (dirp == NULL) {
		if (errno == ENOENT)
			return 0;
		pix_doveadm_fail(EX_NOINPUT, "Could not read the folder of scripts: "
				 "path=%s: %m", path);
		return -1;
	}
	while ((entry = readdir(dirp)) != NULL) {
		struct pix_sort_script *script;

		if (!pix_sort_is_script(entry->d_name))
			continue;
		script = pix_sort_script_lookup(scripts, phase, entry->d_name);
		script->name = p_strdup(pool, entry->d_name);
		script->path = p_strdup_printf(pool, "%s/%s", path, entry->d_name);
	}
	if (closedir(dirp) < 0) {
		pix_doveadm_fail(EX_IOERR, "Could not read the folder of scripts: "
				 "path=%s: %m", path);
		return -1;
	}
	return 0;
}

static int
pix_sort_script_cmp(const struct pix_sort_script *a,
		    const struct pix_sort_script *b)
{
	int ret = strcmp(b->phase, a->phase);

	return ret != 0 ? ret : strcmp(a->name, b->name);
}

int pix_sort_scripts_find(pool_t pool, const char *shipped_dir,
			  const char *local_dir, ARRAY_TYPE(pix_sort_script) *dest)
{
	static const char *const phases[] = { "before", "after" };
	ARRAY_TYPE(pix_sort_script) scripts;
	const struct pix_sort_script *script;
	struct stat st;

	t_array_init(&scripts, 16);
	for (unsigned int i = 0; i < N_ELEMENTS(phases); i++) {
		if (pix_sort_scan(pool, shipped_dir, phases[i], &scripts) < 0 ||
		    pix_sort_scan(pool, local_dir, phases[i], &scripts) < 0)
			return -1;
	}
	array_sort(&scripts, pix_sort_script_cmp);
	array_foreach(&scripts, script) {
		if (stat(script->path, &st) < 0) {
			pix_doveadm_fail(EX_NOINPUT, "Could not read a script: "
					 "path=%s: %m", script->path);
			return -1;
		}
		if (st.st_size > 0)
			array_push_back(dest, script);
	}
	return 0;
}

/* The child: sievec with a clean environment, all output into fd. */
static void ATTR_NORETURN
pix_sort_exec(int fd, const char *script, const char *binary)
{
	const char *config = master_service_get_config_path(master_service);
	const char *argv[] = { "sievec", "-c", config, script, binary, NULL };
	const char *env[] = {
		"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
		"USER=root", "HOME=/", "LANG=C.UTF-8", NULL
	};
	int null_fd = open("/dev/null", O_RDONLY);

	if (dup2(null_fd, STDIN_FILENO) < 0 || dup2(fd, STDOUT_FILENO) < 0 ||
	    dup2(fd, STDERR_FILENO) < 0)
		_exit(126);
	for (int i = STDERR_FILENO + 1; i < 256; i++)
		(void)close(i);
	alarm(PIX_SORT_COMPILE_TIMEOUT_SECS);
	execvpe(argv[0], (char *const *)argv, (char *const *)env);
	_exit(127);
}

static void pix_sort_read_output(int fd, string_t *output)
{
	unsigned char buf[4096];
	ssize_t ret;

	while ((ret = read(fd, buf, sizeof(buf))) > 0 ||
	       (ret < 0 && errno == EINTR)) {
		if (ret > 0 && str_len(output) < PIX_SORT_MAX_OUTPUT)
			str_append_data(output, buf, ret);
	}
}

int pix_sort_compile(const char *script, const char *binary,
		     const char **error_r)
{
	string_t *output = t_str_new(512);
	int fds[2], status;
	pid_t pid;

	if (pipe(fds) < 0) {
		*error_r = t_strdup_printf("pipe() failed: %m");
		return -1;
	}
	pid = fork();
	if (pid == -1) {
		*error_r = t_strdup_printf("fork() failed: %m");
		i_close_fd(&fds[0]);
		i_close_fd(&fds[1]);
		return -1;
	}
	if (pid == 0)
		pix_sort_exec(fds[1], script, binary);
	i_close_fd(&fds[1]);
	pix_sort_read_output(fds[0], output);
	i_close_fd(&fds[0]);
	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR) {
			*error_r = t_strdup_printf("waitpid() failed: %m");
			return -1;
		}
	}
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
		*error_r = "sievec could not be started (install dovecot-sieve)";
	else if (str_len(output) > 0)
		*error_r = str_c(output);
	else
		*error_r = t_strdup_printf("sievec failed with status %d", status);
	return -1;
}

void pix_sort_print_header(void)
{
	doveadm_print_init(DOVEADM_PRINT_TYPE_TABLE);
	doveadm_print_header("script", "script", 0);
	doveadm_print_header("line", "line", DOVEADM_PRINT_HEADER_FLAG_NUMBER);
	doveadm_print_header("finding", "finding", DOVEADM_PRINT_HEADER_FLAG_EXPAND);
}

/* "name: line 3: error: text." */
void pix_sort_print_findings(const char *script, const char *findings)
{
	const char *const *lines = t_strsplit(findings, "\n");
	unsigned int count = 0;

	for (; *lines != NULL; lines++) {
		const char *text = strstr(*lines, ": line ");
		const char *error = *lines;
		unsigned int number = 0;

		if (text != NULL &&
		    str_parse_uint(text + 7, &number, &text) == 0 &&
		    text[0] == ':' && text[1] == ' ') {
			error = text + 2;
		} else if (error[0] == '\0' || count > 0) {
			/* the last line only sums up */
			continue;
		}
		doveadm_print(script);
		doveadm_print_num(number);
		doveadm_print(error);
		count++;
	}
}
