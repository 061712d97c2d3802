/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "doveadm-pix.h"
#include "doveadm-pix-key.h"
#include "doveadm-pix-suite.h"

pix_doveadm_cmd_list pix_doveadm_cmds_suite = {
	&doveadm_pix_cmd_check,
	&doveadm_pix_cmd_key_create,
	&doveadm_pix_cmd_key_export,
	&doveadm_pix_cmd_key_list,
	&doveadm_pix_cmd_key_rotate,
	&doveadm_pix_cmd_status,
	NULL
};
