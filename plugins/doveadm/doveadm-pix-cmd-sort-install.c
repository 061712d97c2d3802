/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

/* doveadm pix sort install: compiles the organisation's scripts into a new
   generation and switches to it by one rename. If a single script has an
   error, nothing changes: a broken script in front of users' own would keep
   these from running. */

#include "doveadm-pix-sort.h"
#include "pix-core.h"
#include "mkdir-parents.h"
#include "unlink-directory.h"
#include "write-full.h"
#include "ioloop.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define PIX_SORT_GENERATION "gen-"

static int sort_install_copy(const char *from, const char *to)
{
	unsigned char buf[8192];
	int in, out, ret = 0;
	ssize_t size;

	in = open(from, O_RDONLY | O_CLOEXEC);
	out = in == -1 ? -1 : open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	if (in == -1 || out == -1) {
		pix_doveadm_fail(EX_CANTCREAT, "Could not copy a script: "
				 "from=%s to=%s: %m", from, to);
		i_close_fd(&in);
		return -1;
	}
	while ((size = read(in, buf, sizeof(buf))) > 0 && ret == 0)
		ret = write_full(out, buf, size);
	if (size < 0 || ret < 0 || fchmod(out, 0644) < 0 || fsync(out) < 0) {
		pix_doveadm_fail(EX_IOERR, "Could not copy a script: "
				 "from=%s to=%s: %m", from, to);
		ret = -1;
	}
	i_close_fd(&in);
	i_close_fd(&out);
	return ret;
}

static int sort_install_dir(const char *path)
{
	if (mkdir_parents(path, 0755) < 0 && errno != EEXIST) {
		pix_doveadm_fail(EX_CANTCREAT, "Could not create a folder: "
				 "path=%s: %m", path);
		return -1;
	}
	if (chmod(path, 0755) < 0) {
		pix_doveadm_fail(EX_CANTCREAT, "chmod(%s) failed: %m", path);
		return -1;
	}
	return 0;
}

/* Copies and compiles one script. A finding sets the exit code and is shown,
   and the next script is looked at all the same. */
static int
sort_install_script(const char *dir, const struct pix_sort_script *script)
{
	const char *path = t_strdup_printf("%s/%s/%s", dir, script->phase, script->name);
	const char *binary = t_strconcat(t_strdup_until(path,
		path + strlen(path) - strlen(".sieve")), ".svbin", NULL);
	const char *error;

	if (sort_install_copy(script->path, path) < 0)
		return -1;
	if (pix_sort_compile(path, binary, &error) < 0) {
		pix_sort_print_findings(script->path, error);
		doveadm_exit_code = EX_DATAERR;
		return 0;
	}
	if (chmod(binary, 0644) < 0) {
		pix_doveadm_fail(EX_CANTCREAT, "chmod(%s) failed: %m", binary);
		return -1;
	}
	return 0;
}

static void sort_install_remove(const char *path)
{
	const char *error;

	if (unlink_directory(path, UNLINK_DIRECTORY_FLAG_RMDIR, &error) < 0 &&
	    errno != ENOENT)
		i_error("Could not remove an old folder: path=%s: %s", path, error);
}

/* Everything but the generation that is in force and the one before it. */
static void
sort_install_clean(const char *keep, const char *previous)
{
	DIR *dirp = opendir(PIX_SORT_INSTALL_DIR);
	struct dirent *entry;

	if (dirp == NULL)
		return;
	while ((entry = readdir(dirp)) != NULL) {
		if (strncmp(entry->d_name, PIX_SORT_GENERATION,
			    strlen(PIX_SORT_GENERATION)) == 0 &&
		    strcmp(entry->d_name, keep) != 0 &&
		    strcmp(entry->d_name, previous) != 0) T_BEGIN {
			sort_install_remove(t_strconcat(PIX_SORT_INSTALL_DIR"/",
							entry->d_name, NULL));
		} T_END;
	}
	(void)closedir(dirp);
}

static int sort_install_switch(const char *generation)
{
	const char *current = PIX_SORT_INSTALL_DIR"/current";
	const char *temp = t_strdup_printf("%s.%s", current, generation);
	char previous[256];
	ssize_t len = readlink(current, previous, sizeof(previous) - 1);
	int fd;

	previous[len < 0 ? 0 : len] = '\0';
	if (symlink(generation, temp) < 0 || rename(temp, current) < 0) {
		pix_doveadm_fail(EX_CANTCREAT, "Could not switch to the new scripts: "
				 "path=%s: %m", current);
		i_unlink_if_exists(temp);
		return -1;
	}
	fd = open(PIX_SORT_INSTALL_DIR, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd != -1) {
		if (fsync(fd) < 0)
			i_error("fsync(%s) failed: %m", PIX_SORT_INSTALL_DIR);
		i_close_fd(&fd);
	}
	sort_install_clean(generation, previous);
	return 0;
}

static void cmd_pix_sort_install(struct doveadm_cmd_context *cctx ATTR_UNUSED)
{
	pool_t pool = pool_alloconly_create("sort install", 1024);
	const char *generation = t_strdup_printf(PIX_SORT_GENERATION"%ld-%ld",
		(long)ioloop_time, (long)getpid());
	const char *dir = t_strconcat(PIX_SORT_INSTALL_DIR"/", generation, NULL);
	ARRAY_TYPE(pix_sort_script) scripts;
	const struct pix_sort_script *script;
	int ret;

	pix_sort_print_header();
	p_array_init(&scripts, pool, 16);
	ret = pix_sort_scripts_find(pool, PIX_SORT_SHIPPED_DIR,
				    PIX_SORT_LOCAL_DIR, &scripts);
	if (ret == 0 &&
	    (sort_install_dir(PIX_SORT_INSTALL_DIR) < 0 ||
	     sort_install_dir(dir) < 0 ||
	     sort_install_dir(t_strconcat(dir, "/before", NULL)) < 0 ||
	     sort_install_dir(t_strconcat(dir, "/after", NULL)) < 0))
		ret = -1;
	array_foreach(&scripts, script) T_BEGIN {
		if (ret == 0)
			ret = sort_install_script(dir, script);
	} T_END;
	if (ret == 0 && doveadm_exit_code == 0)
		ret = sort_install_switch(generation);
	if (ret < 0 || doveadm_exit_code != 0)
		sort_install_remove(dir);
	pool_unref(&pool);
}

struct doveadm_cmd_ver2 pix_doveadm_cmd_sort_install = {
	.name = "pix sort install",
	.cmd = cmd_pix_sort_install,
	.usage = "",
DOVEADM_CMD_PARAMS_START
DOVEADM_CMD_PARAMS_END
};
