/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

/* A mail with a retention label is saved at least once, whatever the scripts
   did. The plugin sieve never calls the hooks that were set before it, so ours
   goes around it when the first user is there, after all plugins have been
   loaded. */

#include "pix-sort-plugin.h"
#include "mail-storage-private.h"
#include "mail-namespace.h"
#include "mail-deliver.h"

/* These are in libdovecot-lda, which only processes that deliver have. */
#pragma weak mail_deliver_hook_set
#pragma weak mail_deliver_save

static deliver_mail_func_t *next_deliver_mail;
static bool deliver_hooked;

static void pix_sort_marks_reset(struct pix_sort_user *suser)
{
	suser->marks->label_count = 0;
	suser->marks->labels = NULL;
	suser->marks->tag_count = 0;
	suser->marks->saved_count = 0;
	event_set_ptr(suser->user->event, PIX_SORT_LABELS_KEY, NULL);
}

/* The folder may not be there yet; if it can't be made, saving says why. */
static void pix_sort_folder_create(struct mail_user *user, const char *name)
{
	struct mail_namespace *ns = mail_namespace_find(user->namespaces, name);
	struct mailbox *box = mailbox_alloc(ns->list, name, 0);

	if (mailbox_open(box) < 0 &&
	    mailbox_get_last_mail_error(box) == MAIL_ERROR_NOTFOUND)
		(void)mailbox_create(box, NULL, FALSE);
	mailbox_free(&box);
}

static int
pix_sort_save_labelled(struct mail_deliver_context *ctx,
		       struct pix_sort_user *suser,
		       struct mail_storage **storage_r)
{
	const char *folder = suser->set->pix_sort_retain_folder;

	if (folder[0] != '\0') {
		pix_sort_folder_create(suser->user, folder);
		if (mail_deliver_save(ctx, folder, MAIL_SEEN, NULL, storage_r) >= 0) {
			e_info(suser->user->event, "pix-sort: "
			       "Kept a mail that the scripts did not keep, as it has "
			       "a retention label: folder=%s label=%s", folder,
			       t_strarray_join(suser->marks->labels, " "));
			return 1;
		}
		e_error(suser->user->event, "pix-sort: "
			"Could not save a labelled mail, trying INBOX: folder=%s: %s "
			"(check pix_sort_retain_folder)", folder,
			*storage_r == NULL ? "unknown error" :
			mail_storage_get_last_internal_error(*storage_r, NULL));
	}
	if (mail_deliver_save(ctx, "INBOX", 0, NULL, storage_r) >= 0)
		return 1;
	ctx->tempfail_error = "Could not save a mail that must be retained";
	return -1;
}

static int
pix_sort_deliver_mail(struct mail_deliver_context *ctx,
		      struct mail_storage **storage_r)
{
	struct pix_sort_user *suser = pix_sort_user_get(ctx->rcpt_user);
	int ret;

	if (suser != NULL)
		pix_sort_marks_reset(suser);
	ret = next_deliver_mail(ctx, storage_r);
	/* on a failure the host saves to INBOX or asks the sender to try
	   again; the labels stay for that */
	if (ret > 0 && suser != NULL) {
		if (suser->marks->label_count > 0 &&
		    suser->marks->saved_count == 0) T_BEGIN {
			ret = pix_sort_save_labelled(ctx, suser, storage_r);
		} T_END;
		if (ret > 0)
			pix_sort_marks_reset(suser);
	}
	return ret;
}

void pix_sort_deliver_hook(void)
{
	if (deliver_hooked || mail_deliver_hook_set == NULL)
		return;
	deliver_hooked = TRUE;
	next_deliver_mail = mail_deliver_hook_set(pix_sort_deliver_mail);
	/* without any other hook nothing can set a label */
	if (next_deliver_mail == NULL)
		(void)mail_deliver_hook_set(NULL);
}

void pix_sort_deliver_unhook(void)
{
	if (!deliver_hooked || mail_deliver_hook_set == NULL)
		return;
	if (next_deliver_mail != NULL)
		(void)mail_deliver_hook_set(next_deliver_mail);
	deliver_hooked = FALSE;
}
