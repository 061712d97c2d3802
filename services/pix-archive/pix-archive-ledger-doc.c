/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-archive-ledger-private.h"

static json_t *entry_new(const char *op, const char *actor, int64_t now)
{
	json_t *body = json_object();

	pix_json_set_str(body, "op", op);
	pix_json_set_int(body, "t", now);
	pix_json_set_str(body, "actor", actor);
	return body;
}

int archive_ledger_doc_put(struct archive_ledger *ledger, const char *kind,
			   const char *name, const json_t *doc,
			   const char *actor, int64_t now)
{
	json_t *body = entry_new("doc", actor, now);

	pix_json_set_str(body, "kind", kind);
	pix_json_set_str(body, "name", name);
	if (doc != NULL)
		json_object_set_new(body, "doc", json_deep_copy(doc));
	return archive_ledger_append(ledger, body);
}

static json_t *doc_parse(sqlite3_stmt *stmt, int idx)
{
	const char *error;

	return pix_json_parse_object(sqlite3_column_text(stmt, idx),
				     (size_t)sqlite3_column_bytes(stmt, idx),
				     PIX_JSON_MAX_DEPTH, &error);
}

int archive_ledger_doc_get(struct archive_ledger *ledger, const char *kind,
			   const char *name, json_t **doc_r)
{
	sqlite3_stmt *stmt = archive_ledger_stmt(ledger,
		"SELECT body FROM doc WHERE kind=? AND name=?");
	int ret;

	*doc_r = NULL;
	if (stmt == NULL)
		return -1;
	archive_ledger_bind_str(stmt, 1, kind);
	archive_ledger_bind_str(stmt, 2, name);
	ret = sqlite3_step(stmt);
	if (ret == SQLITE_ROW)
		*doc_r = doc_parse(stmt, 0);
	else if (ret != SQLITE_DONE)
		return archive_ledger_fail(ledger, "read");
	sqlite3_reset(stmt);
	return *doc_r != NULL ? 1 : 0;
}

int archive_ledger_doc_list(struct archive_ledger *ledger, const char *kind,
			    void (*func)(const char *name, const json_t *doc,
					 void *context),
			    void *context)
{
	sqlite3_stmt *stmt;
	json_t *doc;
	int ret;

	if (sqlite3_prepare_v2(ledger->db, "SELECT name,body FROM doc WHERE kind=? ORDER BY name",
			       -1, &stmt, NULL) != SQLITE_OK)
		return archive_ledger_fail(ledger, "prepare");
	archive_ledger_bind_str(stmt, 1, kind);
	while ((ret = sqlite3_step(stmt)) == SQLITE_ROW) {
		doc = doc_parse(stmt, 1);
		if (doc != NULL) T_BEGIN {
			func((const char *)sqlite3_column_text(stmt, 0), doc, context);
		} T_END;
		json_decref(doc);
	}
	if (ret != SQLITE_DONE)
		ret = archive_ledger_fail(ledger, "read");
	else
		ret = 0;
	sqlite3_finalize(stmt);
	return ret;
}

int archive_ledger_label_add(struct archive_ledger *ledger, const char *owner,
			     const char *guid, const char *label,
			     const char *actor, int64_t now)
{
	json_t *body = entry_new("label", actor, now);

	pix_json_set_str(body, "owner", owner);
	pix_json_set_str(body, "guid", guid);
	pix_json_set_str(body, "label", label);
	return archive_ledger_append(ledger, body);
}

int archive_ledger_label_list(struct archive_ledger *ledger, const char *owner,
			      const char *guid,
			      void (*func)(const char *guid, const char *label,
					   void *context),
			      void *context)
{
	sqlite3_stmt *stmt = archive_ledger_stmt(ledger, guid != NULL ?
		"SELECT guid,label FROM label WHERE owner=? AND guid=?" :
		"SELECT guid,label FROM label WHERE owner=?");
	int ret;

	if (stmt == NULL)
		return -1;
	archive_ledger_bind_str(stmt, 1, owner);
	if (guid != NULL)
		archive_ledger_bind_str(stmt, 2, guid);
	while ((ret = sqlite3_step(stmt)) == SQLITE_ROW) T_BEGIN {
		func((const char *)sqlite3_column_text(stmt, 0),
		     (const char *)sqlite3_column_text(stmt, 1), context);
	} T_END;
	sqlite3_reset(stmt);
	return ret == SQLITE_DONE ? 0 : archive_ledger_fail(ledger, "read");
}
