/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-session.h"
#include "pix-session-link.h"
#include "pix-session-plugin.h"
#include "mail-storage-hooks.h"

PIX_EXPORT const char *pix_session_plugin_version = DOVECOT_ABI_VERSION;

static struct mail_storage_hooks pix_session_hooks = {
	.mail_user_created = pix_session_mail_user_created,
};

/* Still root: the service trusts a peer that connects now. */
PIX_EXPORT void pix_session_plugin_preinit(void)
{
	if (pix_session_is_login_process())
		pix_session_link_preinit();
}

PIX_EXPORT void pix_session_plugin_init(struct module *module)
{
	/* lmtp, doveadm and all others have no login sessions */
	if (!pix_session_is_login_process())
		return;
	mail_storage_hooks_add(module, &pix_session_hooks);
	pix_session_imap_init();
	pix_session_pop3_init();
	pix_session_submission_init();
}

PIX_EXPORT void pix_session_plugin_deinit(void)
{
	if (!pix_session_is_login_process())
		return;
	pix_session_imap_deinit();
	pix_session_pop3_deinit();
	pix_session_submission_deinit();
	mail_storage_hooks_remove(&pix_session_hooks);
	pix_session_link_deinit();
}
