/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "doveadm-pix-key.h"

static void cmd_key_create(struct doveadm_cmd_context *cctx)
{
	const struct pix_key *key = doveadm_pix_key_arg(cctx);
	const char *path;

	doveadm_print_init(DOVEADM_PRINT_TYPE_FLOW);
	doveadm_print_header_simple("name");
	doveadm_print_header_simple("file");
	doveadm_print_header_simple("id");
	if (key == NULL)
		return;
	path = doveadm_pix_key_path(cctx, key);
	if (!doveadm_pix_key_make(key, path))
		return;
	doveadm_print(key->name);
	doveadm_print(path);
	doveadm_print(doveadm_pix_key_id(key, path));
}

struct doveadm_cmd_ver2 doveadm_pix_cmd_key_create = {
	.name = "pix key create",
	.cmd = cmd_key_create,
	.usage = "[-c <file>] <name>",
DOVEADM_CMD_PARAMS_START
DOVEADM_CMD_PARAM('c', "config", CMD_PARAM_STR, 0)
DOVEADM_CMD_PARAM('\0', "name", CMD_PARAM_STR, CMD_PARAM_FLAG_POSITIONAL)
DOVEADM_CMD_PARAMS_END
};
