/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-archive.h"
#include "ioloop.h"
#include "iostream-temp.h"
#include "istream.h"
#include "ostream.h"

/* Mail comes as a frame 'm' (JSON, metadata) and frames D with its content;
   "commit" puts all of it on the disk and into the ledger, or nothing. */

struct archive_batch {
	pool_t pool;
	ARRAY(struct archive_store_mail) mails;
	/* the mail that is being received */
	struct ostream *output;
	int64_t missing;
};

#define FRAME_MAIL 'm'

/* What putting finds out about a mail; kept in its item's id, which the
   ledger gives anew. */
enum { PUT_NEW, PUT_KNOWN, PUT_LOST };

void archive_batch_free(struct archive_batch **_batch)
{
	struct archive_batch *batch = *_batch;
	struct archive_store_mail *mail;

	if (batch == NULL)
		return;
	*_batch = NULL;
	o_stream_destroy(&batch->output);
	array_foreach_modifiable(&batch->mails, mail)
		i_stream_unref(&mail->content);
	array_free(&batch->mails);
	pool_unref(&batch->pool);
}

static struct archive_batch *batch_get(struct archive_conn *conn)
{
	struct archive_batch *batch;
	pool_t pool;

	if (conn->batch == NULL) {
		pool = pool_alloconly_create("archive batch", 4096);
		batch = conn->batch = p_new(pool, struct archive_batch, 1);
		batch->pool = pool;
		i_array_init(&batch->mails, 16);
	}
	return conn->batch;
}

const char *archive_arg(const json_t *args, const char *name, size_t max)
{
	const char *str = pix_json_str(args, name);

	if (str == NULL || strlen(str) > max)
		return NULL;
	for (const char *p = str; *p != '\0'; p++) {
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			return NULL;
	}
	return str;
}

static bool put_sha256_ok(const char *str)
{
	return str != NULL && strlen(str) == 64 &&
		strspn(str, "0123456789abcdef") == 64;
}

/* The metadata of a mail, or NULL if something is wrong with it. */
static struct archive_item *put_item(struct archive_batch *batch, const json_t *obj)
{
	struct archive_item *item = p_new(batch->pool, struct archive_item, 1);
	int64_t uid, flags;

	item->owner = p_strdup(batch->pool, archive_arg(obj, "owner", 1024));
	item->guid = p_strdup(batch->pool, archive_arg(obj, "guid", 256));
	item->sha256 = p_strdup(batch->pool, archive_arg(obj, "sha256", 64));
	item->mailbox = p_strdup(batch->pool, archive_arg(obj, "mailbox", 4096));
	item->mailbox_guid = p_strdup(batch->pool, archive_arg(obj, "mailbox_guid", 64));
	item->keywords = p_strdup(batch->pool, archive_arg(obj, "keywords", 16384));
	item->label = p_strdup(batch->pool, archive_arg(obj, "label", PIX_RETENTION_LABEL_MAX));
	item->reason = p_strdup(batch->pool, archive_arg(obj, "reason", 64));
	if (item->owner == NULL || *item->owner == '\0' || item->guid == NULL ||
	    *item->guid == '\0' || !put_sha256_ok(item->sha256) ||
	    item->mailbox == NULL || item->mailbox_guid == NULL ||
	    item->keywords == NULL || item->label == NULL || item->reason == NULL ||
	    !pix_json_int(obj, "size", 0, INT64_MAX, &item->size) ||
	    !pix_json_int(obj, "uid", 0, UINT32_MAX, &uid) ||
	    !pix_json_int(obj, "flags", 0, 0xff, &flags) ||
	    !pix_json_int(obj, "received", 0, INT64_MAX, &item->received) ||
	    !pix_json_int(obj, "saved", 0, INT64_MAX, &item->saved) ||
	    !pix_json_int(obj, "until", 0, INT64_MAX, &item->until))
		return NULL;
	item->uid = (uint32_t)uid;
	/* \Recent (0x20) is no property of the mail */
	item->flags = (unsigned int)flags & 0x1f;
	return item;
}

static const char *put_temp_prefix(struct archive *archive)
{
	return t_strconcat(archive->set->pix_archive_dir, "/incoming.", NULL);
}

static void put_finished(struct archive_batch *batch)
{
	struct archive_store_mail *mail = array_back_modifiable(&batch->mails);

	mail->content = iostream_temp_finish(&batch->output, IO_BLOCK_SIZE);
}

static void put_mail(struct archive_conn *conn, const struct pix_frame *frame)
{
	struct archive_batch *batch = batch_get(conn);
	struct archive_store_mail *mail;
	struct archive_item *item;
	const char *error;
	json_t *obj;

	if (batch->output != NULL || array_count(&batch->mails) >= ARCHIVE_BATCH_MAX) {
		pix_service_disconnect(conn->conn, batch->output != NULL ?
			"the mail before is not whole" : "too many mails in one batch");
		return;
	}
	obj = pix_json_parse_object(frame->data, frame->size, 4, &error);
	item = obj == NULL ? NULL : put_item(batch, obj);
	json_decref(obj);
	if (item == NULL) {
		pix_service_disconnect(conn->conn, "invalid metadata of a mail");
		return;
	}
	mail = array_append_space(&batch->mails);
	mail->item = item;
	batch->missing = item->size;
	batch->output = iostream_temp_create_named(put_temp_prefix(conn->archive), 0,
						   "(incoming mail)");
	o_stream_set_no_error_handling(batch->output, TRUE);
	if (batch->missing == 0)
		put_finished(batch);
}

static void put_data(struct archive_conn *conn, const struct pix_frame *frame)
{
	struct archive_batch *batch = conn->batch;

	if (batch == NULL || batch->output == NULL ||
	    (int64_t)frame->size > batch->missing) {
		pix_service_disconnect(conn->conn, "content without its mail");
		return;
	}
	/* an error is seen when the stream is finished or its digest compared */
	o_stream_nsend(batch->output, frame->data, frame->size);
	batch->missing -= (int64_t)frame->size;
	if (batch->missing == 0)
		put_finished(batch);
}

void archive_put_frame(struct archive_conn *conn, const struct pix_frame *frame)
{
	if (frame->type == FRAME_MAIL)
		put_mail(conn, frame);
	else if (frame->type == PIX_FRAME_DATA)
		put_data(conn, frame);
	else
		pix_service_disconnect(conn->conn, "unknown frame");
}

json_t *archive_cmd_abort(struct archive_conn *conn, const json_t *args ATTR_UNUSED,
			  const char **word_r ATTR_UNUSED, const char **text_r ATTR_UNUSED)
{
	archive_batch_free(&conn->batch);
	return json_object();
}

/* What was sent must be what was meant. */
static bool put_check(const struct archive_store_mail *mail, const char **text_r)
{
	char sha256[ARCHIVE_SHA256_HEX];
	int64_t size;

	i_stream_seek(mail->content, 0);
	if (archive_digest(mail->content, sha256, &size) < 0) {
		*text_r = t_strdup_printf("The received mail can't be read back: %s",
					  i_stream_get_error(mail->content));
		return FALSE;
	}
	if (size != mail->item->size ||
	    !str_equals_timing_almost_safe(sha256, mail->item->sha256)) {
		*text_r = "The mail's digest is not that of its content";
		return FALSE;
	}
	return TRUE;
}

/* The longest protection that anybody knows of: what the mail process says, or
   what we find ourselves. */
static void
put_protect(struct archive *archive, struct archive_batch *batch,
	    struct archive_item *item, int64_t now)
{
	struct pix_retention_decision decision;
	const char *error;

	if (archive_decide(archive, item->owner, item->mailbox, item->guid,
			   item->received, item->saved, NULL, now, &decision, &error) < 0) {
		/* no policy to ask: keep it until there is one */
		e_error(archive->event, "%s: mail is kept for ever", error);
		item->until = PIX_RETENTION_FOREVER;
		return;
	}
	if (decision.until > item->until) {
		item->until = decision.until;
		item->label = decision.label == NULL ? "" :
			p_strdup(batch->pool, decision.label->name);
	}
}

static int
put_commit_ledger(struct archive *archive, struct archive_batch *batch, int64_t now)
{
	struct archive_ledger *ledger = archive->ledger;
	const struct archive_store_mail *mail;
	struct archive_item known;
	int ret;

	if (archive_ledger_begin(ledger) < 0)
		return -1;
	array_foreach(&batch->mails, mail) {
		ret = archive_ledger_find(ledger, mail->item->owner, mail->item->guid,
					  mail->item->sha256, &known);
		if (ret > 0 && mail->item->id == PUT_LOST) {
			ret = archive_ledger_set_state(ledger, known.id, ARCHIVE_ITEM_LOST,
						       NULL, "content lost", now);
			if (ret == 0)
				ret = archive_ledger_add(ledger, mail->item, now);
		} else if (ret > 0) {
			ret = archive_ledger_extend(ledger, known.id, mail->item->label,
						    mail->item->until, NULL, now);
		} else if (ret == 0) {
			ret = archive_ledger_add(ledger, mail->item, now);
		}
		if (ret < 0) {
			archive_ledger_rollback(ledger);
			return -1;
		}
	}
	return archive_ledger_commit(ledger);
}

/* Is the content of a known item really there? Returns 1, 0 or -1. */
static int
put_known(struct archive *archive, const struct archive_item *known,
	  const char **text_r)
{
	char sha256[ARCHIVE_SHA256_HEX];
	const char *error;
	int64_t size;
	int ret;

	ret = archive_store_digest(archive->store, known, sha256, &size, &error);
	if (ret < 0) {
		*text_r = error;
		return -1;
	}
	if (ret > 0 && strcmp(sha256, known->sha256) == 0)
		return 1;
	e_error(archive->event, "Item %lld of %s: %s: archiving it anew",
		(long long)known->id, known->owner,
		ret == 0 ? error : "the content was changed");
	return 0;
}

/* Says of each mail of the batch whether it has to be saved. */
static int
put_sift(struct archive *archive, struct archive_store_mail *mails,
	 unsigned int count, const char **text_r)
{
	struct archive_item known;
	unsigned int i, j;
	int ret;

	for (i = 0; i < count; i++) {
		struct archive_item *item = mails[i].item;

		item->id = PUT_NEW;
		for (j = 0; j < i && item->id == PUT_NEW; j++) {
			if (strcmp(mails[j].item->owner, item->owner) == 0 &&
			    strcmp(mails[j].item->guid, item->guid) == 0 &&
			    strcmp(mails[j].item->sha256, item->sha256) == 0)
				item->id = PUT_KNOWN;
		}
		if (item->id == PUT_KNOWN)
			continue;
		ret = archive_ledger_find(archive->ledger, item->owner, item->guid,
					  item->sha256, &known);
		if (ret < 0) {
			*text_r = t_strdup(archive_ledger_error(archive->ledger));
			return -1;
		}
		if (ret > 0) {
			if ((ret = put_known(archive, &known, text_r)) < 0)
				return -1;
			item->id = ret > 0 ? PUT_KNOWN : PUT_LOST;
		}
	}
	return 0;
}

/* Saves what is new, owner by owner. */
static int
put_store(struct archive *archive, struct archive_batch *batch,
	  unsigned int *new_r, bool *full_r, const char **text_r)
{
	struct archive_store_mail *mails, *fresh;
	unsigned int i, j, count, n;
	bool *done;

	*new_r = 0;
	mails = array_get_modifiable(&batch->mails, &count);
	if (put_sift(archive, mails, count, text_r) < 0)
		return -1;
	fresh = p_new(batch->pool, struct archive_store_mail, count);
	done = p_new(batch->pool, bool, count);
	for (i = 0; i < count; i++) {
		if (done[i] || mails[i].item->id == PUT_KNOWN)
			continue;
		for (n = 0, j = i; j < count; j++) {
			if (!done[j] && mails[j].item->id != PUT_KNOWN &&
			    strcmp(mails[j].item->owner, mails[i].item->owner) == 0) {
				fresh[n++] = mails[j];
				done[j] = TRUE;
			}
		}
		*new_r += n;
		if (archive_store_save(archive->store, batch->pool, fresh, n,
				       full_r, text_r) < 0)
			return -1;
	}
	return 0;
}

static int
put_commit(struct archive *archive, struct archive_batch *batch,
	   unsigned int *new_r, const char **word_r, const char **text_r)
{
	const struct archive_store_mail *mail;
	bool full = FALSE;
	int ret;

	archive_store_read_end(archive->store);
	array_foreach(&batch->mails, mail) {
		if (!put_check(mail, text_r)) {
			*word_r = "data";
			return -1;
		}
		put_protect(archive, batch, mail->item, ioloop_time);
	}
	*word_r = "unavailable";
	ret = put_store(archive, batch, new_r, &full, text_r);
	if (ret == 0) {
		ret = put_commit_ledger(archive, batch, ioloop_time);
		if (ret < 0) {
			*text_r = t_strdup(archive_ledger_error(archive->ledger));
			full = archive_ledger_is_full(archive->ledger);
		}
	}
	if (ret < 0) {
		archive_store_undo(archive->store, archive->ledger);
		if (full)
			*text_r = t_strdup_printf("The archive is full: %s", *text_r);
		return -1;
	}
	archive_store_saved(archive->store);
	return 0;
}

json_t *archive_cmd_commit(struct archive_conn *conn, const json_t *args,
			   const char **word_r, const char **text_r)
{
	struct archive *archive = conn->archive;
	struct archive_batch *batch = conn->batch;
	int64_t count;
	unsigned int have, fresh = 0;
	json_t *answer;

	have = batch == NULL ? 0 : array_count(&batch->mails);
	if (!pix_json_int(args, "count", 0, ARCHIVE_BATCH_MAX, &count) ||
	    (unsigned int)count != have || (batch != NULL && batch->output != NULL)) {
		archive_batch_free(&conn->batch);
		*word_r = "invalid";
		*text_r = "The number of mails is wrong or the last one is not whole";
		return NULL;
	}
	if (have > 0 && put_commit(archive, batch, &fresh, word_r, text_r) < 0) {
		const struct archive_store_mail *first = array_front(&batch->mails);

		e_error(archive->event, "Can't archive %u mail(s) of %s: %s", have,
			first->item->owner, *text_r);
		archive->failed += have;
		archive_batch_free(&conn->batch);
		return NULL;
	}
	archive->stored += fresh;
	archive->known += have - fresh;
	archive_batch_free(&conn->batch);
	answer = json_object();
	pix_json_set_int(answer, "count", have);
	pix_json_set_int(answer, "stored", fresh);
	return answer;
}
