/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "doveadm-pix-mfa.h"

/* The codes themselves are kept nowhere: only how many are left. */
static void cmd_recovery_code_list(struct doveadm_cmd_context *cctx)
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
	doveadm_print_header_simple("left");
	doveadm_print_header_simple("created");
	rows = json_object_get(answer, "rows");
	json_array_foreach(rows, i, row) {
		if (strcmp(doveadm_pix_mfa_text(row, "kind"), "recovery-code") != 0 ||
		    strcmp(doveadm_pix_mfa_text(row, "state"), "active") != 0)
			continue;
		doveadm_print(doveadm_pix_mfa_text(row, "id"));
		doveadm_print(doveadm_pix_mfa_text(row, "left"));
		doveadm_print(doveadm_pix_mfa_time(row, "created"));
	}
	json_decref(answer);
}

struct doveadm_cmd_ver2 doveadm_pix_cmd_recovery_code_list = {
	.name = "pix recovery-code list",
	.cmd = cmd_recovery_code_list,
	.usage = "-u <user>",
DOVEADM_CMD_PARAMS_START
DOVEADM_CMD_PARAM('u', "user", CMD_PARAM_STR, 0)
DOVEADM_CMD_PARAMS_END
};
