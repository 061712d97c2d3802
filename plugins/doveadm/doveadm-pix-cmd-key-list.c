/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "doveadm-pix-key.h"
#include "iso8601-date.h"

#include <glob.h>

static void
key_list_row(const struct pix_key *key, const char *path, const char *role)
{
	struct stat st;
	const char *state;

	i_zero(&st);
	state = doveadm_pix_key_state(path, &st);
	doveadm_print(key->name);
	doveadm_print(role);
	doveadm_print(doveadm_pix_key_id(key, path));
	doveadm_print(key->kind == PIX_KEY_ED25519 ? "ed25519" : "random");
	doveadm_print(st.st_mtime == 0 ? "" : iso8601_date_create(st.st_mtime));
	doveadm_print(state);
	doveadm_print(path);
	/* a part that isn't in use needs none: 'pix check' knows */
	if (strcmp(state, "ok") != 0 && strcmp(state, "missing") != 0)
		doveadm_exit_code = EX_CONFIG;
}

/* NAME-<time>.key beside NAME.key: they only read. */
static void key_list_old(const struct pix_key *key, const char *path)
{
	size_t len = strlen(path);
	glob_t found;

	if (len <= 4 || strcmp(path + len - 4, ".key") != 0)
		return;
	if (glob(t_strdup_printf("%s-*.key", t_strndup(path, len - 4)), 0,
		 NULL, &found) == 0) {
		for (size_t i = 0; i < found.gl_pathc; i++)
			key_list_row(key, found.gl_pathv[i], "old");
	}
	globfree(&found);
}

static void cmd_key_list(struct doveadm_cmd_context *cctx)
{
	doveadm_print_init(DOVEADM_PRINT_TYPE_TABLE);
	doveadm_print_header_simple("name");
	doveadm_print_header_simple("role");
	doveadm_print_header_simple("id");
	doveadm_print_header_simple("kind");
	doveadm_print_header_simple("changed");
	doveadm_print_header_simple("state");
	doveadm_print_header_simple("file");
	for (unsigned int i = 0; pix_keys[i].name != NULL; i++) T_BEGIN {
		const char *path = doveadm_pix_key_path(cctx, &pix_keys[i]);

		key_list_row(&pix_keys[i], path, "current");
		key_list_old(&pix_keys[i], path);
	} T_END;
}

struct doveadm_cmd_ver2 doveadm_pix_cmd_key_list = {
	.name = "pix key list",
	.cmd = cmd_key_list,
	.usage = "[-c <file>]",
DOVEADM_CMD_PARAMS_START
DOVEADM_CMD_PARAM('c', "config", CMD_PARAM_STR, 0)
DOVEADM_CMD_PARAMS_END
};
