/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-archive-ledger-private.h"

#include <openssl/crypto.h>

struct verify {
	struct archive_ledger *ledger;
	struct archive_ledger_check *check;
	int64_t seq;
	unsigned char mac[ARCHIVE_MAC_SIZE];
};

static void ATTR_FORMAT(2, 3)
verify_note(struct verify *verify, const char *fmt, ...)
{
	va_list args;

	if (verify->check->first[0] != '\0')
		return;
	va_start(args, fmt);
	(void)vsnprintf(verify->check->first, sizeof(verify->check->first), fmt, args);
	va_end(args);
}

static void verify_entry(struct verify *verify, sqlite3_stmt *stmt)
{
	unsigned char mac[ARCHIVE_MAC_SIZE];
	int64_t seq = sqlite3_column_int64(stmt, 0);
	const void *body = sqlite3_column_blob(stmt, 1);
	size_t size = (size_t)sqlite3_column_bytes(stmt, 1);
	const char *error;
	json_t *doc;

	verify->check->entries++;
	if (seq != verify->seq + 1) {
		verify->check->broken += seq - verify->seq - 1;
		verify_note(verify, "entry %lld is missing", (long long)verify->seq + 1);
	}
	verify->seq = seq;
	archive_ledger_mac(verify->ledger, verify->mac, seq, body, size, mac);
	if (sqlite3_column_bytes(stmt, 2) != ARCHIVE_MAC_SIZE ||
	    CRYPTO_memcmp(mac, sqlite3_column_blob(stmt, 2), ARCHIVE_MAC_SIZE) != 0) {
		verify->check->broken++;
		verify_note(verify, "entry %lld was changed", (long long)seq);
	}
	/* go on from what stands there, so that each break is counted once */
	if (sqlite3_column_bytes(stmt, 2) == ARCHIVE_MAC_SIZE)
		memcpy(verify->mac, sqlite3_column_blob(stmt, 2), ARCHIVE_MAC_SIZE);
	doc = pix_json_parse_object(body, size, PIX_JSON_MAX_DEPTH, &error);
	if (doc == NULL || archive_ledger_apply(verify->ledger, "temp", doc) < 0) {
		verify->check->mismatches++;
		verify_note(verify, "entry %lld can't be carried out", (long long)seq);
	}
	json_decref(doc);
}

static int
verify_compare(struct verify *verify, const char *table)
{
	static const char *const sides[][2] = {
		{ "main", "temp" }, { "temp", "main" },
	};
	sqlite3_stmt *stmt;
	int64_t count;

	for (unsigned int i = 0; i < N_ELEMENTS(sides); i++) {
		stmt = archive_ledger_stmt(verify->ledger, t_strdup_printf(
			"SELECT count(*) FROM (SELECT * FROM %s.%s EXCEPT SELECT * FROM %s.%s)",
			sides[i][0], table, sides[i][1], table));
		if (stmt == NULL)
			return -1;
		if (sqlite3_step(stmt) != SQLITE_ROW)
			return archive_ledger_fail(verify->ledger, "compare");
		count = sqlite3_column_int64(stmt, 0);
		sqlite3_reset(stmt);
		if (count > 0) {
			verify->check->mismatches += count;
			verify_note(verify, "table %s: %lld row(s) do not follow from the log",
				    table, (long long)count);
		}
	}
	return 0;
}

static int verify_log(struct verify *verify)
{
	sqlite3_stmt *stmt;
	int ret;

	if (sqlite3_prepare_v2(verify->ledger->db, "SELECT seq,body,mac FROM main.log ORDER BY seq",
			       -1, &stmt, NULL) != SQLITE_OK)
		return archive_ledger_fail(verify->ledger, "prepare");
	while ((ret = sqlite3_step(stmt)) == SQLITE_ROW) T_BEGIN {
		verify_entry(verify, stmt);
	} T_END;
	sqlite3_finalize(stmt);
	return ret == SQLITE_DONE ? 0 : archive_ledger_fail(verify->ledger, "read");
}

int archive_ledger_verify(struct archive_ledger *ledger,
			  struct archive_ledger_check *check_r)
{
	static const char *const tables[] = { "item", "doc", "label" };
	struct verify verify = { .ledger = ledger, .check = check_r };
	int ret;

	i_zero(check_r);
	/* one view of the database from first to last, and the temporary tables
	   go with it */
	if (archive_ledger_exec(ledger, "BEGIN") < 0)
		return -1;
	ret = archive_ledger_create(ledger, "temp");
	if (ret == 0)
		ret = verify_log(&verify);
	for (unsigned int i = 0; ret == 0 && i < N_ELEMENTS(tables); i++)
		ret = verify_compare(&verify, tables[i]);
	sqlite3_exec(ledger->db, "ROLLBACK", NULL, NULL, NULL);
	return ret;
}
