/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-audit-main.h"
#include "mail-storage-hooks.h"

extern const char *pix_audit_plugin_version;
void pix_audit_plugin_preinit(void);
void pix_audit_plugin_init(struct module *module);
void pix_audit_plugin_deinit(void);

PIX_EXPORT const char *pix_audit_plugin_version = DOVECOT_ABI_VERSION;

static struct mail_storage_hooks pix_audit_hooks = {
	.mail_user_created = pix_audit_user_created,
	.mailbox_allocated = pix_audit_mailbox_allocated,
	.mailbox_opened = pix_audit_mailbox_opened,
	.mail_allocated = pix_audit_mail_allocated,
};

/* Still root: the collector trusts a peer that connects now. */
PIX_EXPORT void pix_audit_plugin_preinit(void)
{
	pix_audit_main_preinit();
}

PIX_EXPORT void pix_audit_plugin_init(struct module *module)
{
	pix_audit_main_init();
	/* forced: a folder that others share is read under the settings of
	   who reads it */
	mail_storage_hooks_add_forced(module, &pix_audit_hooks);
}

PIX_EXPORT void pix_audit_plugin_deinit(void)
{
	mail_storage_hooks_remove(&pix_audit_hooks);
	pix_audit_main_deinit();
}
