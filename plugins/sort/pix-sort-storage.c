/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-sort-plugin.h"
#include "mail-storage-private.h"
#include "str.h"

struct pix_sort_mailbox {
	union mailbox_module_context module_ctx;
};

/* A saved copy whose transaction runs. */
struct pix_sort_saved {
	const char *guid, *message_id;
};

struct pix_sort_transaction {
	union mailbox_transaction_module_context module_ctx;
	ARRAY(struct pix_sort_saved) saved;
	/* labels of the delivery, separated by spaces */
	const char *labels;
	pool_t pool;
};

static MODULE_CONTEXT_DEFINE_INIT(pix_sort_storage_module,
				  &mail_storage_module_register);

#define PIX_SORT_CONTEXT(obj) \
	MODULE_CONTEXT_REQUIRE(obj, pix_sort_storage_module)
#define PIX_SORT_TRANSACTION(obj) \
	MODULE_CONTEXT(obj, pix_sort_storage_module)

/* Tags, and keywords that show the labels: where they can't be set, nothing is
   lost. */
static void
pix_sort_add_keywords(struct mail_save_context *ctx,
		      const struct pix_sort_marks *marks)
{
	struct mailbox *box = ctx->transaction->box;
	ARRAY_TYPE(const_string) names;
	struct mail_keywords *keywords, *merged;

	t_array_init(&names, PIX_SORT_MAX_LABELS + PIX_SORT_MAX_TAGS + 1);
	array_append(&names, marks->tags, marks->tag_count);
	for (unsigned int i = 0; i < marks->label_count; i++) {
		const char *name = t_strconcat(PIX_SORT_KEYWORD_PREFIX,
					       marks->labels[i], NULL);
		array_push_back(&names, &name);
	}
	array_append_zero(&names);
	if (mailbox_keywords_create(box, array_front(&names), &keywords) < 0)
		return;
	if (ctx->data.keywords != NULL) {
		merged = mailbox_keywords_merge(ctx->data.keywords, keywords);
		mailbox_keywords_unref(&keywords);
		keywords = merged;
	}
	mailbox_save_set_flags(ctx, ctx->data.flags | ctx->data.pvt_flags,
			       keywords);
	mailbox_keywords_unref(&keywords);
}

static struct pix_sort_transaction *
pix_sort_transaction_get(struct mailbox_transaction_context *t)
{
	struct pix_sort_transaction *st = PIX_SORT_TRANSACTION(t);
	pool_t pool;

	if (st != NULL)
		return st;
	pool = pool_alloconly_create("pix sort transaction", 512);
	st = p_new(pool, struct pix_sort_transaction, 1);
	st->pool = pool;
	p_array_init(&st->saved, pool, 2);
	MODULE_CONTEXT_SET(t, pix_sort_storage_module, st);
	return st;
}

static void
pix_sort_saved(struct mail_save_context *ctx, const struct pix_sort_marks *marks)
{
	struct pix_sort_transaction *st = pix_sort_transaction_get(ctx->transaction);
	struct pix_sort_saved saved = { "", "" };
	const char *value;

	if (ctx->dest_mail != NULL) {
		if (mail_get_special(ctx->dest_mail, MAIL_FETCH_GUID, &value) == 0)
			saved.guid = p_strdup(st->pool, value);
		if (mail_get_first_header(ctx->dest_mail, "Message-ID", &value) > 0)
			saved.message_id = p_strdup(st->pool, value);
	}
	array_push_back(&st->saved, &saved);
	if (marks->labels != NULL)
		st->labels = p_strdup(st->pool,
			t_strarray_join(marks->labels, " "));
}

static int pix_sort_copy(struct mail_save_context *ctx, struct mail *mail)
{
	struct mailbox *box = ctx->transaction->box;
	struct pix_sort_mailbox *sbox = PIX_SORT_CONTEXT(box);
	struct pix_sort_user *suser = pix_sort_user_get(box->storage->user);
	bool saving = ctx->saving && suser != NULL;

	if (saving && (suser->marks->label_count > 0 ||
		       suser->marks->tag_count > 0)) T_BEGIN {
		pix_sort_add_keywords(ctx, suser->marks);
	} T_END;
	if (sbox->module_ctx.super.copy(ctx, mail) < 0)
		return -1;
	if (saving)
		pix_sort_saved(ctx, suser->marks);
	return 0;
}

static void
pix_sort_transaction_free(struct mailbox_transaction_context *t)
{
	struct pix_sort_transaction *st = PIX_SORT_TRANSACTION(t);

	if (st != NULL)
		pool_unref(&st->pool);
}

/* uids: of the saved mails, in the order of saving; may be fewer. */
static void
pix_sort_send_events(struct mailbox *box, const struct pix_sort_transaction *st,
		     const ARRAY_TYPE(seq_range) *uids)
{
	const struct pix_sort_saved *saved;
	struct seq_range_iter iter;
	unsigned int n = 0;

	seq_range_array_iter_init(&iter, uids);
	array_foreach(&st->saved, saved) {
		struct event *event = event_create(box->event);
		uint32_t uid = 0;

		(void)seq_range_array_iter_nth(&iter, n++, &uid);
		event_set_name(event, "pix_retention_label");
		event_add_str(event, "user", box->storage->user->username);
		event_add_str(event, "mailbox", mailbox_get_vname(box));
		event_add_str(event, "guid", saved->guid);
		event_add_int(event, "uid", uid);
		event_add_str(event, "label", st->labels);
		event_add_str(event, "message_id", saved->message_id);
		e_info(event, "pix-sort: Retention label set: label=%s guid=%s uid=%u",
		       st->labels, saved->guid, uid);
		event_unref(&event);
	}
}

static int
pix_sort_transaction_commit(struct mailbox_transaction_context *t,
			    struct mail_transaction_commit_changes *changes_r)
{
	struct mailbox *box = t->box;
	struct pix_sort_mailbox *sbox = PIX_SORT_CONTEXT(box);
	struct pix_sort_user *suser = pix_sort_user_get(box->storage->user);
	struct pix_sort_transaction *st = PIX_SORT_TRANSACTION(t);
	int ret;

	/* t is gone afterwards */
	ret = sbox->module_ctx.super.transaction_commit(t, changes_r);
	if (st == NULL)
		return ret;
	if (ret == 0) {
		suser->marks->saved_count += array_count(&st->saved);
		if (st->labels != NULL)
			pix_sort_send_events(box, st, &changes_r->saved_uids);
	}
	pool_unref(&st->pool);
	return ret;
}

static void
pix_sort_transaction_rollback(struct mailbox_transaction_context *t)
{
	struct pix_sort_mailbox *sbox = PIX_SORT_CONTEXT(t->box);

	pix_sort_transaction_free(t);
	sbox->module_ctx.super.transaction_rollback(t);
}

void pix_sort_mailbox_allocated(struct mailbox *box)
{
	struct mailbox_vfuncs *v = box->vlast;
	struct pix_sort_mailbox *sbox;

	if (pix_sort_user_get(box->storage->user) == NULL)
		return;
	sbox = p_new(box->pool, struct pix_sort_mailbox, 1);
	sbox->module_ctx.super = *v;
	box->vlast = &sbox->module_ctx.super;
	v->copy = pix_sort_copy;
	v->transaction_commit = pix_sort_transaction_commit;
	v->transaction_rollback = pix_sort_transaction_rollback;
	MODULE_CONTEXT_SET(box, pix_sort_storage_module, sbox);
}
