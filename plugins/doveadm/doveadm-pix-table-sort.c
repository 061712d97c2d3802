/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "doveadm-pix-quarantine.h"
#include "doveadm-pix-sort.h"

pix_doveadm_cmd_list pix_doveadm_cmds_sort = {
	&pix_doveadm_cmd_quarantine_list,
	&pix_doveadm_cmd_quarantine_release,
	&pix_doveadm_cmd_sort_canary,
	&pix_doveadm_cmd_sort_check,
	&pix_doveadm_cmd_sort_install,
	NULL
};
