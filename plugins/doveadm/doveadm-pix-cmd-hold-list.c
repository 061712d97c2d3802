/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "doveadm-pix-hold.h"

static void cmd_hold_list(struct doveadm_cmd_context *cctx)
{
	json_t *answer = doveadm_pix_archive_ask(cctx, "hold-list", json_object()), *hold;
	size_t i;

	if (answer == NULL)
		return;
	doveadm_pix_hold_header();
	json_array_foreach(json_object_get(answer, "holds"), i, hold)
		doveadm_pix_hold_print(hold);
	json_decref(answer);
}

struct doveadm_cmd_ver2 doveadm_pix_cmd_hold_list = {
	.name = "pix hold list",
	.cmd = cmd_hold_list,
	.usage = "",
DOVEADM_CMD_PARAMS_START
DOVEADM_CMD_PARAMS_END
};
