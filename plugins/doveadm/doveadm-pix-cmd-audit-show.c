/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

/* Replays a session: its records in order. */

#include "doveadm-pix-audit.h"

static void cmd_audit_show(struct doveadm_cmd_context *cctx)
{
	const char *session = pix_doveadm_str(cctx, "session-id");
	json_t *args = json_object();
	int64_t count;

	pix_json_set_str(args, "session", session);
	pix_json_set_str(args, "by", pix_doveadm_actor(cctx));
	doveadm_print_init(DOVEADM_PRINT_TYPE_TABLE);
	doveadm_pix_audit_header();
	count = doveadm_pix_audit_print_all(args);
	if (count == 0) {
		pix_doveadm_fail(DOVEADM_EX_NOTFOUND,
				 "There is no record of session %s", session);
	}
}

struct doveadm_cmd_ver2 doveadm_pix_cmd_audit_show = {
	.name = "pix audit show",
	.cmd = cmd_audit_show,
	.usage = "<session-id>",
DOVEADM_CMD_PARAMS_START
DOVEADM_CMD_PARAM('\0', "session-id", CMD_PARAM_STR, CMD_PARAM_FLAG_POSITIONAL)
DOVEADM_CMD_PARAMS_END
};
