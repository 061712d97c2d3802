/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "doveadm-pix-mfa.h"
#include "strnum.h"

static void cmd_access_pass_add(struct doveadm_cmd_context *cctx)
{
	const char *lifetime = pix_doveadm_str(cctx, "lifetime");
	const char *uses = pix_doveadm_str(cctx, "uses"), *error;
	json_t *args = doveadm_pix_mfa_args(cctx), *answer;
	unsigned int num;

	if (args == NULL)
		return;
	if (lifetime != NULL) {
		if (pix_doveadm_interval(lifetime, &num, &error) < 0) {
			pix_doveadm_fail(EX_USAGE, "--lifetime %s: %s", lifetime, error);
			json_decref(args);
			return;
		}
		pix_json_set_int(args, "lifetime", num);
	}
	if (uses != NULL) {
		if (str_to_uint(uses, &num) < 0) {
			pix_doveadm_fail(EX_USAGE, "--uses wants a number");
			json_decref(args);
			return;
		}
		pix_json_set_int(args, "uses", num);
	}
	answer = doveadm_pix_mfa_ask("access-pass-add", args);
	if (answer == NULL)
		return;
	doveadm_print_init(DOVEADM_PRINT_TYPE_FLOW);
	doveadm_print_header_simple("credential");
	doveadm_print_header_simple("code");
	doveadm_print_header_simple("expires");
	doveadm_print_header_simple("uses");
	doveadm_print(doveadm_pix_mfa_text(answer, "credential"));
	doveadm_print(doveadm_pix_mfa_text(answer, "code"));
	doveadm_print(doveadm_pix_mfa_time(answer, "expires"));
	doveadm_print(doveadm_pix_mfa_text(answer, "uses"));
	json_decref(answer);
}

struct doveadm_cmd_ver2 doveadm_pix_cmd_access_pass_add = {
	.name = "pix access-pass add",
	.cmd = cmd_access_pass_add,
	.usage = "-u <user> [--lifetime <time>] [--uses <number>] [--actor <who>]",
DOVEADM_CMD_PARAMS_START
DOVEADM_CMD_PARAM('u', "user", CMD_PARAM_STR, 0)
DOVEADM_CMD_PARAM('\0', "lifetime", CMD_PARAM_STR, 0)
DOVEADM_CMD_PARAM('\0', "uses", CMD_PARAM_STR, 0)
DOVEADM_CMD_PARAM('\0', "actor", CMD_PARAM_STR, 0)
DOVEADM_CMD_PARAMS_END
};
