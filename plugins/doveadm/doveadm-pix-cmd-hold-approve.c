/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "doveadm-pix-hold.h"

static void cmd_hold_approve(struct doveadm_cmd_context *cctx)
{
	doveadm_pix_hold_state(cctx, "hold-approve");
}

struct doveadm_cmd_ver2 doveadm_pix_cmd_hold_approve = {
	.name = "pix hold approve",
	.cmd = cmd_hold_approve,
	.usage = "<hold>",
DOVEADM_CMD_PARAMS_START
DOVEADM_CMD_PARAM('\0', "hold", CMD_PARAM_STR, CMD_PARAM_FLAG_POSITIONAL)
DOVEADM_CMD_PARAMS_END
};
