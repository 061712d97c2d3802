/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "doveadm-pix-mfa.h"

static void cmd_access_pass_list(struct doveadm_cmd_context *cctx)
{
	json_t *args = doveadm_pix_mfa_args(cctx), *answer, *rows, *row;
	size_t i;

	if (args == NULL)
		return;
	answer = doveadm_pix_mfa_ask("mfa-show", args);
	if (answer == NULL)
		return;
	doveadm_print_init(DOVEADM_PRINT_TYPE_TABLE);
	doveadm_print_header_simple("credential");
	doveadm_print_header_simple("state");
	doveadm_print_header_simple("created");
	doveadm_print_header_simple("created by");
	doveadm_print_header_simple("expires");
	doveadm_print_header_simple("uses left");
	doveadm_print_header_simple("last used");
	doveadm_print_header_simple("last ip");
	rows = json_object_get(answer, "rows");
	json_array_foreach(rows, i, row) {
		if (strcmp(doveadm_pix_mfa_text(row, "kind"), "access-pass") != 0)
			continue;
		doveadm_print(doveadm_pix_mfa_text(row, "id"));
		doveadm_print(doveadm_pix_mfa_text(row, "state"));
		doveadm_print(doveadm_pix_mfa_time(row, "created"));
		doveadm_print(doveadm_pix_mfa_text(row, "created_by"));
		doveadm_print(doveadm_pix_mfa_time(row, "expires"));
		doveadm_print(doveadm_pix_mfa_text(row, "uses_left"));
		doveadm_print(doveadm_pix_mfa_time(row, "last_used"));
		doveadm_print(doveadm_pix_mfa_text(row, "last_ip"));
	}
	json_decref(answer);
}

struct doveadm_cmd_ver2 doveadm_pix_cmd_access_pass_list = {
	.name = "pix access-pass list",
	.cmd = cmd_access_pass_list,
	.usage = "-u <user>",
DOVEADM_CMD_PARAMS_START
DOVEADM_CMD_PARAM('u', "user", CMD_PARAM_STR, 0)
DOVEADM_CMD_PARAMS_END
};
