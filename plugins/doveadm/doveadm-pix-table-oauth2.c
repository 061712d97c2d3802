/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "doveadm-pix.h"
#include "doveadm-pix-issuer.h"

pix_doveadm_cmd_list pix_doveadm_cmds_oauth2 = {
	&doveadm_pix_cmd_issuer_list,
	&doveadm_pix_cmd_issuer_refresh,
	&doveadm_pix_cmd_token_explain,
	NULL
};
