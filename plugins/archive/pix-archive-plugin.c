/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-archive-plugin.h"
#include "pix-archive-guard.h"
#include "pix-archive-label.h"
#include "pix-core.h"
#include "mail-storage-private.h"
#include "mail-storage-hooks.h"

PIX_EXPORT const char *pix_archive_plugin_version = DOVECOT_ABI_VERSION;

static struct mail_storage_hooks pix_archive_hooks = {
	.mail_user_created = pix_archive_user_created,
	.mailbox_allocated = pix_archive_mailbox_allocated,
	.mail_allocated = pix_archive_mail_allocated,
};

PIX_EXPORT void pix_archive_plugin_init(struct module *module)
{
	/* forced: the mailboxes of others, opened by a user whose own
	   mail_plugins lack us, are guarded as well */
	mail_storage_hooks_add_forced(module, &pix_archive_hooks);
	pix_archive_label_init();
}

PIX_EXPORT void pix_archive_plugin_deinit(void)
{
	pix_archive_label_deinit();
	mail_storage_hooks_remove(&pix_archive_hooks);
}
