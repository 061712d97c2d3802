/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-audit-main.h"
#include "mail-storage-hooks.h"

extern const char *pix_audit_plugin_version;
void pix_audit_plugin_preinit(void);
void pix_audit_plugin_init(struct module *module);
void pix_audit_plugin_deinit(void);

PIX_EXPORT const char *pix_audit_plugin_version = DOVECOT_ABI_VERSION;

static bool pix_audit_inited;

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
	pix_audit_inited = TRUE;
	pix_audit_main_init();
	/* forced: a folder that others share is read under the settings of
	   who reads it */
	mail_storage_hooks_add_forced(module, &pix_audit_hooks);
}

PIX_EXPORT void pix_audit_plugin_deinit(void)
{
	mail_storage_hooks_remove(&pix_audit_hooks);
	pix_audit_main_deinit();
	pix_audit_inited = FALSE;
}

/* doveadm loads mail plugins and, for a command that is not about mail, unloads
   them again without init and deinit: what preinit left in the ioloop would
   point into unloaded code. */
static void __attribute__((destructor)) pix_audit_plugin_unload(void)
{
	if (!pix_audit_inited && pix_audit != NULL)
		pix_audit_main_abort();
}
