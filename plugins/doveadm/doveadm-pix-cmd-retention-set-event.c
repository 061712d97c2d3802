/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "doveadm-pix-archive.h"

static void cmd_retention_set_event(struct doveadm_cmd_context *cctx)
{
	const char *owner = pix_doveadm_str(cctx, "user");
	const char *label = pix_doveadm_str(cctx, "label");
	const char *date = pix_doveadm_str(cctx, "date");
	json_t *args, *answer;
	int64_t t;

	if (label == NULL || date == NULL) {
		pix_doveadm_fail(EX_USAGE, "Which event? [-u USER] LABEL DATE");
		return;
	}
	if (!doveadm_pix_archive_date(cctx, "date", &t))
		return;
	args = json_object();
	pix_json_set_str(args, "owner", owner == NULL ? "" : owner);
	pix_json_set_str(args, "label", label);
	pix_json_set_int(args, "date", t);
	answer = doveadm_pix_archive_ask(cctx, "event-set", args);
	json_decref(answer);
}

struct doveadm_cmd_ver2 doveadm_pix_cmd_retention_set_event = {
	.name = "pix retention set-event",
	.cmd = cmd_retention_set_event,
	.usage = "[-u <owner>] <label> <date>",
DOVEADM_CMD_PARAMS_START
DOVEADM_CMD_PARAM('u', "user", CMD_PARAM_STR, 0)
DOVEADM_CMD_PARAM('\0', "label", CMD_PARAM_STR, CMD_PARAM_FLAG_POSITIONAL)
DOVEADM_CMD_PARAM('\0', "date", CMD_PARAM_STR, CMD_PARAM_FLAG_POSITIONAL)
DOVEADM_CMD_PARAMS_END
};
