/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "doveadm-pix-archive.h"

static void cmd_disposition_list(struct doveadm_cmd_context *cctx)
{
	struct pix_archive_client *client;
	json_t *filter = doveadm_pix_archive_filter(cctx);

	if (filter == NULL)
		return;
	doveadm_pix_archive_print_items_header();
	client = doveadm_pix_archive_connect();
	(void)doveadm_pix_archive_items(client, "disposition-list", filter,
					doveadm_pix_archive_print_item, NULL);
	pix_archive_client_deinit(&client);
}

struct doveadm_cmd_ver2 doveadm_pix_cmd_disposition_list = {
	.name = "pix disposition list",
	.cmd = cmd_disposition_list,
	.usage = DOVEADM_PIX_ARCHIVE_FILTER_USAGE,
DOVEADM_CMD_PARAMS_START
DOVEADM_PIX_ARCHIVE_FILTER_PARAMS
DOVEADM_CMD_PARAMS_END
};
