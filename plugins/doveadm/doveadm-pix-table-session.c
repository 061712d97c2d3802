/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "doveadm-pix.h"
#include "doveadm-pix-session.h"

pix_doveadm_cmd_list pix_doveadm_cmds_session = {
	&doveadm_pix_cmd_session_list,
	&doveadm_pix_cmd_session_end,
	&doveadm_pix_cmd_token_revoke,
	NULL
};

json_t *doveadm_pix_session_filter(struct doveadm_cmd_context *cctx)
{
	static const char *const names[] = {
		"user", "session", "service", "factor", "credential", "issuer", "token",
	};
	json_t *args = json_object();

	for (unsigned int i = 0; i < N_ELEMENTS(names); i++)
		pix_json_set_str(args, names[i], pix_doveadm_str(cctx, names[i]));
	pix_json_set_str(args, "rip", pix_doveadm_str(cctx, "ip"));
	return args;
}
