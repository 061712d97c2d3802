/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "doveadm-pix.h"
#include "doveadm-pix-audit.h"

pix_doveadm_cmd_list pix_doveadm_cmds_audit = {
	&doveadm_pix_cmd_audit_export,
	&doveadm_pix_cmd_audit_report,
	&doveadm_pix_cmd_audit_search,
	&doveadm_pix_cmd_audit_show,
	&doveadm_pix_cmd_audit_tail,
	&doveadm_pix_cmd_audit_verify,
	&doveadm_pix_cmd_receipt_export,
	&doveadm_pix_cmd_receipt_show,
	NULL
};
