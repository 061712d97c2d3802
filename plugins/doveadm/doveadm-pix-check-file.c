/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

/* Keys and folders that the settings name. */

#include "doveadm-pix-check.h"
#include "pix-compat.h"

#include <pwd.h>
#include <sys/stat.h>

#define CHECK_KEY_SIZE_MIN 32

/* The part is in use if its service is declared. */
static const struct {
	const char *prefix, *service;
} parts[] = {
	{ "pix_identity_", "pix-identity" },
	{ "pix_audit_", "pix-audit" },
	{ "pix_archive_", "pix-archive" },
};

struct check_file {
	struct pix_check *check;
	/* where the setting stands; NULL: its default */
	const struct pix_conf_node *node;
	const char *name, *path, *service;
};

static bool check_file_ends(const char *name, const char *suffix)
{
	size_t len = strlen(name), suffix_len = strlen(suffix);

	return len > suffix_len && strcmp(name + len - suffix_len, suffix) == 0;
}

static void check_key(const struct check_file *file)
{
	struct stat st;

	if (lstat(file->path, &st) < 0) {
		pix_check_add(file->check, PIX_CHECK_ERROR, "key-missing", file->node,
			"%s: key %s can't be read: %m (make it by: doveadm pix key create)",
			file->name, file->path);
		return;
	}
	if (S_ISLNK(st.st_mode) && stat(file->path, &st) < 0) {
		pix_check_add(file->check, PIX_CHECK_ERROR, "key-missing", file->node,
			"%s: key %s points nowhere: %m", file->name, file->path);
		return;
	}
	if (!S_ISREG(st.st_mode))
		pix_check_add(file->check, PIX_CHECK_ERROR, "key-type", file->node,
			"%s: %s is not a regular file", file->name, file->path);
	else if (st.st_size < CHECK_KEY_SIZE_MIN)
		pix_check_add(file->check, PIX_CHECK_ERROR, "key-size", file->node,
			"%s: key %s has %lld bytes, it must have at least %d",
			file->name, file->path, (long long)st.st_size,
			CHECK_KEY_SIZE_MIN);
	if (st.st_uid != 0)
		pix_check_add(file->check, PIX_CHECK_ERROR, "key-owner", file->node,
			"%s: key %s belongs to uid %lu: chown root %s",
			file->name, file->path, (unsigned long)st.st_uid, file->path);
	if ((st.st_mode & 077) != 0)
		pix_check_add(file->check, PIX_CHECK_ERROR, "key-mode", file->node,
			"%s: key %s can be read by others (mode %04o): chmod 0600 %s",
			file->name, file->path,
			(unsigned int)(st.st_mode & 07777), file->path);
}

static void check_dir(const struct check_file *file)
{
	const struct pix_conf_node *service =
		pix_check_section(file->check, "service", file->service);
	const char *user = service == NULL ? "" :
		pix_check_value_in(file->check, service, "user", "");
	const struct passwd *pw = user[0] == '\0' ? NULL : getpwnam(user);
	struct stat st;

	if (file->path[0] != '/') {
		pix_check_add(file->check, PIX_CHECK_ERROR, "dir-path", file->node,
			"%s: %s is no absolute path", file->name, file->path);
		return;
	}
	if (stat(file->path, &st) < 0) {
		/* the service makes it; elsewhere it may be a slip */
		if (errno == ENOENT && null_strcmp(file->path,
				pix_settings_check_default(file->name)) == 0)
			return;
		pix_check_add(file->check, PIX_CHECK_WARNING, "dir-missing", file->node,
			"%s: %s: %m (service %s makes it when it starts)",
			file->name, file->path, file->service);
		return;
	}
	if (!S_ISDIR(st.st_mode)) {
		pix_check_add(file->check, PIX_CHECK_ERROR, "dir-type", file->node,
			"%s: %s is not a directory", file->name, file->path);
		return;
	}
	if (pw != NULL && st.st_uid != pw->pw_uid)
		pix_check_add(file->check, PIX_CHECK_ERROR, "dir-owner", file->node,
			"%s: %s belongs to uid %lu, but service %s runs as %s: chown -R %s %s",
			file->name, file->path, (unsigned long)st.st_uid,
			file->service, user, user, file->path);
	if ((st.st_mode & 077) != 0)
		pix_check_add(file->check, PIX_CHECK_ERROR, "dir-mode", file->node,
			"%s: %s can be entered by others (mode %04o): chmod 0700 %s",
			file->name, file->path,
			(unsigned int)(st.st_mode & 07777), file->path);
	if (str_begins_compat(file->path, "/etc/"))
		pix_check_add(file->check, PIX_CHECK_ERROR, "dir-etc", file->node,
			"%s: %s: below /etc nothing can be written by the service",
			file->name, file->path);
}

static void check_file_setting(const char *name, void *context)
{
	struct check_file file = { .check = context, .name = name };
	bool is_key = check_file_ends(name, "_key_file");

	if (!is_key && !check_file_ends(name, "_dir"))
		return;
	for (unsigned int i = 0; i < N_ELEMENTS(parts); i++) {
		if (str_begins_compat(name, parts[i].prefix))
			file.service = parts[i].service;
	}
	if (file.service == NULL ||
	    pix_check_section(file.check, "service", file.service) == NULL)
		return;
	file.node = pix_conf_last(file.check->conf, NULL, name);
	file.path = file.node != NULL ? file.node->value :
		pix_settings_check_default(name);
	if (file.path == NULL || file.path[0] == '\0' || file.path[0] == '<')
		return;
	if (is_key)
		check_key(&file);
	else
		check_dir(&file);
}

void pix_check_files(struct pix_check *check)
{
	pix_settings_check_foreach(check_file_setting, check);
}
