/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "doveadm-pix-archive.h"

static void cmd_disposition_reject(struct doveadm_cmd_context *cctx)
{
	json_t *args, *answer;
	const char *const *ids;
	int64_t until;

	if (!doveadm_cmd_param_array(cctx, "item", &ids)) {
		pix_doveadm_fail(EX_USAGE, "Which items? See doveadm pix disposition list");
		return;
	}
	if (pix_doveadm_str(cctx, "until") == NULL) {
		pix_doveadm_fail(EX_USAGE, "Until when are they to be kept? --until DATE");
		return;
	}
	if (!doveadm_pix_archive_date(cctx, "until", &until))
		return;
	args = doveadm_pix_archive_item_args(ids);
	if (args == NULL)
		return;
	pix_json_set_int(args, "until", until);
	answer = doveadm_pix_archive_ask(cctx, "disposition-reject", args);
	if (answer == NULL)
		return;
	doveadm_print_init(DOVEADM_PRINT_TYPE_FLOW);
	doveadm_print_header_simple("count");
	doveadm_print(t_strdup_printf("%lld", (long long)
		doveadm_pix_archive_int(answer, "count")));
	json_decref(answer);
}

struct doveadm_cmd_ver2 doveadm_pix_cmd_disposition_reject = {
	.name = "pix disposition reject",
	.cmd = cmd_disposition_reject,
	.usage = "--until <date> <item> ...",
DOVEADM_CMD_PARAMS_START
DOVEADM_CMD_PARAM('\0', "until", CMD_PARAM_STR, 0)
DOVEADM_CMD_PARAM('\0', "item", CMD_PARAM_ARRAY, CMD_PARAM_FLAG_POSITIONAL)
DOVEADM_CMD_PARAMS_END
};
