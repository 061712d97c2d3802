/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "doveadm-pix-mfa.h"

static void cmd_access_pass_revoke(struct doveadm_cmd_context *cctx)
{
	json_t *args = doveadm_pix_mfa_args(cctx), *answer;

	if (args == NULL)
		return;
	answer = doveadm_pix_mfa_ask("access-pass-revoke", args);
	if (answer == NULL)
		return;
	doveadm_print_init(DOVEADM_PRINT_TYPE_FLOW);
	doveadm_print_header_simple("revoked");
	doveadm_print(doveadm_pix_mfa_text(answer, "revoked"));
	json_decref(answer);
}

struct doveadm_cmd_ver2 doveadm_pix_cmd_access_pass_revoke = {
	.name = "pix access-pass revoke",
	.cmd = cmd_access_pass_revoke,
	.usage = "-u <user> [--actor <who>]",
DOVEADM_CMD_PARAMS_START
DOVEADM_CMD_PARAM('u', "user", CMD_PARAM_STR, 0)
DOVEADM_CMD_PARAM('\0', "actor", CMD_PARAM_STR, 0)
DOVEADM_CMD_PARAMS_END
};
