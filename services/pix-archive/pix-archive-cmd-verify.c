/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-archive.h"

#include <time.h>

/* Bytes of content that one request reads: others wait meanwhile. */
#define VERIFY_BYTES (32 * 1024 * 1024)
#define VERIFY_ITEMS 2000

json_t *archive_cmd_verify_ledger(struct archive_conn *conn, const json_t *args ATTR_UNUSED,
				  const char **word_r, const char **text_r)
{
	struct archive_ledger_check check;
	const char *mac;
	int64_t seq;
	json_t *answer;

	if (archive_ledger_verify(conn->archive->ledger, &check) < 0 ||
	    archive_ledger_head(conn->archive->ledger, &seq, &mac) < 0)
		return archive_ledger_answer(conn->archive, word_r, text_r);
	answer = json_object();
	pix_json_set_int(answer, "entries", check.entries);
	pix_json_set_int(answer, "broken", check.broken);
	pix_json_set_int(answer, "mismatches", check.mismatches);
	if (check.first[0] != '\0')
		pix_json_set_str(answer, "first", check.first);
	pix_json_set_int(answer, "seq", seq);
	pix_json_set_str(answer, "mac", mac);
	return answer;
}

struct verify_context {
	struct archive *archive;
	json_t *bad;
	int64_t last, bytes;
	unsigned int count;
	bool more;
};

static void
verify_bad(struct verify_context *ctx, const struct archive_item *item,
	   const char *finding)
{
	json_t *obj = json_object();

	pix_json_set_int(obj, "item", item->id);
	pix_json_set_str(obj, "owner", item->owner);
	pix_json_set_str(obj, "mailbox", item->mailbox);
	pix_json_set_str(obj, "finding", finding);
	json_array_append_new(ctx->bad, obj);
}

static bool verify_item(const struct archive_item *item, void *context)
{
	struct verify_context *ctx = context;
	char sha256[ARCHIVE_SHA256_HEX];
	const char *error;
	int64_t size;
	int ret;

	if (ctx->bytes > VERIFY_BYTES || ctx->count >= VERIFY_ITEMS) {
		ctx->more = TRUE;
		return FALSE;
	}
	ctx->last = item->id;
	ctx->count++;
	ctx->bytes += item->size;
	ret = archive_store_digest(ctx->archive->store, item, sha256, &size, &error);
	if (ret == 0 && item->state == ARCHIVE_ITEM_DISPOSING)
		; /* is being destroyed */
	else if (ret == 0)
		verify_bad(ctx, item, "the content is missing");
	else if (ret < 0)
		verify_bad(ctx, item, error);
	else if (size != item->size || strcmp(sha256, item->sha256) != 0)
		verify_bad(ctx, item, "the content was changed");
	return TRUE;
}

/* Compares a page of content with the ledger's digests. */
json_t *archive_cmd_verify(struct archive_conn *conn, const json_t *args,
			   const char **word_r, const char **text_r)
{
	struct verify_context ctx = { .archive = conn->archive, .bad = json_array() };
	struct archive_filter filter = { .state = -1 };
	json_t *answer;

	filter.owner = archive_arg(args, "owner", 1024);
	(void)pix_json_int(args, "after", 0, INT64_MAX, &filter.id_after);
	if (archive_ledger_list(conn->archive->ledger, &filter, verify_item, &ctx) < 0) {
		json_decref(ctx.bad);
		return archive_ledger_answer(conn->archive, word_r, text_r);
	}
	answer = json_object();
	json_object_set_new(answer, "bad", ctx.bad);
	pix_json_set_int(answer, "count", ctx.count);
	pix_json_set_int(answer, "bytes", ctx.bytes);
	pix_json_set_int(answer, "last", ctx.last);
	pix_json_set_bool(answer, "more", ctx.more);
	return answer;
}

json_t *archive_cmd_status(struct archive_conn *conn, const json_t *args ATTR_UNUSED,
			   const char **word_r, const char **text_r)
{
	struct archive *archive = conn->archive;
	const struct pix_retention_policy *policy;
	int64_t count, bytes, seq;
	const char *mac, *error;
	json_t *answer, *run;

	if (archive_ledger_count(archive->ledger, NULL, &count, &bytes) < 0 ||
	    archive_ledger_head(archive->ledger, &seq, &mac) < 0)
		return archive_ledger_answer(archive, word_r, text_r);
	answer = json_object();
	if (pix_retention_file_get(archive->policy, &policy, &error) < 0) {
		pix_json_set_str(answer, "state", "failed");
		pix_json_set_str(answer, "text", error);
	} else {
		pix_json_set_str(answer, "state", "ok");
	}
	pix_json_set_int(answer, "items", count);
	pix_json_set_int(answer, "bytes", bytes);
	pix_json_set_int(answer, "ledger_entries", seq);
	pix_json_set_str(answer, "ledger_mac", mac);
	pix_json_set_int(answer, "stored", (int64_t)archive->stored);
	pix_json_set_int(answer, "known", (int64_t)archive->known);
	pix_json_set_int(answer, "failed", (int64_t)archive->failed);
	if (archive_ledger_doc_get(archive->ledger, "run", "disposition", &run) > 0)
		json_object_set_new(answer, "last_run", run);
	return answer;
}
