/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "doveadm-pix-archive.h"

static void cmd_archive_list(struct doveadm_cmd_context *cctx)
{
	struct pix_archive_client *client;
	json_t *filter = doveadm_pix_archive_filter(cctx);

	if (filter == NULL)
		return;
	if (pix_doveadm_bool(cctx, "all"))
		pix_json_set_bool(filter, "all", TRUE);
	doveadm_pix_archive_print_items_header();
	client = doveadm_pix_archive_connect();
	(void)doveadm_pix_archive_items(client, "list", filter,
					doveadm_pix_archive_print_item, NULL);
	pix_archive_client_deinit(&client);
}

struct doveadm_cmd_ver2 doveadm_pix_cmd_archive_list = {
	.name = "pix archive list",
	.cmd = cmd_archive_list,
	.usage = "[--all] "DOVEADM_PIX_ARCHIVE_FILTER_USAGE,
DOVEADM_CMD_PARAMS_START
DOVEADM_PIX_ARCHIVE_FILTER_PARAMS
DOVEADM_CMD_PARAM('\0', "all", CMD_PARAM_BOOL, 0)
DOVEADM_CMD_PARAMS_END
};
