/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-archive-guard.h"
#include "mail-storage-private.h"
#include "module-context.h"

#define PIX_ARCHIVE_CONTEXT(obj) \
	MODULE_CONTEXT_REQUIRE(obj, pix_archive_storage_module)
#define PIX_ARCHIVE_MAIL_CONTEXT(obj) \
	MODULE_CONTEXT_REQUIRE(obj, pix_archive_mail_module)

struct pix_archive_mailbox {
	union mailbox_module_context module_ctx;
	struct pix_archive_user *auser;
};

struct pix_archive_transaction {
	union mailbox_transaction_module_context module_ctx;
	/* mail was sent, when this generation was in force */
	bool sent;
	unsigned int generation;
	/* an expunge was refused or could not be decided */
	bool failed;
};

static MODULE_CONTEXT_DEFINE_INIT(pix_archive_storage_module,
				  &mail_storage_module_register);
static MODULE_CONTEXT_DEFINE_INIT(pix_archive_mail_module,
				  &mail_module_register);

static void guard_expunge(struct mail *mail)
{
	struct pix_archive_mailbox *abox = PIX_ARCHIVE_CONTEXT(mail->box);
	struct pix_archive_transaction *at = PIX_ARCHIVE_CONTEXT(mail->transaction);
	struct pix_archive_user *auser = abox->auser;
	struct pix_retention_decision decision;
	struct pix_archive_folder folder;
	unsigned int generation = pix_archive_guard_generation(auser);
	const char *reason = "expunge";
	int ret;

	pix_archive_folder_get(mail->box, &folder);
	switch (pix_archive_guard_decide(auser, mail, &folder, &decision)) {
	case PIX_ARCHIVE_FAIL:
		at->failed = TRUE;
		return;
	case PIX_ARCHIVE_FREE:
		return;
	case PIX_ARCHIVE_RETAINED:
		break;
	}
	if (pix_archive_guard_is_safe_move(auser, mail, &folder, &decision))
		return;
	if (!decision.grace && pix_archive_guard_refuses(auser)) {
		pix_archive_guard_refuse(mail->box, &folder, &decision);
		at->failed = TRUE;
		return;
	}
	if (mail->box->deleting)
		reason = "mailbox-delete";
	else if (((struct mail_private *)mail)->autoexpunged)
		reason = "autoexpunge";
	ret = pix_archive_guard_send(auser, mail, &folder, &decision, reason);
	if (ret < 0)
		at->failed = TRUE;
	else if (ret > 0 && !at->sent) {
		at->sent = TRUE;
		at->generation = generation;
		pix_archive_guard_enter(auser);
	}
}

static void pix_archive_mail_expunge(struct mail *mail)
{
	union mail_module_context *mmail =
		PIX_ARCHIVE_MAIL_CONTEXT((struct mail_private *)mail);
	struct pix_archive_mailbox *abox = PIX_ARCHIVE_CONTEXT(mail->box);
	struct pix_archive_transaction *at = PIX_ARCHIVE_CONTEXT(mail->transaction);

	if (!at->failed) T_BEGIN {
		guard_expunge(mail);
	} T_END;
	pix_archive_guard_moved_end(abox->auser);
	/* what failed must not be expunged even if the caller ignores it */
	if (!at->failed)
		mmail->super.expunge(mail);
}

void pix_archive_mail_allocated(struct mail *_mail)
{
	struct mail_private *mail = (struct mail_private *)_mail;
	struct mail_vfuncs *v = mail->vlast;
	union mail_module_context *mmail;

	if (MODULE_CONTEXT(_mail->box, pix_archive_storage_module) == NULL)
		return;
	mmail = p_new(mail->pool, union mail_module_context, 1);
	mmail->super = *v;
	mail->vlast = &mmail->super;
	v->expunge = pix_archive_mail_expunge;
	MODULE_CONTEXT_SET_SELF(mail, pix_archive_mail_module, mmail);
}

static struct mailbox_transaction_context *
pix_archive_transaction_begin(struct mailbox *box,
			      enum mailbox_transaction_flags flags,
			      const char *reason)
{
	struct pix_archive_mailbox *abox = PIX_ARCHIVE_CONTEXT(box);
	struct mailbox_transaction_context *t;
	struct pix_archive_transaction *at;

	t = abox->module_ctx.super.transaction_begin(box, flags, reason);
	at = i_new(struct pix_archive_transaction, 1);
	MODULE_CONTEXT_SET(t, pix_archive_storage_module, at);
	return t;
}

static void
pix_archive_transaction_rollback(struct mailbox_transaction_context *t)
{
	struct pix_archive_mailbox *abox = PIX_ARCHIVE_CONTEXT(t->box);
	struct pix_archive_transaction *at = PIX_ARCHIVE_CONTEXT(t);

	pix_archive_guard_moved_end(abox->auser);
	if (at->sent)
		pix_archive_guard_leave(abox->auser, TRUE);
	abox->module_ctx.super.transaction_rollback(t);
	i_free(at);
}

static int
pix_archive_transaction_commit(struct mailbox_transaction_context *t,
			       struct mail_transaction_commit_changes *changes_r)
{
	struct pix_archive_mailbox *abox = PIX_ARCHIVE_CONTEXT(t->box);
	struct pix_archive_transaction *at = PIX_ARCHIVE_CONTEXT(t);
	bool failed = at->failed;

	pix_archive_guard_moved_end(abox->auser);
	if (at->sent) {
		/* Of a failed transaction, what the archive has may stay: it is its
		   copy of mail that is retained anyway. */
		if (pix_archive_guard_wait(abox->auser, t->box, at->generation) < 0)
			failed = TRUE;
		pix_archive_guard_leave(abox->auser, failed);
		at->sent = FALSE;
	}
	if (failed) {
		pix_archive_transaction_rollback(t);
		return -1;
	}
	i_free(at);
	return abox->module_ctx.super.transaction_commit(t, changes_r);
}

/* How long a mail is protected where it was moved to. */
static void guard_moved(struct mail_save_context *ctx, struct mail *mail)
{
	struct pix_archive_mailbox *abox = PIX_ARCHIVE_CONTEXT(ctx->transaction->box);
	struct pix_retention_decision decision;
	struct pix_archive_folder folder;

	pix_archive_folder_get(ctx->transaction->box, &folder);
	if (pix_archive_guard_decide(abox->auser, mail, &folder, &decision) ==
	    PIX_ARCHIVE_FAIL)
		return;
	pix_archive_guard_moved(abox->auser, mail->box, mail->uid, &folder,
				decision.retained ? decision.until : 0, decision.held);
}

static int pix_archive_copy(struct mail_save_context *ctx, struct mail *mail)
{
	struct pix_archive_mailbox *abox = PIX_ARCHIVE_CONTEXT(ctx->transaction->box);
	bool moving = ctx->moving;
	int ret = abox->module_ctx.super.copy(ctx, mail);

	/* within one mailbox core commits the expunge even if the copy is
	   rolled back: such a mail goes to the archive like any other */
	if (ret == 0 && moving && mail->box != ctx->transaction->box) T_BEGIN {
		guard_moved(ctx, mail);
	} T_END;
	return ret;
}

static int pix_archive_delete_box(struct mailbox *box)
{
	struct pix_archive_mailbox *abox = PIX_ARCHIVE_CONTEXT(box);

	/* with a lost index sdbox would show no mail, and its files would be
	   unlinked unseen (mdbox keeps its content elsewhere) */
	if (box->opened && !box->deleting_must_be_empty &&
	    strcmp(box->storage->name, "sdbox") == 0 &&
	    mailbox_sync(box, MAILBOX_SYNC_FLAG_FULL_READ |
			 MAILBOX_SYNC_FLAG_FORCE_RESYNC) < 0)
		return -1;
	return abox->module_ctx.super.delete_box(box);
}

static int pix_archive_rename_box(struct mailbox *src, struct mailbox *dest)
{
	struct pix_archive_mailbox *abox = PIX_ARCHIVE_CONTEXT(src);

	if (pix_archive_guard_knows_folders(abox->auser) &&
	    pix_archive_rename(abox->auser, src, dest) < 0)
		return -1;
	return abox->module_ctx.super.rename_box(src, dest);
}

void pix_archive_mailbox_allocated(struct mailbox *box)
{
	static const char *const unguarded[] = {
		/* their mail is that of another mailbox or server */
		"virtual", "imapc", "pop3c", "raw", "shared", "fail",
	};
	struct pix_archive_user *auser = pix_archive_user_get(box->storage->user);
	struct mailbox_vfuncs *v = box->vlast;
	struct pix_archive_mailbox *abox;

	if (auser == NULL)
		return;
	for (unsigned int i = 0; i < N_ELEMENTS(unguarded); i++) {
		if (strcmp(box->storage->name, unguarded[i]) == 0)
			return;
	}
	abox = p_new(box->pool, struct pix_archive_mailbox, 1);
	abox->auser = auser;
	abox->module_ctx.super = *v;
	box->vlast = &abox->module_ctx.super;
	v->transaction_begin = pix_archive_transaction_begin;
	v->transaction_commit = pix_archive_transaction_commit;
	v->transaction_rollback = pix_archive_transaction_rollback;
	v->copy = pix_archive_copy;
	v->delete_box = pix_archive_delete_box;
	v->rename_box = pix_archive_rename_box;
	MODULE_CONTEXT_SET(box, pix_archive_storage_module, abox);
}
