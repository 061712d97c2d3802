/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-archive.h"
#include "istream.h"

#include <time.h>

/* Items of one answer: an item has at most some kilobytes. */
#define LIST_PAGE 500

static const char *const state_names[] = {
	[ARCHIVE_ITEM_STORED] = "stored",
	[ARCHIVE_ITEM_REVIEW] = "review",
	[ARCHIVE_ITEM_DISPOSING] = "disposing",
	[ARCHIVE_ITEM_DISPOSED] = "disposed",
	[ARCHIVE_ITEM_LOST] = "lost",
};

static json_t *item_json(const struct archive_item *item)
{
	json_t *obj = json_object();

	pix_json_set_int(obj, "item", item->id);
	pix_json_set_str(obj, "owner", item->owner);
	pix_json_set_str(obj, "guid", item->guid);
	pix_json_set_str(obj, "sha256", item->sha256);
	pix_json_set_int(obj, "size", item->size);
	pix_json_set_str(obj, "mailbox", item->mailbox);
	pix_json_set_int(obj, "uid", item->uid);
	pix_json_set_int(obj, "flags", item->flags);
	pix_json_set_str(obj, "keywords", item->keywords);
	pix_json_set_int(obj, "received", item->received);
	pix_json_set_int(obj, "saved", item->saved);
	pix_json_set_int(obj, "archived", item->archived);
	pix_json_set_str(obj, "label", item->label);
	pix_json_set_int(obj, "until", item->until);
	pix_json_set_str(obj, "reason", item->reason);
	if ((unsigned int)item->state < N_ELEMENTS(state_names))
		pix_json_set_str(obj, "state", state_names[item->state]);
	return obj;
}

struct list_context {
	struct archive *archive;
	json_t *items;
	size_t bytes;
	bool more;
};

static bool list_item(const struct archive_item *item, void *context)
{
	struct list_context *ctx = context;
	json_t *obj;
	bool held;

	if (json_array_size(ctx->items) >= LIST_PAGE || ctx->bytes > ARCHIVE_READ_CHUNK) {
		ctx->more = TRUE;
		return FALSE;
	}
	obj = item_json(item);
	if (archive_hold_covers(ctx->archive, item->owner, item->mailbox,
				item->received, &held) == 0)
		pix_json_set_bool(obj, "held", held);
	ctx->bytes += 512 + strlen(item->keywords) + strlen(item->mailbox);
	json_array_append_new(ctx->items, obj);
	return TRUE;
}

static void
list_filter(const json_t *args, struct archive_filter *filter_r)
{
	static const struct {
		const char *name;
		size_t offset;
	} numbers[] = {
		{ "after", offsetof(struct archive_filter, id_after) },
		{ "received_from", offsetof(struct archive_filter, received_from) },
		{ "received_to", offsetof(struct archive_filter, received_to) },
		{ "archived_from", offsetof(struct archive_filter, archived_from) },
		{ "archived_to", offsetof(struct archive_filter, archived_to) },
	};
	int64_t value;

	i_zero(filter_r);
	filter_r->state = -1;
	filter_r->owner = archive_arg(args, "owner", 1024);
	filter_r->mailbox = archive_arg(args, "mailbox", 4096);
	filter_r->label = archive_arg(args, "label", PIX_RETENTION_LABEL_MAX);
	filter_r->with_disposed = pix_json_true(args, "all");
	if (pix_json_int(args, "state", 0, ARCHIVE_ITEM_LOST, &value))
		filter_r->state = (int)value;
	for (unsigned int i = 0; i < N_ELEMENTS(numbers); i++) {
		if (pix_json_int(args, numbers[i].name, 0, INT64_MAX, &value))
			*(int64_t *)PTR_OFFSET(filter_r, numbers[i].offset) = value;
	}
}

/* Lists a page of items: members of the filter as in struct archive_filter,
   "item" alone for one. "more" in the answer: ask again with "after" = the
   last item. */
json_t *archive_cmd_list(struct archive_conn *conn, const json_t *args,
			 const char **word_r, const char **text_r)
{
	struct list_context ctx = { .archive = conn->archive, .items = json_array() };
	struct archive_filter filter;
	struct archive_item item;
	int64_t id;
	json_t *answer;
	int ret;

	if (pix_json_int(args, "item", 1, INT64_MAX, &id)) {
		const char *owner = archive_arg(args, "owner", 1024);

		ret = archive_ledger_get(conn->archive->ledger, id, &item);
		if (ret > 0 && (owner == NULL || strcmp(owner, item.owner) == 0))
			(void)list_item(&item, &ctx);
	} else {
		list_filter(args, &filter);
		ret = archive_ledger_list(conn->archive->ledger, &filter, list_item, &ctx);
	}
	if (ret < 0) {
		json_decref(ctx.items);
		return archive_ledger_answer(conn->archive, word_r, text_r);
	}
	answer = json_object();
	json_object_set_new(answer, "items", ctx.items);
	pix_json_set_bool(answer, "more", ctx.more);
	return answer;
}

json_t *archive_cmd_count(struct archive_conn *conn, const json_t *args,
			  const char **word_r, const char **text_r)
{
	int64_t count, bytes;
	json_t *answer;

	if (archive_ledger_count(conn->archive->ledger, archive_arg(args, "owner", 1024),
				 &count, &bytes) < 0)
		return archive_ledger_answer(conn->archive, word_r, text_r);
	answer = json_object();
	pix_json_set_int(answer, "count", count);
	pix_json_set_int(answer, "bytes", bytes);
	return answer;
}

/* Sends a piece of an item's content as a frame D, and answers whether more
   is to come. */
json_t *archive_cmd_read(struct archive_conn *conn, const json_t *args,
			 const char **word_r, const char **text_r)
{
	struct archive *archive = conn->archive;
	struct archive_item item;
	struct istream *input;
	const unsigned char *data;
	int64_t id, offset = 0;
	buffer_t *buf;
	size_t size;
	json_t *answer;
	int ret;

	*word_r = "invalid";
	*text_r = "No item was named";
	if (!pix_json_int(args, "item", 1, INT64_MAX, &id))
		return NULL;
	(void)pix_json_int(args, "offset", 0, INT64_MAX, &offset);
	ret = archive_ledger_get(archive->ledger, id, &item);
	if (ret < 0)
		return archive_ledger_answer(archive, word_r, text_r);
	*word_r = "not-found";
	*text_r = t_strdup_printf("There is no item %lld", (long long)id);
	if (ret == 0 || item.state >= ARCHIVE_ITEM_DISPOSED)
		return NULL;
	/* each piece is found anew: other requests may have come between */
	ret = archive_store_read(archive->store, &item, &input, text_r);
	if (ret <= 0) {
		*word_r = ret == 0 ? "data" : "unavailable";
		return NULL;
	}
	buf = t_buffer_create(ARCHIVE_READ_CHUNK);
	i_stream_seek(input, (uoff_t)offset);
	while (buf->used < ARCHIVE_READ_CHUNK &&
	       i_stream_read_more(input, &data, &size) > 0) {
		size = I_MIN(size, ARCHIVE_READ_CHUNK - buf->used);
		buffer_append(buf, data, size);
		i_stream_skip(input, size);
	}
	if (input->stream_errno != 0) {
		*word_r = "data";
		*text_r = t_strdup_printf("Item %lld can't be read: %s", (long long)id,
					  i_stream_get_error(input));
		archive_store_read_end(archive->store);
		return NULL;
	}
	answer = json_object();
	pix_json_set_bool(answer, "eof", !i_stream_have_bytes_left(input));
	archive_store_read_end(archive->store);
	pix_service_send(conn->conn, PIX_FRAME_DATA, buf->data, buf->used);
	return answer;
}

/* Notes that an item was restored, by whom and where to. */
json_t *archive_cmd_restored(struct archive_conn *conn, const json_t *args,
			     const char **word_r, const char **text_r)
{
	struct archive *archive = conn->archive;
	const char *actor = archive_arg(args, "actor", 256);
	const char *owner = archive_arg(args, "owner", 1024);
	int64_t count;
	json_t *doc;
	int ret;

	if (actor == NULL || owner == NULL ||
	    !pix_json_int(args, "count", 0, INT64_MAX, &count)) {
		*word_r = "invalid";
		*text_r = "actor, owner and count are needed";
		return NULL;
	}
	doc = json_object();
	pix_json_set_str(doc, "owner", owner);
	pix_json_set_int(doc, "count", count);
	ret = archive_ledger_begin(archive->ledger);
	if (ret == 0)
		ret = archive_ledger_doc_put(archive->ledger, "run", "restore", doc,
					     actor, time(NULL));
	if (ret == 0)
		ret = archive_ledger_commit(archive->ledger);
	json_decref(doc);
	if (ret < 0) {
		archive_ledger_rollback(archive->ledger);
		return archive_ledger_answer(archive, word_r, text_r);
	}
	e_info(archive->event, "%lld mail(s) of %s were restored by %s",
	       (long long)count, owner, actor);
	return json_object();
}
