/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "doveadm-pix-mfa.h"

static void cmd_totp_confirm(struct doveadm_cmd_context *cctx)
{
	json_t *args = doveadm_pix_mfa_args(cctx), *answer;
	struct pix_secret *code;

	if (args == NULL)
		return;
	code = pix_doveadm_read_secret("Code: ");
	if (code == NULL) {
		json_decref(args);
		return;
	}
	json_object_set_new(args, "code", json_stringn_nocheck(
		(const char *)pix_secret_data(code), pix_secret_size(code)));
	pix_secret_free(&code);
	answer = doveadm_pix_mfa_ask("totp-confirm", args);
	if (answer == NULL)
		return;
	doveadm_print_init(DOVEADM_PRINT_TYPE_FLOW);
	doveadm_print_header_simple("credential");
	doveadm_print_header_simple("state");
	doveadm_print(doveadm_pix_mfa_text(answer, "credential"));
	doveadm_print(doveadm_pix_mfa_text(answer, "state"));
	json_decref(answer);
}

struct doveadm_cmd_ver2 doveadm_pix_cmd_totp_confirm = {
	.name = "pix totp confirm",
	.cmd = cmd_totp_confirm,
	.usage = "-u <user> [--actor <who>]",
DOVEADM_CMD_PARAMS_START
DOVEADM_CMD_PARAM('u', "user", CMD_PARAM_STR, 0)
DOVEADM_CMD_PARAM('\0', "actor", CMD_PARAM_STR, 0)
DOVEADM_CMD_PARAMS_END
};
