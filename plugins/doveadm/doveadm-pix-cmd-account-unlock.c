/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "doveadm-pix-mfa.h"

static void cmd_account_unlock(struct doveadm_cmd_context *cctx)
{
	static const char *const names[] = { "reason", NULL };
	json_t *args = doveadm_pix_mfa_args(cctx), *answer;

	if (args == NULL)
		return;
	doveadm_pix_mfa_copy(cctx, args, names);
	answer = doveadm_pix_mfa_ask("account-unlock", args);
	if (answer == NULL)
		return;
	doveadm_print_init(DOVEADM_PRINT_TYPE_FLOW);
	doveadm_print_header_simple("state");
	doveadm_print(doveadm_pix_mfa_text(answer, "state"));
	json_decref(answer);
}

struct doveadm_cmd_ver2 doveadm_pix_cmd_account_unlock = {
	.name = "pix account unlock",
	.cmd = cmd_account_unlock,
	.usage = "-u <user> [--reason <text>] [--actor <who>]",
DOVEADM_CMD_PARAMS_START
DOVEADM_CMD_PARAM('u', "user", CMD_PARAM_STR, 0)
DOVEADM_CMD_PARAM('\0', "reason", CMD_PARAM_STR, 0)
DOVEADM_CMD_PARAM('\0', "actor", CMD_PARAM_STR, 0)
DOVEADM_CMD_PARAMS_END
};
