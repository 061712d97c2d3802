/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-audit-txn.h"
#include "pix-event.h"
#include "hex-binary.h"
#include "imap-util.h"

#define PIX_AUDIT_TXN_CONTEXT(obj) \
	MODULE_CONTEXT(obj, pix_audit_txn_module)
static MODULE_CONTEXT_DEFINE_INIT(pix_audit_txn_module,
				  &mail_storage_module_register);

struct pix_audit_txn *pix_audit_txn_find(struct mailbox_transaction_context *t)
{
	return PIX_AUDIT_TXN_CONTEXT(t);
}

struct pix_audit_txn *pix_audit_txn_get(struct mailbox_transaction_context *t)
{
	struct pix_audit_txn *txn = PIX_AUDIT_TXN_CONTEXT(t);
	struct pix_audit_user *auser;
	pool_t pool;

	if (txn != NULL)
		return txn;
	auser = pix_audit_user_get(t->box->storage->user);
	if (auser == NULL)
		return NULL;
	pool = pool_alloconly_create("pix audit transaction", 1024);
	txn = p_new(pool, struct pix_audit_txn, 1);
	txn->pool = pool;
	txn->auser = auser;
	txn->box = t->box;
	MODULE_CONTEXT_SET(t, pix_audit_txn_module, txn);
	return txn;
}

void pix_audit_txn_free(struct pix_audit_txn *txn)
{
	pool_t pool = txn->pool;

	pix_audit_digest_free(&txn->digest);
	pool_unref(&pool);
}

static void
pix_audit_txn_begin(struct pix_audit_txn *txn, const char *kind,
		    struct pix_audit_build *build)
{
	pix_audit_begin(txn->auser, mailbox_get_namespace(txn->box), kind, build);
}

/* Adds ranges of the set from number *idx on, as many as fit. TRUE when
   all were written. */
static bool
pix_audit_add_set(struct pix_audit_build *build, const char *name,
		  const ARRAY_TYPE(seq_range) *set, unsigned int *idx)
{
	const struct seq_range *ranges;
	unsigned int count;

	ranges = array_get(set, &count);
	if (*idx >= count)
		return TRUE;
	pix_audit_build_set_begin(build, name);
	while (*idx < count &&
	       pix_audit_build_set_range(build, ranges[*idx].seq1, ranges[*idx].seq2))
		++*idx;
	pix_audit_build_set_end(build);
	return *idx == count;
}

/* One record, or more if the UIDs don't fit into one. add: further members. */
static void
pix_audit_txn_uids(struct pix_audit_txn *txn, const char *kind,
		   const ARRAY_TYPE(seq_range) *uids,
		   void (*add)(struct pix_audit_build *build,
			       struct pix_audit_txn *txn, const void *context),
		   const void *context)
{
	struct pix_audit_build build;
	unsigned int idx = 0;
	bool done;

	do {
		pix_audit_txn_begin(txn, kind, &build);
		pix_audit_add_mailbox(&build, txn->box);
		done = pix_audit_add_set(&build, "uids", uids, &idx);
		pix_audit_build_int(&build, "count", seq_range_count(uids));
		add(&build, txn, context);
		pix_audit_end(&build);
	} while (!done);
}

static void
pix_audit_add_bind(struct pix_audit_build *build, struct pix_audit_txn *txn,
		   const void *context ATTR_UNUSED)
{
	pix_audit_build_str(build, "section", txn->bind_section);
	if (seq_range_count(&txn->binds) == 1)
		pix_audit_build_str_max(build, "msgid", txn->bind_msgid, 250);
}

void pix_audit_txn_flush_binds(struct pix_audit_txn *txn)
{
	if (!array_is_created(&txn->binds) || array_count(&txn->binds) == 0)
		return;
	pix_audit_txn_uids(txn, txn->bind_kind, &txn->binds, pix_audit_add_bind, NULL);
	array_clear(&txn->binds);
	txn->bind_msgid = NULL;
}

const char *pix_audit_flags_str(enum mail_flags flags, const char *const *keywords)
{
	string_t *str = t_str_new(64);

	imap_write_flags(str, flags & MAIL_FLAGS_NONRECENT, keywords);
	return str_len(str) == 0 ? NULL : str_c(str);
}

static void
pix_audit_add_flags(struct pix_audit_build *build,
		    struct pix_audit_txn *txn ATTR_UNUSED, const void *context)
{
	static const char *const names[] = {
		[MODIFY_ADD] = "flags_add",
		[MODIFY_REMOVE] = "flags_remove",
		[MODIFY_REPLACE] = "flags_set",
	};
	const struct pix_audit_flags *change = context;
	const char *flags = pix_audit_flags_str(change->flags, NULL);

	if (change->keywords != NULL && change->keywords[0] != '\0') {
		flags = flags == NULL ? change->keywords :
			t_strconcat(flags, " ", change->keywords, NULL);
	}
	/* replaced by nothing: that has to be said */
	if (flags == NULL)
		flags = "()";
	pix_audit_build_str(build, names[change->type], flags);
}

static void
pix_audit_add_expunge(struct pix_audit_build *build, struct pix_audit_txn *txn,
		      const void *context ATTR_UNUSED)
{
	if (seq_range_count(&txn->expunges) == 1)
		pix_audit_build_str_max(build, "msgid", txn->expunge_msgid, 250);
}

static void
pix_audit_txn_append(struct pix_audit_txn *txn, const struct pix_audit_save *save,
		     uint32_t uid, uint32_t uid_validity)
{
	struct event *event = txn->auser->user->event;
	const bool delivery = txn->auser->is_delivery;
	struct pix_audit_build build;

	pix_audit_txn_begin(txn, delivery ? "delivery.receipt" : "mail.append", &build);
	if (delivery) {
		pix_audit_build_str(&build, "sender", pix_event_str(event, "mail_from"));
		pix_audit_build_str(&build, "recipient", pix_event_str(event, "rcpt_to"));
	}
	pix_audit_add_mailbox(&build, txn->box);
	pix_audit_build_int(&build, "uidvalidity", uid_validity);
	if (uid != 0)
		pix_audit_build_str(&build, "uids", dec2str(uid));
	pix_audit_build_str_max(&build, "msgid", save->msgid, 250);
	pix_audit_build_str(&build, "guid", save->guid);
	if (save->has_digest) {
		pix_audit_build_int(&build, "size", (int64_t)save->size);
		pix_audit_build_str(&build, "sha256",
			binary_to_hex(save->sha256, sizeof(save->sha256)));
	}
	if (!delivery)
		pix_audit_build_str(&build, "flags_set", save->flags);
	pix_audit_end(&build);
}

static bool
pix_audit_same_source(const struct pix_audit_save *s1, const struct pix_audit_save *s2)
{
	return s2->src_mailbox != NULL && s1->moving == s2->moving &&
		strcmp(s1->src_mailbox, s2->src_mailbox) == 0;
}

/* saves[0..count-1] are copies from one folder; uids are those at the
   destination. */
static void
pix_audit_txn_copies(struct pix_audit_txn *txn, const struct pix_audit_save *saves,
		     unsigned int count, const ARRAY_TYPE(seq_range) *uids)
{
	ARRAY_TYPE(seq_range) src;
	struct pix_audit_build build;
	unsigned int idx = 0, to_idx = 0;
	bool done;

	t_array_init(&src, count);
	for (unsigned int i = 0; i < count; i++)
		seq_range_array_add(&src, saves[i].src_uid);
	do {
		pix_audit_txn_begin(txn, saves[0].moving ? "mail.move" : "mail.copy",
				    &build);
		pix_audit_build_str(&build, "mailbox", saves[0].src_mailbox);
		pix_audit_build_str(&build, "mailbox_guid", saves[0].src_guid);
		done = pix_audit_add_set(&build, "uids", &src, &idx);
		pix_audit_build_str(&build, "to_mailbox", txn->box->vname);
		pix_audit_build_str(&build, "to_mailbox_guid",
				    pix_audit_mailbox_guid(txn->box));
		if (build.dest->used - build.start < PIX_AUDIT_RECORD_MAX / 2)
			done = pix_audit_add_set(&build, "to_uids", uids, &to_idx) && done;
		else
			done = FALSE;
		pix_audit_build_int(&build, "count", count);
		if (count == 1)
			pix_audit_build_str_max(&build, "msgid", saves[0].msgid, 250);
		pix_audit_end(&build);
	} while (!done);
}

static void
pix_audit_txn_saved(struct pix_audit_txn *txn,
		    const struct mail_transaction_commit_changes *changes)
{
	const struct pix_audit_save *saves;
	struct seq_range_iter iter;
	unsigned int i, n, count;
	ARRAY_TYPE(seq_range) uids;
	uint32_t uid;

	saves = array_get(&txn->saves, &count);
	seq_range_array_iter_init(&iter, &changes->saved_uids);
	for (i = 0; i < count; i += n) {
		t_array_init(&uids, 8);
		n = 0;
		do {
			if (seq_range_array_iter_nth(&iter, i + n, &uid))
				seq_range_array_add(&uids, uid);
			n++;
		} while (saves[i].src_mailbox != NULL && i + n < count &&
			 pix_audit_same_source(&saves[i], &saves[i + n]));
		if (saves[i].src_mailbox != NULL) {
			pix_audit_txn_copies(txn, saves + i, n, &uids);
		} else {
			const struct seq_range *first = array_count(&uids) == 0 ?
				NULL : array_front(&uids);

			uid = first == NULL ? 0 : first->seq1;
			pix_audit_txn_append(txn, &saves[i], uid,
					     changes->uid_validity);
		}
	}
}

/* FLAGS (\Seen label) comes as one change of flags and one of keywords. */
static void pix_audit_txn_join_flags(struct pix_audit_txn *txn)
{
	struct pix_audit_flags *changes;
	unsigned int i, j, count;

	changes = array_get_modifiable(&txn->flags, &count);
	for (i = 0; i < count; i++) {
		for (j = 0; j < count; j++) {
			if (!changes[i].has_flags || changes[i].has_keywords ||
			    changes[j].has_flags || changes[i].type != changes[j].type ||
			    !array_cmp(&changes[i].uids, &changes[j].uids))
				continue;
			changes[i].keywords = changes[j].keywords;
			changes[i].has_keywords = TRUE;
			array_clear(&changes[j].uids);
			break;
		}
	}
}

void pix_audit_txn_committed(struct pix_audit_txn *txn,
			     const struct mail_transaction_commit_changes *changes)
{
	const struct pix_audit_flags *change;

	pix_audit_txn_flush_binds(txn);
	if (array_is_created(&txn->flags)) {
		pix_audit_txn_join_flags(txn);
		array_foreach(&txn->flags, change) {
			if (array_count(&change->uids) == 0)
				continue;
			pix_audit_txn_uids(txn, "mail.flags", &change->uids,
					   pix_audit_add_flags, change);
		}
	}
	if (array_is_created(&txn->saves))
		pix_audit_txn_saved(txn, changes);
	if (array_is_created(&txn->expunges) && !txn->expunges_moved) {
		pix_audit_txn_uids(txn, "mail.expunge", &txn->expunges,
				   pix_audit_add_expunge, NULL);
	}
}
