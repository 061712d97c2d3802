/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "doveadm-pix.h"
#include "pix-compat.h"

PIX_EXPORT const char *doveadm_pix_plugin_version = DOVECOT_ABI_VERSION;

/* A part that wasn't built has no table: its line is compiled out. */
static struct doveadm_cmd_ver2 *const *const tables[] = {
	pix_doveadm_cmds_suite,
#if defined(PIX_HAVE_MFA) || defined(PIX_HAVE_OAUTH2)
	pix_doveadm_cmds_session,
#endif
#ifdef PIX_HAVE_MFA
	pix_doveadm_cmds_mfa,
#endif
#ifdef PIX_HAVE_AUDIT
	pix_doveadm_cmds_audit,
#endif
	/* #ifdef PIX_HAVE_<PART>, pix_doveadm_cmds_<part>, #endif */
#ifdef PIX_HAVE_ARCHIVE
	pix_doveadm_cmds_archive,
#endif
#ifdef PIX_HAVE_OAUTH2
	pix_doveadm_cmds_oauth2,
#endif
#ifdef PIX_HAVE_SORT
	pix_doveadm_cmds_sort,
#endif
	NULL
};

PIX_EXPORT void doveadm_pix_plugin_init(struct module *module ATTR_UNUSED)
{
	for (unsigned int i = 0; tables[i] != NULL; i++) {
		for (unsigned int j = 0; tables[i][j] != NULL; j++)
			doveadm_cmd_register_ver2(tables[i][j]);
	}
}

PIX_EXPORT void doveadm_pix_plugin_deinit(void)
{
}
