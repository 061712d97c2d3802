/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */
#ifndef PIX_AUDIT_TXN_H
#define PIX_AUDIT_TXN_H

#include "pix-audit-plugin.h"
#include "pix-audit-digest.h"

/* What was done in one of the host's mailbox transactions, until it ends. */

struct pix_audit_flags {
	enum modify_type type;
	enum mail_flags flags;
	/* keywords, separated by spaces, or NULL */
	const char *keywords;
	/* flags and keywords come by calls of their own */
	bool has_flags, has_keywords;
	ARRAY_TYPE(seq_range) uids;
};

struct pix_audit_save {
	/* of a copy: where it came from; NULL for a message that was stored */
	const char *src_mailbox, *src_guid;
	uint32_t src_uid;
	bool moving;
	/* of a stored message */
	const char *msgid, *guid, *flags;
	unsigned char sha256[PIX_AUDIT_DIGEST_SIZE];
	uint64_t size;
	bool has_digest;
};

struct pix_audit_txn {
	union mailbox_transaction_module_context module_ctx;
	pool_t pool;
	struct pix_audit_user *auser;
	struct mailbox *box;

	/* mail.bind, mail.export */
	ARRAY_TYPE(seq_range) binds;
	const char *bind_kind, *bind_section;
	const char *bind_msgid;
	ARRAY(struct pix_audit_flags) flags;
	ARRAY_TYPE(seq_range) expunges;
	const char *expunge_msgid;
	/* the expunges are the other half of a move */
	bool expunges_moved;
	ARRAY(struct pix_audit_save) saves;
	/* the message that is being stored */
	struct pix_audit_digest *digest;
};

/* NULL if nothing is recorded here (yet, for find). */
struct pix_audit_txn *pix_audit_txn_find(struct mailbox_transaction_context *t);
struct pix_audit_txn *pix_audit_txn_get(struct mailbox_transaction_context *t);
void pix_audit_txn_free(struct pix_audit_txn *txn);

/* Writes mail.bind or mail.export now. */
void pix_audit_txn_flush_binds(struct pix_audit_txn *txn);
/* The transaction was committed; changes has the UIDs of what was saved. */
void pix_audit_txn_committed(struct pix_audit_txn *txn,
			     const struct mail_transaction_commit_changes *changes);

/* pix-audit-save.c */
int pix_audit_save_begin(struct mail_save_context *ctx, struct istream *input);
int pix_audit_save_finish(struct mail_save_context *ctx);
void pix_audit_save_cancel(struct mail_save_context *ctx);
int pix_audit_copy(struct mail_save_context *ctx, struct mail *mail);

/* pix-audit-mailbox.c */
struct pix_audit_mailbox {
	union mailbox_module_context module_ctx;
	char guid[33];
	bool want_sync;
};
struct pix_audit_mailbox *pix_audit_mailbox_get(struct mailbox *box);
/* 32 hex digits, or NULL. */
const char *pix_audit_mailbox_guid(struct mailbox *box);
/* "\Seen $label"; NULL without any. Data stack. */
const char *pix_audit_flags_str(enum mail_flags flags, const char *const *keywords);
/* Message-ID, or NULL. Data stack. */
const char *pix_audit_msgid(struct mail *mail);

#endif
