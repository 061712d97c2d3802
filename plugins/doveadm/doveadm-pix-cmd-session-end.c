/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "doveadm-pix-session.h"

static void cmd_session_end(struct doveadm_cmd_context *cctx)
{
	json_t *args = doveadm_pix_session_filter(cctx);
	json_t *answer;

	doveadm_print_init(DOVEADM_PRINT_TYPE_FLOW);
	doveadm_print_header_simple("ended");
	if (pix_doveadm_bool(cctx, "all"))
		pix_json_set_bool(args, "all", TRUE);
	pix_json_set_str(args, "actor", pix_doveadm_actor(cctx));
	answer = pix_doveadm_ask("pix-identity", "pix-identity-admin",
				 "session-end", args);
	if (answer == NULL)
		return;
	doveadm_print(t_strdup_printf("%lld", (long long)
		json_integer_value(json_object_get(answer, "ended"))));
	json_decref(answer);
}

struct doveadm_cmd_ver2 doveadm_pix_cmd_session_end = {
	.name = "pix session end",
	.cmd = cmd_session_end,
	.usage = "[--all] [--actor <who>] "PIX_SESSION_FILTER_USAGE,
DOVEADM_CMD_PARAMS_START
PIX_SESSION_FILTER_PARAMS
DOVEADM_CMD_PARAM('\0', "all", CMD_PARAM_BOOL, 0)
DOVEADM_CMD_PARAM('\0', "actor", CMD_PARAM_STR, 0)
DOVEADM_CMD_PARAMS_END
};
