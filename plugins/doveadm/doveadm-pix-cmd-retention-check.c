/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "doveadm-pix-archive.h"

static void cmd_retention_check(struct doveadm_cmd_context *cctx)
{
	struct pix_retention_policy *policy =
		doveadm_pix_retention_policy(pix_doveadm_str(cctx, "file"));

	if (policy == NULL)
		return;
	doveadm_print_init(DOVEADM_PRINT_TYPE_FLOW);
	doveadm_print_header_simple("labels");
	doveadm_print_header_simple("rules");
	doveadm_print(dec2str(array_count(&policy->labels)));
	doveadm_print(dec2str(array_count(&policy->rules)));
	pix_retention_policy_free(&policy);
}

struct doveadm_cmd_ver2 doveadm_pix_cmd_retention_check = {
	.name = "pix retention check",
	.cmd = cmd_retention_check,
	.usage = "[<file>]",
DOVEADM_CMD_PARAMS_START
DOVEADM_CMD_PARAM('\0', "file", CMD_PARAM_STR, CMD_PARAM_FLAG_POSITIONAL)
DOVEADM_CMD_PARAMS_END
};
