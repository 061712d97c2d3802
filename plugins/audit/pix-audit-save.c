/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

/* Messages that are stored or copied. The digest is taken from what is written
   to the storage: this plugin is loaded before those that compress or encrypt,
   so the message passes here as the client will read it. */

#include "pix-audit-txn.h"
#include "pix-mail-user.h"
#include "hash-method.h"
#include "istream.h"
#include "ostream.h"
#include "ostream-hash.h"

static void pix_audit_hash_init(void *context ATTR_UNUSED)
{
}

static void pix_audit_hash_loop(void *context, const void *data, size_t size)
{
	struct pix_audit_digest **digest = context;

	if (*digest != NULL)
		pix_audit_digest_more(*digest, data, size);
}

static void
pix_audit_hash_result(void *context ATTR_UNUSED, unsigned char *digest_r ATTR_UNUSED)
{
}

/* context: address of the transaction's digest, so that it may end before
   the stream does */
static const struct hash_method pix_audit_hash_method = {
	.name = "pix-audit",
	.block_size = 64,
	.context_size = sizeof(struct pix_audit_digest *),
	.digest_size = PIX_AUDIT_DIGEST_SIZE,
	.init = pix_audit_hash_init,
	.loop = pix_audit_hash_loop,
	.result = pix_audit_hash_result,
};

int pix_audit_save_begin(struct mail_save_context *ctx, struct istream *input)
{
	struct pix_audit_mailbox *abox = pix_audit_mailbox_get(ctx->transaction->box);
	struct pix_audit_txn *txn;
	struct ostream *output;

	if (pix_audit_must_refuse(PIX_AUDIT_CLASS_CHANGE | PIX_AUDIT_CLASS_EVIDENCE)) {
		mail_storage_set_error(ctx->transaction->box->storage, MAIL_ERROR_TEMP,
				       "Actions can't be recorded now");
		return -1;
	}
	if (abox->module_ctx.super.save_begin(ctx, input) < 0)
		return -1;
	txn = pix_audit_txn_get(ctx->transaction);
	if (txn == NULL || ctx->data.output == NULL)
		return 0;
	pix_audit_digest_free(&txn->digest);
	txn->digest = pix_audit_digest_new();
	output = o_stream_create_hash(ctx->data.output, &pix_audit_hash_method,
				      &txn->digest);
	o_stream_unref(&ctx->data.output);
	ctx->data.output = output;
	o_stream_cork(output);
	return 0;
}

/* Flags and keywords that a message is stored with. Pool of the transaction. */
static const char *
pix_audit_save_flags(struct pix_audit_txn *txn, struct mail_save_context *ctx)
{
	const ARRAY_TYPE(keywords) *names =
		mail_index_get_keywords(ctx->transaction->box->index);
	ARRAY_TYPE(const_string) list;

	t_array_init(&list, 8);
	for (unsigned int i = 0; ctx->data.keywords != NULL &&
				 i < ctx->data.keywords->count; i++) {
		const char *name = array_idx_elem(names, ctx->data.keywords->idx[i]);

		array_push_back(&list, &name);
	}
	array_append_zero(&list);
	return p_strdup(txn->pool, pix_audit_flags_str(ctx->data.flags, array_front(&list)));
}

/* What passed by on its way to the storage. */
static void
pix_audit_save_content(struct pix_audit_txn *txn, struct pix_audit_save *save)
{
	const char *header;
	size_t size;

	if (txn->digest == NULL)
		return;
	pix_audit_digest_finish(txn->digest, save->sha256, &save->size);
	save->has_digest = TRUE;
	header = pix_audit_digest_header(txn->digest, &size);
	save->msgid = p_strdup(txn->pool,
		pix_audit_header_find(header, size, "Message-ID", 250));
	pix_audit_digest_free(&txn->digest);
}

static void
pix_audit_save_add(struct pix_audit_txn *txn, const struct pix_audit_save *save)
{
	if (!array_is_created(&txn->saves))
		p_array_init(&txn->saves, txn->pool, 4);
	array_push_back(&txn->saves, save);
}

int pix_audit_save_finish(struct mail_save_context *ctx)
{
	struct pix_audit_mailbox *abox = pix_audit_mailbox_get(ctx->transaction->box);
	struct pix_audit_txn *txn = pix_audit_txn_get(ctx->transaction);
	struct pix_audit_save save;
	int ret;

	/* a part of a copy: that one takes the digest */
	if (txn == NULL || ctx->copying_via_save)
		return abox->module_ctx.super.save_finish(ctx);
	i_zero(&save);
	/* the storage forgets what it was told when it ends */
	T_BEGIN {
		save.flags = pix_audit_save_flags(txn, ctx);
		save.guid = p_strdup(txn->pool, ctx->data.guid);
	} T_END;
	ret = abox->module_ctx.super.save_finish(ctx);
	if (ret == 0) T_BEGIN {
		pix_audit_save_content(txn, &save);
		pix_audit_save_add(txn, &save);
	} T_END;
	else
		pix_audit_digest_free(&txn->digest);
	return ret;
}

void pix_audit_save_cancel(struct mail_save_context *ctx)
{
	struct pix_audit_mailbox *abox = pix_audit_mailbox_get(ctx->transaction->box);
	struct pix_audit_txn *txn = pix_audit_txn_find(ctx->transaction);

	abox->module_ctx.super.save_cancel(ctx);
	if (txn != NULL)
		pix_audit_digest_free(&txn->digest);
}

/* A delivery whose message the storage linked instead of writing it. */
static void pix_audit_copy_read(struct pix_audit_txn *txn, struct mail *mail)
{
	struct istream *input;
	const unsigned char *data;
	size_t size;

	if (mail_get_stream(mail, NULL, NULL, &input) < 0)
		return;
	txn->digest = pix_audit_digest_new();
	i_stream_seek(input, 0);
	while (i_stream_read_more(input, &data, &size) > 0) {
		pix_audit_digest_more(txn->digest, data, size);
		i_stream_skip(input, size);
	}
	if (input->stream_errno != 0)
		pix_audit_digest_free(&txn->digest);
}

static void
pix_audit_copy_source(struct pix_audit_txn *txn, struct mail *mail,
		      struct pix_audit_save *save)
{
	/* what the user sees, where a virtual folder stands in front */
	struct mail *src = ((struct mail_private *)mail)->vmail != NULL ?
		((struct mail_private *)mail)->vmail : mail;

	save->src_mailbox = p_strdup(txn->pool, src->box->vname);
	save->src_guid = p_strdup(txn->pool, pix_audit_mailbox_guid(src->box));
	save->src_uid = src->uid;
	/* of the first one: with others behind it, it isn't written */
	if (!array_is_created(&txn->saves))
		save->msgid = p_strdup(txn->pool, pix_audit_msgid(mail));
}

int pix_audit_copy(struct mail_save_context *ctx, struct mail *mail)
{
	struct pix_audit_mailbox *abox = pix_audit_mailbox_get(ctx->transaction->box);
	struct pix_audit_txn *txn = pix_audit_txn_get(ctx->transaction);
	/* mailbox_save_using_mail(): a message that comes from outside */
	const bool saving = ctx->saving;
	struct pix_audit_save save;
	int ret;

	if (pix_audit_must_refuse(PIX_AUDIT_CLASS_CHANGE | PIX_AUDIT_CLASS_EVIDENCE)) {
		mail_storage_set_error(ctx->transaction->box->storage, MAIL_ERROR_TEMP,
				       "Actions can't be recorded now");
		return -1;
	}
	if (txn == NULL)
		return abox->module_ctx.super.copy(ctx, mail);
	i_zero(&save);
	T_BEGIN {
		save.moving = ctx->moving;
		save.flags = pix_audit_save_flags(txn, ctx);
		save.guid = p_strdup(txn->pool, ctx->data.guid);
		if (!saving)
			pix_audit_copy_source(txn, mail, &save);
	} T_END;
	ret = abox->module_ctx.super.copy(ctx, mail);
	if (ret < 0) {
		pix_audit_digest_free(&txn->digest);
		return ret;
	}
	T_BEGIN {
		if (saving && txn->digest == NULL)
			pix_audit_copy_read(txn, mail);
		if (saving)
			pix_audit_save_content(txn, &save);
		pix_audit_digest_free(&txn->digest);
		pix_audit_save_add(txn, &save);
	} T_END;
	return ret;
}
