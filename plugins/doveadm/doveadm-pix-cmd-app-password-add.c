/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "doveadm-pix-mfa.h"

#include <time.h>

static void cmd_app_password_add(struct doveadm_cmd_context *cctx)
{
	static const char *const names[] = { "label", NULL };
	const char *expires = pix_doveadm_str(cctx, "expires"), *error;
	json_t *args = doveadm_pix_mfa_args(cctx), *answer;
	unsigned int secs;

	if (args == NULL)
		return;
	doveadm_pix_mfa_copy(cctx, args, names);
	doveadm_pix_mfa_list_arg(cctx, args, "service", "services");
	doveadm_pix_mfa_list_arg(cctx, args, "network", "networks");
	if (expires != NULL) {
		if (pix_doveadm_interval(expires, &secs, &error) < 0) {
			pix_doveadm_fail(EX_USAGE, "--expires %s: %s", expires, error);
			json_decref(args);
			return;
		}
		pix_json_set_int(args, "expires", (int64_t)time(NULL) + secs);
	}
	answer = doveadm_pix_mfa_ask("app-password-add", args);
	if (answer == NULL)
		return;
	doveadm_print_init(DOVEADM_PRINT_TYPE_FLOW);
	doveadm_print_header_simple("credential");
	doveadm_print_header_simple("password");
	doveadm_print(doveadm_pix_mfa_text(answer, "credential"));
	doveadm_print(doveadm_pix_mfa_text(answer, "password"));
	json_decref(answer);
}

struct doveadm_cmd_ver2 doveadm_pix_cmd_app_password_add = {
	.name = "pix app-password add",
	.cmd = cmd_app_password_add,
	.usage = "-u <user> --label <text> [--service <name>]... [--network <address[/bits]>]... [--expires <time>] [--actor <who>]",
DOVEADM_CMD_PARAMS_START
DOVEADM_CMD_PARAM('u', "user", CMD_PARAM_STR, 0)
DOVEADM_CMD_PARAM('\0', "label", CMD_PARAM_STR, 0)
DOVEADM_CMD_PARAM('\0', "service", CMD_PARAM_ARRAY, 0)
DOVEADM_CMD_PARAM('\0', "network", CMD_PARAM_ARRAY, 0)
DOVEADM_CMD_PARAM('\0', "expires", CMD_PARAM_STR, 0)
DOVEADM_CMD_PARAM('\0', "actor", CMD_PARAM_STR, 0)
DOVEADM_CMD_PARAMS_END
};
