/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "doveadm-pix.h"

extern struct doveadm_cmd_ver2
	doveadm_pix_cmd_archive_list, doveadm_pix_cmd_archive_restore,
	doveadm_pix_cmd_archive_run, doveadm_pix_cmd_archive_verify,
	doveadm_pix_cmd_disposition_approve, doveadm_pix_cmd_disposition_list,
	doveadm_pix_cmd_disposition_reject,
	doveadm_pix_cmd_hold_add, doveadm_pix_cmd_hold_approve,
	doveadm_pix_cmd_hold_list, doveadm_pix_cmd_hold_release,
	doveadm_pix_cmd_hold_show,
	doveadm_pix_cmd_retention_check, doveadm_pix_cmd_retention_explain,
	doveadm_pix_cmd_retention_set_event, doveadm_pix_cmd_retention_show;

pix_doveadm_cmd_list pix_doveadm_cmds_archive = {
	&doveadm_pix_cmd_archive_list,
	&doveadm_pix_cmd_archive_restore,
	&doveadm_pix_cmd_archive_run,
	&doveadm_pix_cmd_archive_verify,
	&doveadm_pix_cmd_disposition_approve,
	&doveadm_pix_cmd_disposition_list,
	&doveadm_pix_cmd_disposition_reject,
	&doveadm_pix_cmd_hold_add,
	&doveadm_pix_cmd_hold_approve,
	&doveadm_pix_cmd_hold_list,
	&doveadm_pix_cmd_hold_release,
	&doveadm_pix_cmd_hold_show,
	&doveadm_pix_cmd_retention_check,
	&doveadm_pix_cmd_retention_explain,
	&doveadm_pix_cmd_retention_set_event,
	&doveadm_pix_cmd_retention_show,
	NULL
};
