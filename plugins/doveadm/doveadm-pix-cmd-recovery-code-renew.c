/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "doveadm-pix-mfa.h"

static void cmd_recovery_code_renew(struct doveadm_cmd_context *cctx)
{
	json_t *args = doveadm_pix_mfa_args(cctx), *answer, *codes, *code;
	size_t i;

	if (args == NULL)
		return;
	answer = doveadm_pix_mfa_ask("recovery-code-renew", args);
	if (answer == NULL)
		return;
	doveadm_print_init(DOVEADM_PRINT_TYPE_TABLE);
	doveadm_print_header_simple("code");
	codes = json_object_get(answer, "codes");
	json_array_foreach(codes, i, code)
		doveadm_print(json_string_value(code));
	json_decref(answer);
}

struct doveadm_cmd_ver2 doveadm_pix_cmd_recovery_code_renew = {
	.name = "pix recovery-code renew",
	.cmd = cmd_recovery_code_renew,
	.usage = "-u <user> [--actor <who>]",
DOVEADM_CMD_PARAMS_START
DOVEADM_CMD_PARAM('u', "user", CMD_PARAM_STR, 0)
DOVEADM_CMD_PARAM('\0', "actor", CMD_PARAM_STR, 0)
DOVEADM_CMD_PARAMS_END
};
