/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */
#ifndef PIX_SORT_PLUGIN_H
#define PIX_SORT_PLUGIN_H

#include "pix-sort-marks.h"
#include "pix-settings-sort.h"

struct module;
struct mailbox;

struct pix_sort_user {
	union mail_user_module_context module_ctx;
	struct mail_user *user;
	/* never NULL */
	const struct pix_sort_settings *set;
	struct pix_sort_marks *marks;
};

/* NULL for users that the host keeps for itself (LMTP's raw user). */
struct pix_sort_user *pix_sort_user_get(struct mail_user *user);

/* pix-sort-storage.c: saved copies get the labels. */
void pix_sort_mailbox_allocated(struct mailbox *box);

/* pix-sort-deliver.c: puts our deliver hook around all others; only does
   something in processes that deliver. May be called more than once. */
void pix_sort_deliver_hook(void);
void pix_sort_deliver_unhook(void);

extern const char *pix_sort_plugin_version;
void pix_sort_plugin_init(struct module *module);
void pix_sort_plugin_deinit(void);

#endif
