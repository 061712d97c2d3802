/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-archive-ledger-private.h"
#include "pix-retention.h"

static const char *column_str(sqlite3_stmt *stmt, int idx)
{
	const char *str = (const char *)sqlite3_column_text(stmt, idx);

	return str == NULL ? "" : str;
}

static void item_read(sqlite3_stmt *stmt, struct archive_item *item_r)
{
	i_zero(item_r);
	item_r->id = sqlite3_column_int64(stmt, 0);
	item_r->owner = column_str(stmt, 1);
	item_r->guid = column_str(stmt, 2);
	item_r->sha256 = column_str(stmt, 3);
	item_r->size = sqlite3_column_int64(stmt, 4);
	item_r->mailbox = column_str(stmt, 5);
	item_r->mailbox_guid = column_str(stmt, 6);
	item_r->uid = (uint32_t)sqlite3_column_int64(stmt, 7);
	item_r->flags = (unsigned int)sqlite3_column_int64(stmt, 8);
	item_r->keywords = column_str(stmt, 9);
	item_r->received = sqlite3_column_int64(stmt, 10);
	item_r->saved = sqlite3_column_int64(stmt, 11);
	item_r->archived = sqlite3_column_int64(stmt, 12);
	item_r->label = column_str(stmt, 13);
	item_r->until = sqlite3_column_int64(stmt, 14);
	item_r->reason = column_str(stmt, 15);
	item_r->box = column_str(stmt, 16);
	item_r->box_uid = (uint32_t)sqlite3_column_int64(stmt, 17);
	item_r->state = (enum archive_item_state)sqlite3_column_int(stmt, 18);
}

/* The row stays valid until the statement is used again. */
static int item_step(struct archive_ledger *ledger, sqlite3_stmt *stmt,
		     struct archive_item *item_r)
{
	switch (sqlite3_step(stmt)) {
	case SQLITE_ROW:
		item_read(stmt, item_r);
		return 1;
	case SQLITE_DONE:
		return 0;
	default:
		return archive_ledger_fail(ledger, "read");
	}
}

int archive_ledger_find(struct archive_ledger *ledger, const char *owner,
			const char *guid, const char *sha256,
			struct archive_item *item_r)
{
	sqlite3_stmt *stmt = archive_ledger_stmt(ledger,
		"SELECT "ARCHIVE_ITEM_COLUMNS" FROM item WHERE owner=? AND guid=? AND sha256=? AND state<3");

	if (stmt == NULL)
		return -1;
	archive_ledger_bind_str(stmt, 1, owner);
	archive_ledger_bind_str(stmt, 2, guid);
	archive_ledger_bind_str(stmt, 3, sha256);
	return item_step(ledger, stmt, item_r);
}

int archive_ledger_get(struct archive_ledger *ledger, int64_t id,
		       struct archive_item *item_r)
{
	sqlite3_stmt *stmt = archive_ledger_stmt(ledger,
		"SELECT "ARCHIVE_ITEM_COLUMNS" FROM item WHERE id=?");

	if (stmt == NULL)
		return -1;
	sqlite3_bind_int64(stmt, 1, id);
	return item_step(ledger, stmt, item_r);
}

static json_t *entry_new(const char *op, const char *actor, int64_t now)
{
	json_t *body = json_object();

	pix_json_set_str(body, "op", op);
	pix_json_set_int(body, "t", now);
	if (actor != NULL)
		pix_json_set_str(body, "actor", actor);
	return body;
}

static int64_t next_item_id(struct archive_ledger *ledger)
{
	sqlite3_stmt *stmt = archive_ledger_stmt(ledger, "SELECT max(id) FROM item");
	int64_t id;

	if (stmt == NULL)
		return -1;
	if (sqlite3_step(stmt) != SQLITE_ROW)
		return archive_ledger_fail(ledger, "read");
	id = sqlite3_column_int64(stmt, 0) + 1;
	sqlite3_reset(stmt);
	return id;
}

int archive_ledger_add(struct archive_ledger *ledger,
		       const struct archive_item *item, int64_t now)
{
	int64_t id = next_item_id(ledger);
	json_t *body;

	if (id < 0)
		return -1;
	body = entry_new("add", NULL, now);
	pix_json_set_int(body, "id", id);
	pix_json_set_str(body, "owner", item->owner);
	pix_json_set_str(body, "guid", item->guid);
	pix_json_set_str(body, "sha256", item->sha256);
	pix_json_set_int(body, "size", item->size);
	pix_json_set_str(body, "mailbox", item->mailbox);
	pix_json_set_str(body, "mailbox_guid", item->mailbox_guid);
	pix_json_set_int(body, "uid", item->uid);
	pix_json_set_int(body, "flags", item->flags);
	pix_json_set_str(body, "keywords", item->keywords);
	pix_json_set_int(body, "received", item->received);
	pix_json_set_int(body, "saved", item->saved);
	pix_json_set_int(body, "archived", now);
	pix_json_set_str(body, "label", item->label);
	pix_json_set_int(body, "until", item->until);
	pix_json_set_str(body, "reason", item->reason);
	pix_json_set_str(body, "box", item->box);
	pix_json_set_int(body, "box_uid", item->box_uid);
	pix_json_set_int(body, "state", ARCHIVE_ITEM_STORED);
	return archive_ledger_append(ledger, body);
}

int archive_ledger_extend(struct archive_ledger *ledger, int64_t id,
			  const char *label, int64_t until,
			  const char *actor, int64_t now)
{
	struct archive_item item;
	json_t *body;
	int ret;

	if ((ret = archive_ledger_get(ledger, id, &item)) <= 0)
		return ret;
	if (until <= item.until)
		return 0;
	body = entry_new("extend", actor, now);
	pix_json_set_int(body, "id", id);
	pix_json_set_str(body, "label", label);
	pix_json_set_int(body, "until", until);
	return archive_ledger_append(ledger, body);
}

int archive_ledger_set_state(struct archive_ledger *ledger, int64_t id,
			     enum archive_item_state state,
			     const char *actor, const char *reason, int64_t now)
{
	json_t *body = entry_new("state", actor, now);

	pix_json_set_int(body, "id", id);
	pix_json_set_int(body, "state", state);
	pix_json_set_str(body, "reason", reason);
	return archive_ledger_append(ledger, body);
}

static void filter_sql(const struct archive_filter *filter, string_t *sql)
{
	str_append(sql, "SELECT "ARCHIVE_ITEM_COLUMNS" FROM item WHERE id>?1");
	if (filter->owner != NULL)
		str_append(sql, " AND owner=?2");
	if (filter->label != NULL)
		str_append(sql, " AND label=?3");
	if (filter->received_from != 0)
		str_append(sql, " AND received>=?4");
	if (filter->received_to != 0)
		str_append(sql, " AND received<?5");
	if (filter->archived_from != 0)
		str_append(sql, " AND archived>=?6");
	if (filter->archived_to != 0)
		str_append(sql, " AND archived<?7");
	if (filter->until_max != 0)
		str_append(sql, " AND until<=?8");
	if (filter->state >= 0)
		str_append(sql, " AND state=?9");
	else if (!filter->with_disposed)
		str_append(sql, " AND state<3");
	str_append(sql, " ORDER BY id");
}

static void filter_bind(const struct archive_filter *filter, sqlite3_stmt *stmt)
{
	/* numbers beyond the statement's own are refused by SQLite: harmless */
	sqlite3_bind_int64(stmt, 1, filter->id_after);
	if (filter->owner != NULL)
		archive_ledger_bind_str(stmt, 2, filter->owner);
	if (filter->label != NULL)
		archive_ledger_bind_str(stmt, 3, filter->label);
	sqlite3_bind_int64(stmt, 4, filter->received_from);
	sqlite3_bind_int64(stmt, 5, filter->received_to);
	sqlite3_bind_int64(stmt, 6, filter->archived_from);
	sqlite3_bind_int64(stmt, 7, filter->archived_to);
	sqlite3_bind_int64(stmt, 8, filter->until_max);
	sqlite3_bind_int64(stmt, 9, filter->state);
}

int archive_ledger_list(struct archive_ledger *ledger,
			const struct archive_filter *filter,
			bool (*func)(const struct archive_item *item, void *context),
			void *context)
{
	string_t *sql = t_str_new(512);
	struct archive_item item;
	sqlite3_stmt *stmt;
	unsigned int count = 0;
	bool more = TRUE;
	int ret = 0;

	filter_sql(filter, sql);
	/* not from the cache: func may read the ledger */
	if (sqlite3_prepare_v2(ledger->db, str_c(sql), -1, &stmt, NULL) != SQLITE_OK)
		return archive_ledger_fail(ledger, "prepare");
	filter_bind(filter, stmt);
	while (more && (filter->limit == 0 || count < filter->limit) &&
	       (ret = item_step(ledger, stmt, &item)) > 0) T_BEGIN {
		if (filter->mailbox == NULL ||
		    pix_retention_folder_match(filter->mailbox, item.mailbox)) {
			count++;
			more = func(&item, context);
		}
	} T_END;
	sqlite3_finalize(stmt);
	return ret < 0 ? -1 : 0;
}

int archive_ledger_count(struct archive_ledger *ledger, const char *owner,
			 int64_t *count_r, int64_t *bytes_r)
{
	sqlite3_stmt *stmt = archive_ledger_stmt(ledger, owner != NULL ?
		"SELECT count(*),total(size) FROM item WHERE state<3 AND owner=?" :
		"SELECT count(*),total(size) FROM item WHERE state<3");

	if (stmt == NULL)
		return -1;
	if (owner != NULL)
		archive_ledger_bind_str(stmt, 1, owner);
	if (sqlite3_step(stmt) != SQLITE_ROW)
		return archive_ledger_fail(ledger, "read");
	*count_r = sqlite3_column_int64(stmt, 0);
	*bytes_r = sqlite3_column_int64(stmt, 1);
	sqlite3_reset(stmt);
	return 0;
}
