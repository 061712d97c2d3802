/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "doveadm-pix-hold.h"

static void cmd_hold_show(struct doveadm_cmd_context *cctx)
{
	json_t *hold = doveadm_pix_hold_ask(cctx, "hold-show");

	if (hold == NULL)
		return;
	doveadm_pix_hold_header();
	doveadm_pix_hold_print(hold);
	json_decref(hold);
}

struct doveadm_cmd_ver2 doveadm_pix_cmd_hold_show = {
	.name = "pix hold show",
	.cmd = cmd_hold_show,
	.usage = "<hold>",
DOVEADM_CMD_PARAMS_START
DOVEADM_CMD_PARAM('\0', "hold", CMD_PARAM_STR, CMD_PARAM_FLAG_POSITIONAL)
DOVEADM_CMD_PARAMS_END
};
