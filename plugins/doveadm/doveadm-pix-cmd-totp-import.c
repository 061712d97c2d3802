/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "doveadm-pix-mfa.h"

#include <strings.h>

/* The secret of one user, on stdin: an otpauth URI, or base32. */
static void cmd_totp_import(struct doveadm_cmd_context *cctx)
{
	static const char scheme[] = "otpauth:";
	json_t *args = doveadm_pix_mfa_args(cctx), *answer;
	struct pix_secret *secret;
	const char *data;

	if (args == NULL)
		return;
	secret = pix_doveadm_read_secret("otpauth URI or base32 secret: ");
	if (secret == NULL) {
		json_decref(args);
		return;
	}
	data = (const char *)pix_secret_data(secret);
	json_object_set_new(args,
		pix_secret_size(secret) > strlen(scheme) &&
		strncasecmp(data, scheme, strlen(scheme)) == 0 ? "uri" : "secret",
		json_stringn_nocheck(data, pix_secret_size(secret)));
	pix_secret_free(&secret);
	if (pix_doveadm_bool(cctx, "pending"))
		pix_json_set_bool(args, "pending", TRUE);
	answer = doveadm_pix_mfa_ask("totp-import", args);
	if (answer == NULL)
		return;
	doveadm_print_init(DOVEADM_PRINT_TYPE_FLOW);
	doveadm_print_header_simple("credential");
	doveadm_print_header_simple("state");
	doveadm_print(doveadm_pix_mfa_text(answer, "credential"));
	doveadm_print(doveadm_pix_mfa_text(answer, "state"));
	json_decref(answer);
}

struct doveadm_cmd_ver2 doveadm_pix_cmd_totp_import = {
	.name = "pix totp import",
	.cmd = cmd_totp_import,
	.usage = "-u <user> [--pending] [--actor <who>]",
DOVEADM_CMD_PARAMS_START
DOVEADM_CMD_PARAM('u', "user", CMD_PARAM_STR, 0)
DOVEADM_CMD_PARAM('\0', "pending", CMD_PARAM_BOOL, 0)
DOVEADM_CMD_PARAM('\0', "actor", CMD_PARAM_STR, 0)
DOVEADM_CMD_PARAMS_END
};
