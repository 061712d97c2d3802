/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "doveadm-pix-mfa.h"

static void cmd_app_password_list(struct doveadm_cmd_context *cctx)
{
	json_t *args = doveadm_pix_mfa_args(cctx), *answer, *rows, *row;
	const bool all = pix_doveadm_bool(cctx, "all");
	size_t i;

	if (args == NULL)
		return;
	answer = doveadm_pix_mfa_ask("mfa-show", args);
	if (answer == NULL)
		return;
	doveadm_print_init(DOVEADM_PRINT_TYPE_TABLE);
	doveadm_print_header_simple("credential");
	doveadm_print_header_simple("state");
	doveadm_print_header_simple("label");
	doveadm_print_header_simple("services");
	doveadm_print_header_simple("networks");
	doveadm_print_header_simple("created");
	doveadm_print_header_simple("expires");
	doveadm_print_header_simple("last used");
	doveadm_print_header_simple("last ip");
	doveadm_print_header_simple("last service");
	doveadm_print_header_simple("last client");
	rows = json_object_get(answer, "rows");
	json_array_foreach(rows, i, row) {
		if (strcmp(doveadm_pix_mfa_text(row, "kind"), "app-password") != 0 ||
		    (!all && strcmp(doveadm_pix_mfa_text(row, "state"), "active") != 0))
			continue;
		doveadm_print(doveadm_pix_mfa_text(row, "id"));
		doveadm_print(doveadm_pix_mfa_text(row, "state"));
		doveadm_print(doveadm_pix_mfa_text(row, "label"));
		doveadm_print(doveadm_pix_mfa_text(row, "services"));
		doveadm_print(doveadm_pix_mfa_text(row, "networks"));
		doveadm_print(doveadm_pix_mfa_time(row, "created"));
		doveadm_print(doveadm_pix_mfa_time(row, "expires"));
		doveadm_print(doveadm_pix_mfa_time(row, "last_used"));
		doveadm_print(doveadm_pix_mfa_text(row, "last_ip"));
		doveadm_print(doveadm_pix_mfa_text(row, "last_service"));
		doveadm_print(doveadm_pix_mfa_text(row, "last_client"));
	}
	json_decref(answer);
}

struct doveadm_cmd_ver2 doveadm_pix_cmd_app_password_list = {
	.name = "pix app-password list",
	.cmd = cmd_app_password_list,
	.usage = "-u <user> [--all]",
DOVEADM_CMD_PARAMS_START
DOVEADM_CMD_PARAM('u', "user", CMD_PARAM_STR, 0)
DOVEADM_CMD_PARAM('\0', "all", CMD_PARAM_BOOL, 0)
DOVEADM_CMD_PARAMS_END
};
