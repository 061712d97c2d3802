/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "doveadm-pix-mfa.h"

static void cmd_account_unlock(struct doveadm_cmd_context *cctx)
{
	doveadm_pix_mfa_account(cctx, "account-unlock");
}

struct doveadm_cmd_ver2 doveadm_pix_cmd_account_unlock = {
	.name = "pix account unlock",
	.cmd = cmd_account_unlock,
	.usage = "-u <user> [--reason <text>] [--actor <who>]",
DOVEADM_CMD_PARAMS_START
DOVEADM_CMD_PARAM('u', "user", CMD_PARAM_STR, 0)
DOVEADM_CMD_PARAM('\0', "reason", CMD_PARAM_STR, 0)
DOVEADM_CMD_PARAM('\0', "actor", CMD_PARAM_STR, 0)
DOVEADM_CMD_PARAMS_END
};
