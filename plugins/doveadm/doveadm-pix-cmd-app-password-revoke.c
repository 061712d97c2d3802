/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "doveadm-pix-mfa.h"

static void cmd_app_password_revoke(struct doveadm_cmd_context *cctx)
{
	const char *credential = pix_doveadm_str(cctx, "credential");
	const bool all = pix_doveadm_bool(cctx, "all");
	json_t *args, *answer;

	if ((credential == NULL) == !all) {
		pix_doveadm_fail(EX_USAGE, "Which? Name one by --credential ID, or give --all");
		return;
	}
	args = doveadm_pix_mfa_args(cctx);
	if (args == NULL)
		return;
	pix_json_set_str(args, "credential", credential);
	if (all)
		pix_json_set_bool(args, "all", TRUE);
	answer = doveadm_pix_mfa_ask("app-password-revoke", args);
	if (answer == NULL)
		return;
	doveadm_print_init(DOVEADM_PRINT_TYPE_FLOW);
	doveadm_print_header_simple("revoked");
	doveadm_print(doveadm_pix_mfa_text(answer, "revoked"));
	json_decref(answer);
}

struct doveadm_cmd_ver2 doveadm_pix_cmd_app_password_revoke = {
	.name = "pix app-password revoke",
	.cmd = cmd_app_password_revoke,
	.usage = "-u <user> --credential <id>|--all [--actor <who>]",
DOVEADM_CMD_PARAMS_START
DOVEADM_CMD_PARAM('u', "user", CMD_PARAM_STR, 0)
DOVEADM_CMD_PARAM('\0', "credential", CMD_PARAM_STR, 0)
DOVEADM_CMD_PARAM('\0', "all", CMD_PARAM_BOOL, 0)
DOVEADM_CMD_PARAM('\0', "actor", CMD_PARAM_STR, 0)
DOVEADM_CMD_PARAMS_END
};
