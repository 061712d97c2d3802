/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-audit-txn.h"
#include "pix-audit-fetch.h"
#include "pix-event.h"
#include "pix-mail-compat.h"
#include "pix-mail-session.h"
#include "istream.h"

#define PIX_AUDIT_MAIL_CONTEXT(obj) \
	MODULE_CONTEXT_REQUIRE(obj, pix_audit_mail_module)
static MODULE_CONTEXT_DEFINE_INIT(pix_audit_mail_module, &mail_module_register);

static const char *const pix_audit_modules[] = {
	"imap:cmd_", "pop3:cmd_", "doveadm:cmd_", NULL
};

/* doveadm commands by which messages leave the server */
static const char *const pix_audit_exports[] = {
	"doveadm:cmd_fetch", "doveadm:cmd_sync", "doveadm:cmd_backup",
	"doveadm:cmd_dsync_server", "doveadm:cmd_import", NULL
};

/* Decides by what the process is doing whether an opened body is read by
   somebody (kind_r, section_r), or only searched, indexed or copied (FALSE). */
static bool
pix_audit_is_read(const char **kind_r, const char **section_r)
{
	const char *reason = pix_event_reason(pix_audit_modules), *args;

	*section_r = NULL;
	if (reason == NULL)
		return FALSE;
	if (str_array_find(pix_audit_exports, reason)) {
		*kind_r = "mail.export";
		return TRUE;
	}
	*kind_r = "mail.bind";
	if (strcmp(reason, "pop3:cmd_retr") == 0)
		*section_r = "RETR";
	else if (strcmp(reason, "pop3:cmd_top") == 0)
		*section_r = "TOP";
	else if (strcmp(reason, "imap:cmd_fetch") == 0 ||
		 strcmp(reason, "imap:cmd_uid_fetch") == 0) {
		args = pix_mail_imap_args();
		*section_r = args == NULL ? NULL : pix_audit_fetch_sections(args);
	}
	return *section_r != NULL;
}

const char *pix_audit_msgid(struct mail *mail)
{
	const char *value;

	return mail_get_first_header(mail, "Message-ID", &value) <= 0 ? NULL : value;
}

static void pix_audit_mail_read(struct mail *mail)
{
	struct pix_audit_txn *txn = pix_audit_txn_find(mail->transaction);
	const char *kind, *section;

	/* the command is the same for all messages of an IMAP FETCH */
	if (txn != NULL && array_is_created(&txn->binds) &&
	    array_count(&txn->binds) > 0) {
		seq_range_array_add(&txn->binds, mail->uid);
		return;
	}
	if (!pix_audit_is_read(&kind, &section))
		return;
	txn = pix_audit_txn_get(mail->transaction);
	if (txn == NULL)
		return;
	if (!array_is_created(&txn->binds))
		p_array_init(&txn->binds, txn->pool, 4);
	if (txn->bind_kind != kind)
		txn->bind_kind = kind;
	if (txn->bind_section == NULL || section == NULL ||
	    strcmp(txn->bind_section, section) != 0)
		txn->bind_section = p_strdup(txn->pool, section);
	seq_range_array_add(&txn->binds, mail->uid);
}

/* The message is opened anyway, so its header is at hand: a look into the cache
   would cost more than the rest of the record. */
static void pix_audit_mail_read_msgid(struct mail *mail, struct istream *input)
{
	struct pix_audit_txn *txn = pix_audit_txn_find(mail->transaction);
	const unsigned char *data, *end, *lf;
	size_t size;

	if (txn == NULL || !array_is_created(&txn->binds) || txn->bind_msgid != NULL ||
	    seq_range_count(&txn->binds) != 1 || input->v_offset != 0)
		return;
	if (i_stream_read_more(input, &data, &size) <= 0)
		return;
	/* what stands behind the header is not looked at */
	end = memmem(data, size, "\n\r\n", 3);
	lf = memmem(data, end == NULL ? size : (size_t)(end - data), "\n\n", 2);
	if (lf != NULL)
		end = lf;
	txn->bind_msgid = p_strdup(txn->pool, pix_audit_header_find((const char *)data,
		end == NULL ? size : (size_t)(end + 1 - data), "Message-ID", 250));
}

static int
pix_audit_get_stream(struct mail *mail, bool get_body, struct message_size *hdr_size,
		     struct message_size *body_size, struct istream **stream_r)
{
	union mail_module_context *ctx = PIX_AUDIT_MAIL_CONTEXT((struct mail_private *)mail);
	int ret;

	if (!get_body || mail->saving)
		return ctx->super.get_stream(mail, get_body, hdr_size, body_size, stream_r);
	T_BEGIN {
		pix_audit_mail_read(mail);
	} T_END;
	ret = ctx->super.get_stream(mail, get_body, hdr_size, body_size, stream_r);
	if (ret == 0) T_BEGIN {
		pix_audit_mail_read_msgid(mail, *stream_r);
	} T_END;
	return ret;
}

static int pix_audit_get_binary_stream(PIX_GET_BINARY_STREAM_PARAMS)
{
	union mail_module_context *ctx = PIX_AUDIT_MAIL_CONTEXT((struct mail_private *)_mail);

	if (!_mail->saving) T_BEGIN {
		pix_audit_mail_read(_mail);
	} T_END;
	return ctx->super.get_binary_stream(PIX_GET_BINARY_STREAM_ARGS);
}

static int
pix_audit_get_special(struct mail *mail, enum mail_fetch_field field,
		      const char **value_r)
{
	union mail_module_context *ctx = PIX_AUDIT_MAIL_CONTEXT((struct mail_private *)mail);

	/* the first words of the body, perhaps from the cache */
	if (field == MAIL_FETCH_BODY_SNIPPET && !mail->saving) T_BEGIN {
		pix_audit_mail_read(mail);
	} T_END;
	return ctx->super.get_special(mail, field, value_r);
}

/* POP3 has one transaction for the whole session, and one mail a command. */
static void pix_audit_mail_free(struct mail *mail)
{
	union mail_module_context *ctx = PIX_AUDIT_MAIL_CONTEXT((struct mail_private *)mail);
	struct pix_audit_txn *txn = pix_audit_txn_find(mail->transaction);

	if (txn != NULL && txn->auser->is_pop3) T_BEGIN {
		pix_audit_txn_flush_binds(txn);
	} T_END;
	ctx->super.free(mail);
}

static void pix_audit_mail_expunge(struct mail *mail)
{
	static const char *const moves[] = { "imap:cmd_move", "imap:cmd_uid_move",
		"doveadm:cmd_move", NULL };
	union mail_module_context *ctx = PIX_AUDIT_MAIL_CONTEXT((struct mail_private *)mail);
	struct pix_audit_txn *txn = pix_audit_txn_get(mail->transaction);

	if (txn != NULL && !array_is_created(&txn->expunges)) T_BEGIN {
		/* of the first one: with others behind it, it isn't written */
		p_array_init(&txn->expunges, txn->pool, 8);
		txn->expunge_msgid = p_strdup(txn->pool, pix_audit_msgid(mail));
		txn->expunges_moved = pix_event_reason(moves) != NULL;
	} T_END;
	if (txn != NULL)
		seq_range_array_add(&txn->expunges, mail->uid);
	ctx->super.expunge(mail);
}

/* The change that this one is the same as, made to another message. */
static struct pix_audit_flags *
pix_audit_flags_find(struct pix_audit_txn *txn, enum modify_type type,
		     const enum mail_flags *flags, const char *keywords)
{
	struct pix_audit_flags *change;

	array_foreach_modifiable(&txn->flags, change) {
		if (change->type != type)
			continue;
		if (flags != NULL && change->has_flags && change->flags == *flags)
			return change;
		if (keywords != NULL && change->has_keywords &&
		    strcmp(change->keywords, keywords) == 0)
			return change;
	}
	return NULL;
}

/* One of flags and keywords is NULL. */
static void
pix_audit_flags_changed(struct mail *mail, enum modify_type type,
			const enum mail_flags *flags, const char *keywords)
{
	struct pix_audit_txn *txn = pix_audit_txn_get(mail->transaction);
	struct pix_audit_flags *change;

	if (txn == NULL)
		return;
	if (!array_is_created(&txn->flags))
		p_array_init(&txn->flags, txn->pool, 2);
	change = pix_audit_flags_find(txn, type, flags, keywords);
	if (change == NULL) {
		change = array_append_space(&txn->flags);
		change->type = type;
		p_array_init(&change->uids, txn->pool, 4);
		if (flags != NULL) {
			change->has_flags = TRUE;
			change->flags = *flags;
		} else {
			change->has_keywords = TRUE;
			change->keywords = p_strdup(txn->pool, keywords);
		}
	}
	seq_range_array_add(&change->uids, mail->uid);
}

static void
pix_audit_update_flags(struct mail *mail, enum modify_type type, enum mail_flags flags)
{
	union mail_module_context *ctx = PIX_AUDIT_MAIL_CONTEXT((struct mail_private *)mail);
	const enum mail_flags old = mail_get_flags(mail) & MAIL_FLAGS_NONRECENT;
	const enum mail_flags shown = flags & MAIL_FLAGS_NONRECENT;
	bool changes = FALSE;

	switch (type) {
	case MODIFY_ADD:
		changes = (shown & ~old) != 0;
		break;
	case MODIFY_REMOVE:
		changes = (shown & old) != 0;
		break;
	case MODIFY_REPLACE:
		changes = shown != old;
		break;
	}
	if (changes && !mail->saving)
		pix_audit_flags_changed(mail, type, &shown, NULL);
	ctx->super.update_flags(mail, type, flags);
}

static void
pix_audit_update_keywords(struct mail *mail, enum modify_type type,
			  struct mail_keywords *keywords)
{
	union mail_module_context *ctx = PIX_AUDIT_MAIL_CONTEXT((struct mail_private *)mail);

	if (!mail->saving) T_BEGIN {
		const ARRAY_TYPE(keywords) *names =
			mail_index_get_keywords(mail->box->index);
		string_t *str = t_str_new(64);

		for (unsigned int i = 0; i < keywords->count; i++) {
			if (i > 0)
				str_append_c(str, ' ');
			str_append(str, array_idx_elem(names, keywords->idx[i]));
		}
		if (keywords->count > 0 ||
		    (type == MODIFY_REPLACE && mail_get_keywords(mail)[0] != NULL))
			pix_audit_flags_changed(mail, type, NULL, str_c(str));
	} T_END;
	ctx->super.update_keywords(mail, type, keywords);
}

void pix_audit_mail_allocated(struct mail *_mail)
{
	struct mail_private *mail = (struct mail_private *)_mail;
	struct mail_vfuncs *v = mail->vlast;
	union mail_module_context *ctx;

	if (pix_audit_user_get(_mail->box->storage->user) == NULL ||
	    pix_audit_mailbox_get(_mail->box) == NULL)
		return;
	ctx = p_new(mail->pool, union mail_module_context, 1);
	ctx->super = *v;
	mail->vlast = &ctx->super;
	v->free = pix_audit_mail_free;
	v->get_stream = pix_audit_get_stream;
	v->get_binary_stream = pix_audit_get_binary_stream;
	v->get_special = pix_audit_get_special;
	v->expunge = pix_audit_mail_expunge;
	v->update_flags = pix_audit_update_flags;
	v->update_keywords = pix_audit_update_keywords;
	MODULE_CONTEXT_SET_SELF(mail, pix_audit_mail_module, ctx);
}
