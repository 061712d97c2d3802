/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-archive.h"

#include <time.h>

/* Only here content is destroyed: what ended, without a hold, by a label that
   says so. An item goes through DISPOSING, so that a crash between the two
   commits is made up for by the next run, and its record is written after the
   purge. */

/* Items of one request. */
#define DISPOSE_BATCH 200

ARRAY_DEFINE_TYPE(item_ids, int64_t);

struct dispose_context {
	struct archive *archive;
	int64_t now;
	/* what this request destroys and what it gives to a person */
	ARRAY_TYPE(item_ids) destroy, review;
	unsigned int held, kept, seen;
	bool more;
	const char *error;
};

static const int64_t *dispose_ids(const ARRAY_TYPE(item_ids) *ids)
{
	return array_count(ids) == 0 ? NULL : array_front(ids);
}

enum dispose_verdict { DISPOSE_NO, DISPOSE_HELD, DISPOSE_REVIEW, DISPOSE_YES };

/* What is to be done with an item now. The row's own until is the floor: what
   the policy says today can only add to it. */
static int
dispose_verdict(struct archive *archive, const struct archive_item *item,
		int64_t now, enum dispose_verdict *verdict_r, const char **error_r)
{
	struct pix_retention_decision d;
	const struct pix_retention_policy *policy;
	const struct pix_retention_label *label;

	*verdict_r = DISPOSE_NO;
	if (archive_decide(archive, item->owner, item->mailbox, item->guid,
			   item->received, item->saved, NULL, now, &d, error_r) < 0)
		return -1;
	if (d.held) {
		*verdict_r = DISPOSE_HELD;
		return 0;
	}
	if (item->until > now || d.until > now)
		return 0;
	if (pix_retention_file_get(archive->policy, &policy, error_r) < 0)
		return -1;
	label = pix_retention_label_find(policy, item->label);
	if (item->until == 0 && label == NULL && d.label == NULL) {
		/* was here for a hold alone, which is gone */
		*verdict_r = DISPOSE_REVIEW;
		return 0;
	}
	if (label == NULL)
		label = d.label;
	if (label == NULL || label->then == PIX_RETENTION_THEN_REVIEW)
		*verdict_r = DISPOSE_REVIEW;
	else if (label->then == PIX_RETENTION_THEN_DISPOSE)
		*verdict_r = DISPOSE_YES;
	return 0;
}

static bool dispose_collect(const struct archive_item *item, void *context)
{
	struct dispose_context *ctx = context;
	enum dispose_verdict verdict;

	if (array_count(&ctx->destroy) + array_count(&ctx->review) >= DISPOSE_BATCH) {
		ctx->more = TRUE;
		return FALSE;
	}
	ctx->seen++;
	if (dispose_verdict(ctx->archive, item, ctx->now, &verdict, &ctx->error) < 0)
		return FALSE;
	if (verdict == DISPOSE_HELD)
		ctx->held++;
	else if (verdict != DISPOSE_NO && item->state == ARCHIVE_ITEM_DISPOSING)
		array_push_back(&ctx->destroy, &item->id);
	else if (verdict == DISPOSE_REVIEW) {
		if (item->state == ARCHIVE_ITEM_STORED)
			array_push_back(&ctx->review, &item->id);
	} else if (verdict == DISPOSE_YES && item->state == ARCHIVE_ITEM_STORED)
		/* (what waits for a person goes on waiting) */
		array_push_back(&ctx->destroy, &item->id);
	else
		ctx->kept++;
	return TRUE;
}

static int
dispose_mark(struct archive *archive, const int64_t *ids, unsigned int count,
	     enum archive_item_state state, const char *actor,
	     const char *reason, int64_t now)
{
	if (count == 0)
		return 0;
	if (archive_ledger_begin(archive->ledger) < 0)
		return -1;
	for (unsigned int i = 0; i < count; i++) {
		if (archive_ledger_set_state(archive->ledger, ids[i], state,
					     actor, reason, now) < 0) {
			archive_ledger_rollback(archive->ledger);
			return -1;
		}
	}
	return archive_ledger_commit(archive->ledger);
}

/* An item that is marked DISPOSING is looked at once more: a hold may have come,
   or its retention may have grown. 1: to be destroyed, 0: not, -1 and error_r. */
static int
dispose_again(struct archive *archive, int64_t id, int64_t now,
	      struct archive_item *item_r, const char **reason_r,
	      const char **error_r)
{
	struct pix_retention_decision d;
	int ret = archive_ledger_get(archive->ledger, id, item_r);

	*reason_r = NULL;
	if (ret < 0) {
		*error_r = t_strdup(archive_ledger_error(archive->ledger));
		return -1;
	}
	if (ret == 0 || item_r->state != ARCHIVE_ITEM_DISPOSING)
		return 0;
	if (archive_decide(archive, item_r->owner, item_r->mailbox, item_r->guid,
			   item_r->received, item_r->saved, NULL, now, &d, error_r) < 0)
		return -1;
	if (d.held)
		*reason_r = "held";
	else if (item_r->until > now || d.until > now)
		*reason_r = "extended";
	return *reason_r == NULL ? 1 : 0;
}

/* Destroys items that are marked DISPOSING, one by one. */
static int
dispose_destroy(struct archive *archive, const int64_t *ids, unsigned int count,
		const char *actor, int64_t now, unsigned int *done_r,
		const char **error_r)
{
	struct archive_item item;
	const char *reason;
	int ret;

	*done_r = 0;
	for (unsigned int i = 0; i < count; i++) {
		ret = dispose_again(archive, ids[i], now, &item, &reason, error_r);
		if (ret < 0)
			return -1;
		if (ret == 0) {
			if (reason != NULL &&
			    dispose_mark(archive, &ids[i], 1, ARCHIVE_ITEM_STORED,
					 actor, reason, now) < 0) {
				*error_r = t_strdup(archive_ledger_error(archive->ledger));
				return -1;
			}
			continue;
		}
		if (archive_store_destroy(archive->store, &item, 1, error_r) < 0)
			return -1;
		if (dispose_mark(archive, &ids[i], 1, ARCHIVE_ITEM_DISPOSED, actor,
				 "ended", now) < 0) {
			*error_r = t_strdup(archive_ledger_error(archive->ledger));
			return -1;
		}
		(*done_r)++;
	}
	return 0;
}

/* TRUE if more than the allowed share of somebody's archive would go. */
struct blast { const char *owner; unsigned int count; };

static int
dispose_blast(struct archive *archive, const int64_t *ids, unsigned int count,
	      const char **owner_r)
{
	ARRAY(struct blast) owners;
	struct blast *blast, *b;
	struct archive_item item;
	int64_t total, bytes;

	*owner_r = NULL;
	t_array_init(&owners, 8);
	for (unsigned int i = 0; i < count; i++) {
		if (archive_ledger_get(archive->ledger, ids[i], &item) <= 0)
			return -1;
		blast = NULL;
		array_foreach_modifiable(&owners, b) {
			if (strcmp(b->owner, item.owner) == 0)
				blast = b;
		}
		if (blast == NULL) {
			blast = array_append_space(&owners);
			blast->owner = t_strdup(item.owner);
		}
		blast->count++;
	}
	array_foreach_modifiable(&owners, blast) {
		if (archive_ledger_count(archive->ledger, blast->owner, &total, &bytes) < 0)
			return -1;
		/* a handful is no blast, whatever its share */
		if (blast->count > 10 && (int64_t)blast->count * 100 >
		    total * (int64_t)archive->set->pix_archive_dispose_percent)
			*owner_r = blast->owner;
	}
	return 0;
}

static void
dispose_note_run(struct archive *archive, unsigned int due, unsigned int done,
		 const char *error, const char *actor, int64_t now)
{
	json_t *doc = json_object();

	pix_json_set_int(doc, "time", now);
	pix_json_set_int(doc, "due", due);
	pix_json_set_int(doc, "done", done);
	pix_json_set_str(doc, "error", error);
	if (archive_ledger_begin(archive->ledger) == 0) {
		if (archive_ledger_doc_put(archive->ledger, "run", "disposition",
					   doc, actor, now) < 0)
			archive_ledger_rollback(archive->ledger);
		else
			(void)archive_ledger_commit(archive->ledger);
	}
	json_decref(doc);
}

/* One step of a run: at most DISPOSE_BATCH items. "apply": really do it. */
json_t *archive_cmd_disposition_run(struct archive_conn *conn, const json_t *args,
				    const char **word_r, const char **text_r)
{
	struct archive *archive = conn->archive;
	const char *actor = archive_arg(args, "actor", 256), *owner = NULL;
	struct dispose_context ctx = { .archive = archive, .now = time(NULL) };
	struct archive_filter filter = { .state = -1, .until_max = ctx.now };
	bool apply = pix_json_true(args, "apply");
	unsigned int due, done = 0;
	json_t *answer;
	int ret;

	t_array_init(&ctx.destroy, 64);
	t_array_init(&ctx.review, 64);
	filter.owner = archive_arg(args, "owner", 1024);
	(void)pix_json_int(args, "after", 0, INT64_MAX, &filter.id_after);
	ret = archive_ledger_list(archive->ledger, &filter, dispose_collect, &ctx);
	if (ret == 0 && ctx.error != NULL) {
		*text_r = ctx.error;
		return NULL;
	}
	due = array_count(&ctx.destroy);
	if (ret == 0)
		ret = dispose_blast(archive, dispose_ids(&ctx.destroy), due, &owner);
	if (ret == 0 && owner != NULL) {
		/* a person has to look at all of them */
		array_append_array(&ctx.review, &ctx.destroy);
		array_clear(&ctx.destroy);
		due = 0;
	}
	if (ret == 0 && apply)
		ret = dispose_mark(archive, dispose_ids(&ctx.review),
				   array_count(&ctx.review), ARCHIVE_ITEM_REVIEW,
				   actor, owner == NULL ? "review" : "too many at once", ctx.now);
	if (ret == 0 && apply)
		ret = dispose_mark(archive, dispose_ids(&ctx.destroy), due,
				   ARCHIVE_ITEM_DISPOSING, actor, "ended", ctx.now);
	if (ret < 0)
		return archive_ledger_answer(archive, word_r, text_r);
	*text_r = NULL;
	if (apply && dispose_destroy(archive, dispose_ids(&ctx.destroy), due, actor,
				     ctx.now, &done, text_r) < 0) {
		e_error(archive->event, "Disposition failed: %s", *text_r);
		dispose_note_run(archive, due, done, *text_r, actor, ctx.now);
		return NULL;
	}
	if (apply)
		dispose_note_run(archive, due, done, NULL, actor, ctx.now);
	answer = json_object();
	pix_json_set_int(answer, "due", due);
	pix_json_set_int(answer, "done", done);
	pix_json_set_int(answer, "review", array_count(&ctx.review));
	pix_json_set_int(answer, "held", ctx.held);
	pix_json_set_str(answer, "stopped", owner);
	pix_json_set_bool(answer, "more", ctx.more && apply && (done > 0 || owner != NULL));
	return answer;
}

json_t *archive_cmd_disposition_list(struct archive_conn *conn, const json_t *args,
				     const char **word_r, const char **text_r)
{
	json_t *copy = json_deep_copy(args), *answer;

	pix_json_set_int(copy, "state", ARCHIVE_ITEM_REVIEW);
	answer = archive_cmd_list(conn, copy, word_r, text_r);
	json_decref(copy);
	return answer;
}

/* The items that a request names, all in review. */
static bool
review_items(struct archive *archive, const json_t *args,
	     int64_t **ids_r, unsigned int *count_r, const char **word_r, const char **text_r)
{
	const json_t *items = json_object_get(args, "items");
	struct archive_item item;
	json_t *value;
	size_t i;

	*word_r = "invalid";
	*text_r = "No items were named, or more than 200";
	if (!json_is_array(items) || json_array_size(items) == 0 ||
	    json_array_size(items) > DISPOSE_BATCH)
		return FALSE;
	*ids_r = t_new(int64_t, json_array_size(items));
	*count_r = 0;
	json_array_foreach(items, i, value) {
		int64_t id = json_integer_value(value);

		if (archive_ledger_get(archive->ledger, id, &item) <= 0 ||
		    item.state != ARCHIVE_ITEM_REVIEW) {
			*word_r = "not-found";
			*text_r = t_strdup_printf("Item %lld does not wait for a review",
						  (long long)id);
			return FALSE;
		}
		(*ids_r)[(*count_r)++] = id;
	}
	return TRUE;
}

json_t *archive_cmd_disposition_approve(struct archive_conn *conn, const json_t *args,
					const char **word_r, const char **text_r)
{
	struct archive *archive = conn->archive;
	const char *actor = archive_arg(args, "actor", 256);
	int64_t *ids, now = time(NULL);
	unsigned int count, done = 0;
	json_t *answer;

	if (!review_items(archive, args, &ids, &count, word_r, text_r))
		return NULL;
	if (dispose_mark(archive, ids, count, ARCHIVE_ITEM_DISPOSING, actor,
			 "approved", now) < 0)
		return archive_ledger_answer(archive, word_r, text_r);
	*word_r = "unavailable";
	if (dispose_destroy(archive, ids, count, actor, now, &done, text_r) < 0) {
		e_error(archive->event, "Disposition failed: %s", *text_r);
		return NULL;
	}
	answer = json_object();
	pix_json_set_int(answer, "done", done);
	pix_json_set_int(answer, "held", count - done);
	return answer;
}

/* Rejected: it stays for another period. */
json_t *archive_cmd_disposition_reject(struct archive_conn *conn, const json_t *args,
				       const char **word_r, const char **text_r)
{
	struct archive *archive = conn->archive;
	const char *actor = archive_arg(args, "actor", 256);
	int64_t *ids, until, now = time(NULL);
	struct archive_item item;
	unsigned int count, i;
	json_t *answer;
	int ret;

	if (!review_items(archive, args, &ids, &count, word_r, text_r))
		return NULL;
	if (!pix_json_int(args, "until", now, INT64_MAX, &until)) {
		*word_r = "invalid";
		*text_r = "Until when is it to be kept? The date must be in the future";
		return NULL;
	}
	ret = archive_ledger_begin(archive->ledger);
	for (i = 0; i < count && ret == 0; i++) {
		ret = archive_ledger_get(archive->ledger, ids[i], &item) > 0 ? 0 : -1;
		if (ret == 0)
			ret = archive_ledger_extend(archive->ledger, ids[i],
				t_strdup(item.label), until, actor, now);
		if (ret == 0)
			ret = archive_ledger_set_state(archive->ledger, ids[i],
				ARCHIVE_ITEM_STORED, actor, "rejected", now);
	}
	if (ret == 0)
		ret = archive_ledger_commit(archive->ledger);
	if (ret < 0) {
		archive_ledger_rollback(archive->ledger);
		return archive_ledger_answer(archive, word_r, text_r);
	}
	answer = json_object();
	pix_json_set_int(answer, "count", count);
	return answer;
}
