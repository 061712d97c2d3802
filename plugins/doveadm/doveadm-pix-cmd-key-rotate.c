/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "doveadm-pix-key.h"

#include <fcntl.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

/* Where the key goes that is replaced: NAME-<UTC time>.key. */
static const char *key_rotate_old_path(const char *path)
{
	size_t len = strlen(path);
	const time_t now = time(NULL);
	struct tm tm;
	char stamp[32];

	if (len <= 4 || strcmp(path + len - 4, ".key") != 0 ||
	    gmtime_r(&now, &tm) == NULL ||
	    strftime(stamp, sizeof(stamp), "%Y%m%dT%H%M%SZ", &tm) == 0)
		return NULL;
	return t_strdup_printf("%s-%s.key", t_strndup(path, len - 4), stamp);
}

static bool key_rotate_sync_dir(const char *path)
{
	const char *slash = strrchr(path, '/');
	int fd = open(slash == NULL ? "." : t_strdup_until(path, slash + 1),
		      O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool ok = fd != -1 && fsync(fd) == 0;

	i_close_fd(&fd);
	return ok;
}

/* At every moment a key lies at path: the old one gets its second name first,
   then the new one takes its place. */
static bool
key_rotate(const struct pix_key *key, const char *path, const char *old)
{
	const char *temp = t_strconcat(path, ".new", NULL);

	i_unlink_if_exists(temp);
	if (!doveadm_pix_key_make(key, temp))
		return FALSE;
	if (link(path, old) < 0) {
		pix_doveadm_fail(errno == ENOENT ? DOVEADM_EX_NOTFOUND : EX_CANTCREAT,
			errno == ENOENT ? "There is no key %s to keep: make it by 'doveadm pix key create'" :
			errno == EEXIST ? "Key %s was rotated in this second already" :
			"link(%s) failed: %m", path);
		i_unlink(temp);
		return FALSE;
	}
	if (rename(temp, path) < 0 || !key_rotate_sync_dir(path)) {
		pix_doveadm_fail(EX_CANTCREAT, "rename(%s) failed: %m", temp);
		return FALSE;
	}
	return TRUE;
}

static void cmd_key_rotate(struct doveadm_cmd_context *cctx)
{
	const struct pix_key *key = doveadm_pix_key_arg(cctx);
	const char *path, *old;

	doveadm_print_init(DOVEADM_PRINT_TYPE_FLOW);
	doveadm_print_header_simple("name");
	doveadm_print_header_simple("file");
	doveadm_print_header_simple("id");
	doveadm_print_header_simple("old file");
	if (key == NULL)
		return;
	if (key->fixed != NULL) {
		pix_doveadm_fail(EX_CONFIG, "Key %s can't be rotated: %s",
				 key->name, key->fixed);
		return;
	}
	path = doveadm_pix_key_path(cctx, key);
	old = key_rotate_old_path(path);
	if (old == NULL) {
		pix_doveadm_fail(EX_CONFIG, "%s: %s must end in .key",
				 key->setting, path);
		return;
	}
	if (!key_rotate(key, path, old))
		return;
	doveadm_print(key->name);
	doveadm_print(path);
	doveadm_print(doveadm_pix_key_id(key, path));
	doveadm_print(old);
	fprintf(stderr, "%s reads it when it starts: doveadm reload. The old key must stay: what was made with it needs it.\n",
		key->service);
}

struct doveadm_cmd_ver2 doveadm_pix_cmd_key_rotate = {
	.name = "pix key rotate",
	.cmd = cmd_key_rotate,
	.usage = "[-c <file>] <name>",
DOVEADM_CMD_PARAMS_START
DOVEADM_CMD_PARAM('c', "config", CMD_PARAM_STR, 0)
DOVEADM_CMD_PARAM('\0', "name", CMD_PARAM_STR, CMD_PARAM_FLAG_POSITIONAL)
DOVEADM_CMD_PARAMS_END
};
