/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "doveadm-pix-mfa.h"
#include "doveadm-pix-qr.h"
#include "strnum.h"

static bool cmd_totp_number(struct doveadm_cmd_context *cctx, json_t *args,
			    const char *name)
{
	const char *value = pix_doveadm_str(cctx, name);
	unsigned int num;

	if (value == NULL)
		return TRUE;
	if (str_to_uint(value, &num) < 0) {
		pix_doveadm_fail(EX_USAGE, "--%s wants a number", name);
		return FALSE;
	}
	pix_json_set_int(args, name, num);
	return TRUE;
}

static void cmd_totp_enroll(struct doveadm_cmd_context *cctx)
{
	const char *png = pix_doveadm_str(cctx, "png");
	const char *svg = pix_doveadm_str(cctx, "svg");
	json_t *args = doveadm_pix_mfa_args(cctx), *answer;
	const char *uri;

	if (args == NULL)
		return;
	pix_json_set_str(args, "algorithm", pix_doveadm_str(cctx, "algorithm"));
	if (!cmd_totp_number(cctx, args, "digits") ||
	    !cmd_totp_number(cctx, args, "period")) {
		json_decref(args);
		return;
	}
	answer = doveadm_pix_mfa_ask("totp-enroll", args);
	if (answer == NULL)
		return;
	doveadm_print_init(DOVEADM_PRINT_TYPE_FLOW);
	doveadm_print_header_simple("credential");
	doveadm_print_header_simple("state");
	doveadm_print_header_simple("uri");
	uri = pix_json_str(answer, "uri");
	doveadm_print(doveadm_pix_mfa_text(answer, "credential"));
	doveadm_print(doveadm_pix_mfa_text(answer, "state"));
	doveadm_print(uri == NULL ? "" : uri);
	if (uri != NULL) {
		if (png != NULL)
			doveadm_pix_qr_png(uri, png);
		if (svg != NULL)
			doveadm_pix_qr_svg(uri, svg);
		doveadm_pix_qr_terminal(uri);
	}
	json_decref(answer);
}

struct doveadm_cmd_ver2 doveadm_pix_cmd_totp_enroll = {
	.name = "pix totp enroll",
	.cmd = cmd_totp_enroll,
	.usage = "-u <user> [--algorithm sha1|sha256|sha512] [--digits 6|8] [--period 30|60] [--png <file>] [--svg <file>] [--actor <who>]",
DOVEADM_CMD_PARAMS_START
DOVEADM_CMD_PARAM('u', "user", CMD_PARAM_STR, 0)
DOVEADM_CMD_PARAM('\0', "algorithm", CMD_PARAM_STR, 0)
DOVEADM_CMD_PARAM('\0', "digits", CMD_PARAM_STR, 0)
DOVEADM_CMD_PARAM('\0', "period", CMD_PARAM_STR, 0)
DOVEADM_CMD_PARAM('\0', "png", CMD_PARAM_STR, 0)
DOVEADM_CMD_PARAM('\0', "svg", CMD_PARAM_STR, 0)
DOVEADM_CMD_PARAM('\0', "actor", CMD_PARAM_STR, 0)
DOVEADM_CMD_PARAMS_END
};
