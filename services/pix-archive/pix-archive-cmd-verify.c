/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-archive.h"

#include <sys/statvfs.h>
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
	else if (size != item->size ||
		 !str_equals_timing_almost_safe(sha256, item->sha256))
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

static void
status_item(json_t *answer, const char *name, const char *state,
	    const char *value, const char *text)
{
	json_t *item = json_object();

	pix_json_set_str(item, "name", name);
	pix_json_set_str(item, "state", state);
	pix_json_set_str(item, "value", value);
	pix_json_set_str(item, "text", text);
	json_array_append_new(json_object_get(answer, "items"), item);
	if (strcmp(state, "fail") == 0)
		pix_json_set_bool(answer, "ok", FALSE);
}

static void status_policy(struct archive *archive, json_t *answer)
{
	const struct pix_retention_policy *policy;
	const char *error;

	if (pix_retention_file_get(archive->policy, &policy, &error) < 0)
		status_item(answer, "policy", "fail", "", t_strconcat(
			error, ": no retained mail can be deleted until it is corrected", NULL));
	else
		status_item(answer, "policy", "ok", t_strdup_printf("%u labels, %u rules",
			array_count(&policy->labels), array_count(&policy->rules)), "");
}

static void status_disk(struct archive *archive, json_t *answer)
{
	struct statvfs st;
	const char *value;

	if (statvfs(archive->set->pix_archive_dir, &st) < 0) {
		status_item(answer, "disk", "fail", "", t_strdup_printf(
			"statvfs(%s) failed: %m", archive->set->pix_archive_dir));
		return;
	}
	value = t_strdup_printf("%llu%% free", st.f_blocks == 0 ? 0ULL :
		(unsigned long long)(st.f_bavail * 100 / st.f_blocks));
	if (st.f_bavail == 0)
		status_item(answer, "disk", "fail", value,
			    "The archive is full: deletions of retained mail fail (check pix_archive_dir)");
	else if (st.f_bavail < st.f_blocks / 20)
		status_item(answer, "disk", "warn", value,
			    "The archive will be full soon (check pix_archive_dir)");
	else
		status_item(answer, "disk", "ok", value, "");
}

static void status_run(struct archive *archive, json_t *answer)
{
	const char *error;
	int64_t t = 0, due = 0, done = 0;
	json_t *run;

	if (archive_ledger_doc_get(archive->ledger, "run", "disposition", &run) <= 0) {
		status_item(answer, "run", "ok", "never", "");
		return;
	}
	(void)pix_json_int(run, "time", 0, INT64_MAX, &t);
	(void)pix_json_int(run, "due", 0, INT64_MAX, &due);
	(void)pix_json_int(run, "done", 0, INT64_MAX, &done);
	error = pix_json_str(run, "error");
	status_item(answer, "run", error == NULL ? "ok" : "fail",
		    t_strdup_printf("%s: due %lld, done %lld", pix_retention_date_str(t, 0),
				    (long long)due, (long long)done),
		    error == NULL ? "" : error);
	json_decref(run);
}

/* docs/protocol/frames.md: what "doveadm pix status" shows of us. */
json_t *archive_cmd_status(struct archive_conn *conn, const json_t *args ATTR_UNUSED,
			   const char **word_r, const char **text_r)
{
	struct archive *archive = conn->archive;
	int64_t count, bytes, seq;
	const char *mac;
	json_t *answer;

	if (archive_ledger_count(archive->ledger, NULL, &count, &bytes) < 0 ||
	    archive_ledger_head(archive->ledger, &seq, &mac) < 0)
		return archive_ledger_answer(archive, word_r, text_r);
	answer = json_object();
	pix_json_set_bool(answer, "ok", TRUE);
	json_object_set_new(answer, "items", json_array());
	status_policy(archive, answer);
	status_disk(archive, answer);
	status_run(archive, answer);
	status_item(answer, "archive", "ok", t_strdup_printf("%lld mails, %lld bytes",
		(long long)count, (long long)bytes), "");
	status_item(answer, "ledger", "ok", t_strdup_printf("%lld %s", (long long)seq, mac), "");
	status_item(answer, "handed-over", archive->failed == 0 ? "ok" : "warn",
		    t_strdup_printf("%llu stored, %llu known, %llu failed",
				    (unsigned long long)archive->stored,
				    (unsigned long long)archive->known,
				    (unsigned long long)archive->failed),
		    archive->failed == 0 ? "" :
		    "Some mail could not be archived since the start of the service (it was not deleted): see the log");
	return answer;
}
