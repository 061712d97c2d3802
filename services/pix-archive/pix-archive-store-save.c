/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-archive-store-private.h"
#include "istream.h"
#include "seq-range-array.h"

static int
save_one(struct mailbox_transaction_context *trans,
	 const struct archive_store_mail *mail)
{
	const struct archive_item *item = mail->item;
	struct mail_save_context *ctx = mailbox_save_alloc(trans);
	struct mail_keywords *keywords = NULL;
	const char *const *names = t_strsplit_spaces(item->keywords, " ");
	ssize_t ret;

	if (*names != NULL &&
	    mailbox_keywords_create(mailbox_transaction_get_mailbox(trans),
				    names, &keywords) < 0)
		keywords = NULL; /* the ledger has them */
	mailbox_save_set_flags(ctx, (enum mail_flags)item->flags, keywords);
	if (keywords != NULL)
		mailbox_keywords_unref(&keywords);
	mailbox_save_set_received_date(ctx, (time_t)item->received, 0);
	mailbox_save_set_save_date(ctx, (time_t)item->saved);
	mailbox_save_set_guid(ctx, item->guid);
	i_stream_seek(mail->content, 0);
	if (mailbox_save_begin(&ctx, mail->content) < 0)
		return -1;
	do {
		if (mailbox_save_continue(ctx) < 0) {
			mailbox_save_cancel(&ctx);
			return -1;
		}
	} while ((ret = i_stream_read(mail->content)) > 0);
	if (ret == 0 || mail->content->stream_errno != 0) {
		mailbox_save_cancel(&ctx);
		return -1;
	}
	return mailbox_save_finish(&ctx);
}

static int
save_box(struct archive_store *store, struct archive_owner *owner,
	 const char *name, pool_t pool, struct archive_store_mail *mails,
	 unsigned int count, const char *const *names, bool *full_r,
	 const char **error_r)
{
	struct mailbox *box = archive_owner_box(owner, name, TRUE, error_r);
	struct mail_transaction_commit_changes changes;
	struct mailbox_transaction_context *trans;
	struct mailbox_status status;
	struct seq_range_iter iter;
	enum mail_error error = MAIL_ERROR_NONE;
	unsigned int n = 0;
	uint32_t uid;
	int ret = 0;

	if (box == NULL)
		return -1;
	mailbox_get_open_status(box, STATUS_UIDVALIDITY | STATUS_UIDNEXT, &status);
	if (archive_inflight_add(store, owner->name, name, status.uidvalidity,
				 status.uidnext, error_r) < 0)
		return -1;
	trans = mailbox_transaction_begin(box, MAILBOX_TRANSACTION_FLAG_EXTERNAL |
					  MAILBOX_TRANSACTION_FLAG_ASSIGN_UIDS, __func__);
	for (unsigned int i = 0; i < count && ret == 0; i++) T_BEGIN {
		if (strcmp(names[i], name) == 0)
			ret = save_one(trans, &mails[i]);
	} T_END;
	if (ret < 0) {
		*error_r = t_strdup_printf("Can't save into the archive of %s: %s", owner->name,
					   mailbox_get_last_internal_error(box, &error));
		mailbox_transaction_rollback(&trans);
	} else if (mailbox_transaction_commit_get_changes(&trans, &changes) < 0) {
		*error_r = t_strdup_printf("Can't save into the archive of %s: %s", owner->name,
					   mailbox_get_last_internal_error(box, &error));
		ret = -1;
	} else {
		seq_range_array_iter_init(&iter, &changes.saved_uids);
		for (unsigned int i = 0; i < count; i++) {
			if (strcmp(names[i], name) != 0)
				continue;
			mails[i].item->box = p_strdup(pool, name);
			mails[i].item->box_uid =
				seq_range_array_iter_nth(&iter, n++, &uid) ? uid : 0;
			if (mails[i].item->box_uid == 0) {
				*error_r = "The storage gave a saved mail no UID";
				ret = -1;
			}
		}
		pool_unref(&changes.pool);
	}
	if (error == MAIL_ERROR_NOQUOTA)
		*full_r = TRUE;
	return ret;
}

int archive_store_save(struct archive_store *store, pool_t pool,
		       struct archive_store_mail *mails, unsigned int count,
		       bool *full_r, const char **error_r)
{
	struct archive_owner *owner;
	const char **names;
	int ret = 0;

	i_assert(count > 0 && store->reading == NULL);
	*full_r = FALSE;
	owner = archive_owner_get(store, mails[0].item->owner, error_r);
	if (owner == NULL)
		return -1;
	names = t_new(const char *, count);
	for (unsigned int i = 0; i < count; i++)
		names[i] = archive_owner_box_name(owner, mails[i].item->mailbox);
	for (unsigned int i = 0; i < count && ret == 0; i++) {
		bool first = TRUE;

		for (unsigned int j = 0; j < i && first; j++)
			first = strcmp(names[j], names[i]) != 0;
		if (first)
			ret = save_box(store, owner, names[i], pool, mails, count,
				       names, full_r, error_r);
	}
	if (ret < 0) {
		/* folders that were saved before the failing one hold mails that
		   the ledger won't know: as after a crash */
		archive_owner_drop(store, owner);
	}
	return ret;
}
