/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-archive-ledger-private.h"

/* One entry of the log becomes a change of the tables. Nothing else writes to
   them, so that archive_ledger_verify() can replay the log and compare. */

int archive_ledger_create(struct archive_ledger *ledger, const char *schema)
{
	static const char *const tables[] = {
		"CREATE TABLE %s.item (id INTEGER PRIMARY KEY, owner TEXT NOT NULL, guid TEXT NOT NULL,"
		" sha256 TEXT NOT NULL, size INTEGER NOT NULL, mailbox TEXT NOT NULL, mailbox_guid TEXT NOT NULL,"
		" uid INTEGER NOT NULL, flags INTEGER NOT NULL, keywords TEXT NOT NULL, received INTEGER NOT NULL,"
		" saved INTEGER NOT NULL, archived INTEGER NOT NULL, label TEXT NOT NULL, until INTEGER NOT NULL,"
		" reason TEXT NOT NULL, box TEXT NOT NULL, box_uid INTEGER NOT NULL, state INTEGER NOT NULL)",
		"CREATE TABLE %s.doc (kind TEXT NOT NULL, name TEXT NOT NULL, body TEXT NOT NULL,"
		" PRIMARY KEY (kind,name)) WITHOUT ROWID",
		"CREATE TABLE %s.label (owner TEXT NOT NULL, guid TEXT NOT NULL, label TEXT NOT NULL,"
		" PRIMARY KEY (owner,guid,label)) WITHOUT ROWID",
	};
	/* what is due, without a scan of what is not */
	static const char *const indexes[] = {
		"CREATE UNIQUE INDEX item_mail ON item (owner,guid,sha256) WHERE state<3",
		"CREATE INDEX item_owner ON item (owner,id)",
		"CREATE INDEX item_due ON item (until) WHERE state<3",
		"CREATE INDEX item_review ON item (id) WHERE state IN (1,2)",
	};

	for (unsigned int i = 0; i < N_ELEMENTS(tables); i++) {
		if (archive_ledger_exec(ledger, t_strdup_printf(tables[i], schema)) < 0)
			return -1;
	}
	if (strcmp(schema, "main") != 0)
		return 0;
	for (unsigned int i = 0; i < N_ELEMENTS(indexes); i++) {
		if (archive_ledger_exec(ledger, indexes[i]) < 0)
			return -1;
	}
	return 0;
}

static int64_t body_int(const json_t *body, const char *name)
{
	int64_t value;

	return pix_json_int(body, name, INT64_MIN, INT64_MAX, &value) ? value : 0;
}

static int
apply_add(struct archive_ledger *ledger, const char *schema, const json_t *body)
{
	/* the order of ARCHIVE_ITEM_COLUMNS */
	static const struct {
		const char *name;
		bool number;
	} columns[] = {
		{ "id", TRUE }, { "owner", FALSE }, { "guid", FALSE },
		{ "sha256", FALSE }, { "size", TRUE }, { "mailbox", FALSE },
		{ "mailbox_guid", FALSE }, { "uid", TRUE }, { "flags", TRUE },
		{ "keywords", FALSE }, { "received", TRUE }, { "saved", TRUE },
		{ "archived", TRUE }, { "label", FALSE }, { "until", TRUE },
		{ "reason", FALSE }, { "box", FALSE }, { "box_uid", TRUE },
		{ "state", TRUE },
	};
	sqlite3_stmt *stmt = archive_ledger_stmt(ledger, t_strdup_printf(
		"INSERT INTO %s.item ("ARCHIVE_ITEM_COLUMNS") VALUES "
		"(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)", schema));

	if (stmt == NULL)
		return -1;
	for (unsigned int i = 0; i < N_ELEMENTS(columns); i++) {
		if (columns[i].number)
			sqlite3_bind_int64(stmt, (int)i + 1, body_int(body, columns[i].name));
		else
			archive_ledger_bind_str(stmt, (int)i + 1,
						pix_json_str(body, columns[i].name));
	}
	return archive_ledger_run(ledger, stmt);
}

static int
apply_extend(struct archive_ledger *ledger, const char *schema, const json_t *body)
{
	sqlite3_stmt *stmt = archive_ledger_stmt(ledger, t_strdup_printf(
		"UPDATE %s.item SET label=?,until=? WHERE id=?", schema));

	if (stmt == NULL)
		return -1;
	archive_ledger_bind_str(stmt, 1, pix_json_str(body, "label"));
	sqlite3_bind_int64(stmt, 2, body_int(body, "until"));
	sqlite3_bind_int64(stmt, 3, body_int(body, "id"));
	return archive_ledger_run(ledger, stmt);
}

static int
apply_state(struct archive_ledger *ledger, const char *schema, const json_t *body)
{
	sqlite3_stmt *stmt = archive_ledger_stmt(ledger, t_strdup_printf(
		"UPDATE %s.item SET state=? WHERE id=?", schema));

	if (stmt == NULL)
		return -1;
	sqlite3_bind_int64(stmt, 1, body_int(body, "state"));
	sqlite3_bind_int64(stmt, 2, body_int(body, "id"));
	return archive_ledger_run(ledger, stmt);
}

static int
apply_doc(struct archive_ledger *ledger, const char *schema, const json_t *body)
{
	const json_t *doc = json_object_get(body, "doc");
	sqlite3_stmt *stmt;

	stmt = archive_ledger_stmt(ledger, t_strdup_printf(doc != NULL ?
		"INSERT OR REPLACE INTO %s.doc (kind,name,body) VALUES (?,?,?)" :
		"DELETE FROM %s.doc WHERE kind=? AND name=?", schema));
	if (stmt == NULL)
		return -1;
	archive_ledger_bind_str(stmt, 1, pix_json_str(body, "kind"));
	archive_ledger_bind_str(stmt, 2, pix_json_str(body, "name"));
	if (doc != NULL)
		archive_ledger_bind_str(stmt, 3, t_pix_json(doc));
	return archive_ledger_run(ledger, stmt);
}

static int
apply_label(struct archive_ledger *ledger, const char *schema, const json_t *body)
{
	sqlite3_stmt *stmt = archive_ledger_stmt(ledger, t_strdup_printf(
		"INSERT OR IGNORE INTO %s.label (owner,guid,label) VALUES (?,?,?)", schema));

	if (stmt == NULL)
		return -1;
	archive_ledger_bind_str(stmt, 1, pix_json_str(body, "owner"));
	archive_ledger_bind_str(stmt, 2, pix_json_str(body, "guid"));
	archive_ledger_bind_str(stmt, 3, pix_json_str(body, "label"));
	return archive_ledger_run(ledger, stmt);
}

int archive_ledger_apply(struct archive_ledger *ledger, const char *schema,
			 const json_t *body)
{
	static const struct {
		const char *op;
		int (*apply)(struct archive_ledger *, const char *, const json_t *);
	} ops[] = {
		{ "add", apply_add },
		{ "extend", apply_extend },
		{ "state", apply_state },
		{ "doc", apply_doc },
		{ "label", apply_label },
	};
	const char *op = pix_json_str(body, "op");
	int ret = -1;

	for (unsigned int i = 0; op != NULL && i < N_ELEMENTS(ops); i++) {
		if (strcmp(ops[i].op, op) == 0) {
			T_BEGIN {
				ret = ops[i].apply(ledger, schema, body);
			} T_END;
			return ret;
		}
	}
	i_free(ledger->error);
	ledger->error = i_strdup_printf("%s: unknown entry", ledger->path);
	return ret;
}
