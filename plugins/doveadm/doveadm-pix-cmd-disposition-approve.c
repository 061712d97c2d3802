/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "doveadm-pix-archive.h"

static void cmd_disposition_approve(struct doveadm_cmd_context *cctx)
{
	json_t *args, *answer;
	const char *const *ids;

	if (!doveadm_cmd_param_array(cctx, "item", &ids)) {
		pix_doveadm_fail(EX_USAGE, "Which items? See doveadm pix disposition list");
		return;
	}
	args = doveadm_pix_archive_item_args(ids);
	if (args == NULL)
		return;
	answer = doveadm_pix_archive_ask(cctx, "disposition-approve", args);
	if (answer == NULL)
		return;
	doveadm_print_init(DOVEADM_PRINT_TYPE_FLOW);
	doveadm_print_header_simple("done");
	doveadm_print(t_strdup_printf("%lld", (long long)
		doveadm_pix_archive_int(answer, "done")));
	json_decref(answer);
}

struct doveadm_cmd_ver2 doveadm_pix_cmd_disposition_approve = {
	.name = "pix disposition approve",
	.cmd = cmd_disposition_approve,
	.usage = "<item> ...",
DOVEADM_CMD_PARAMS_START
DOVEADM_CMD_PARAM('\0', "item", CMD_PARAM_ARRAY, CMD_PARAM_FLAG_POSITIONAL)
DOVEADM_CMD_PARAMS_END
};
