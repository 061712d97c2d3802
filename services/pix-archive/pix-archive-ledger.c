/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-archive-ledger-private.h"
#include "hex-binary.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <sys/stat.h>

#define LEDGER_VERSION 1
/* Another pix-archive writes only while an old one ends after a reload. */
#define LEDGER_BUSY_MSECS (10 * 1000)

int archive_ledger_fail(struct archive_ledger *ledger, const char *what)
{
	int code = sqlite3_errcode(ledger->db);

	ledger->full = code == SQLITE_FULL;
	i_free(ledger->error);
	ledger->error = i_strdup_printf("%s: %s failed: %s", ledger->path, what,
					sqlite3_errmsg(ledger->db));
	return -1;
}

const char *archive_ledger_error(struct archive_ledger *ledger)
{
	return ledger->error == NULL ? "unknown error" : ledger->error;
}

bool archive_ledger_is_full(struct archive_ledger *ledger)
{
	return ledger->full;
}

sqlite3_stmt *archive_ledger_stmt(struct archive_ledger *ledger, const char *sql)
{
	struct archive_ledger_stmt *s;

	array_foreach_modifiable(&ledger->stmts, s) {
		if (strcmp(s->sql, sql) == 0) {
			sqlite3_reset(s->stmt);
			sqlite3_clear_bindings(s->stmt);
			return s->stmt;
		}
	}
	s = array_append_space(&ledger->stmts);
	if (sqlite3_prepare_v3(ledger->db, sql, -1, SQLITE_PREPARE_PERSISTENT,
			       &s->stmt, NULL) != SQLITE_OK) {
		(void)archive_ledger_fail(ledger, "prepare");
		array_pop_back(&ledger->stmts);
		return NULL;
	}
	s->sql = i_strdup(sql);
	return s->stmt;
}

int archive_ledger_run(struct archive_ledger *ledger, sqlite3_stmt *stmt)
{
	int ret;

	if (stmt == NULL)
		return -1;
	ret = sqlite3_step(stmt);
	if (ret != SQLITE_DONE && ret != SQLITE_ROW) {
		(void)archive_ledger_fail(ledger, "write");
		sqlite3_reset(stmt);
		return -1;
	}
	sqlite3_reset(stmt);
	return 0;
}

int archive_ledger_exec(struct archive_ledger *ledger, const char *sql)
{
	if (sqlite3_exec(ledger->db, sql, NULL, NULL, NULL) != SQLITE_OK)
		return archive_ledger_fail(ledger, t_strcut(sql, ' '));
	return 0;
}

void archive_ledger_bind_str(sqlite3_stmt *stmt, int idx, const char *str)
{
	sqlite3_bind_text(stmt, idx, str == NULL ? "" : str, -1, SQLITE_TRANSIENT);
}

static int ledger_version(struct archive_ledger *ledger)
{
	sqlite3_stmt *stmt = archive_ledger_stmt(ledger, "PRAGMA user_version");
	int version;

	if (stmt == NULL)
		return -1;
	if (sqlite3_step(stmt) != SQLITE_ROW)
		return archive_ledger_fail(ledger, "read");
	version = sqlite3_column_int(stmt, 0);
	sqlite3_reset(stmt);
	return version;
}

static int ledger_schema(struct archive_ledger *ledger)
{
	int version;

	/* FULL: a commit is on the disk when it returns */
	if (archive_ledger_exec(ledger, "PRAGMA journal_mode=WAL") < 0 ||
	    archive_ledger_exec(ledger, "PRAGMA synchronous=FULL") < 0 ||
	    archive_ledger_exec(ledger, "PRAGMA temp_store=FILE") < 0)
		return -1;
	version = ledger_version(ledger);
	if (version == LEDGER_VERSION)
		return 0;
	if (version != 0) {
		i_free(ledger->error);
		ledger->error = i_strdup_printf(
			"%s: version %d is newer than this program", ledger->path, version);
		return -1;
	}
	if (archive_ledger_exec(ledger, "BEGIN IMMEDIATE") < 0)
		return -1;
	if (archive_ledger_exec(ledger,
			"CREATE TABLE log (seq INTEGER PRIMARY KEY, body BLOB NOT NULL, mac BLOB NOT NULL)") < 0 ||
	    archive_ledger_create(ledger, "main") < 0 ||
	    archive_ledger_exec(ledger, "PRAGMA user_version=1") < 0 ||
	    archive_ledger_exec(ledger, "COMMIT") < 0) {
		sqlite3_exec(ledger->db, "ROLLBACK", NULL, NULL, NULL);
		return -1;
	}
	return 0;
}

int archive_ledger_open(const char *dir, const unsigned char *key,
			struct archive_ledger **ledger_r, const char **error_r)
{
	struct archive_ledger *ledger = i_new(struct archive_ledger, 1);
	mode_t old_mask = umask(0077);
	int ret;

	*ledger_r = NULL;
	ledger->path = i_strconcat(dir, "/ledger.sqlite", NULL);
	memcpy(ledger->key, key, sizeof(ledger->key));
	i_array_init(&ledger->stmts, 32);
	ret = sqlite3_open_v2(ledger->path, &ledger->db, SQLITE_OPEN_READWRITE |
			      SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL);
	if (ret != SQLITE_OK) {
		*error_r = t_strdup_printf("open(%s) failed: %s", ledger->path,
					   ledger->db == NULL ? "out of memory" :
					   sqlite3_errmsg(ledger->db));
		ret = -1;
	} else {
		sqlite3_busy_timeout(ledger->db, LEDGER_BUSY_MSECS);
		ret = ledger_schema(ledger);
		if (ret < 0)
			*error_r = t_strdup(archive_ledger_error(ledger));
	}
	umask(old_mask);
	if (ret < 0) {
		archive_ledger_close(&ledger);
		return -1;
	}
	*ledger_r = ledger;
	return 0;
}

void archive_ledger_close(struct archive_ledger **_ledger)
{
	struct archive_ledger *ledger = *_ledger;
	struct archive_ledger_stmt *s;

	if (ledger == NULL)
		return;
	*_ledger = NULL;
	array_foreach_modifiable(&ledger->stmts, s) {
		sqlite3_finalize(s->stmt);
		i_free(s->sql);
	}
	array_free(&ledger->stmts);
	sqlite3_close(ledger->db);
	OPENSSL_cleanse(ledger->key, sizeof(ledger->key));
	i_free(ledger->error);
	i_free(ledger->path);
	i_free(ledger);
}

void archive_ledger_mac(const struct archive_ledger *ledger,
			const unsigned char prev[ARCHIVE_MAC_SIZE], int64_t seq,
			const void *body, size_t size,
			unsigned char mac_r[ARCHIVE_MAC_SIZE])
{
	buffer_t *buf = t_buffer_create(ARCHIVE_MAC_SIZE + 8 + size);
	unsigned int len = 0;

	buffer_append(buf, prev, ARCHIVE_MAC_SIZE);
	for (int shift = 56; shift >= 0; shift -= 8)
		buffer_append_c(buf, (unsigned char)((uint64_t)seq >> shift));
	buffer_append(buf, body, size);
	if (HMAC(EVP_sha256(), ledger->key, sizeof(ledger->key), buf->data,
		 buf->used, mac_r, &len) == NULL || len != ARCHIVE_MAC_SIZE)
		i_fatal("HMAC() failed");
}

static int ledger_read_head(struct archive_ledger *ledger)
{
	sqlite3_stmt *stmt = archive_ledger_stmt(ledger,
		"SELECT seq,mac FROM log ORDER BY seq DESC LIMIT 1");
	int ret;

	if (stmt == NULL)
		return -1;
	ledger->last_seq = 0;
	memset(ledger->last_mac, 0, sizeof(ledger->last_mac));
	ret = sqlite3_step(stmt);
	if (ret == SQLITE_ROW && sqlite3_column_bytes(stmt, 1) == ARCHIVE_MAC_SIZE) {
		ledger->last_seq = sqlite3_column_int64(stmt, 0);
		memcpy(ledger->last_mac, sqlite3_column_blob(stmt, 1), ARCHIVE_MAC_SIZE);
	} else if (ret != SQLITE_DONE) {
		sqlite3_reset(stmt);
		return archive_ledger_fail(ledger, "read of the last entry");
	}
	sqlite3_reset(stmt);
	return 0;
}

int archive_ledger_begin(struct archive_ledger *ledger)
{
	i_assert(!ledger->in_transaction);
	if (archive_ledger_exec(ledger, "BEGIN IMMEDIATE") < 0)
		return -1;
	ledger->in_transaction = TRUE;
	if (ledger_read_head(ledger) < 0) {
		archive_ledger_rollback(ledger);
		return -1;
	}
	return 0;
}

int archive_ledger_commit(struct archive_ledger *ledger)
{
	i_assert(ledger->in_transaction);
	if (archive_ledger_exec(ledger, "COMMIT") < 0) {
		archive_ledger_rollback(ledger);
		return -1;
	}
	ledger->in_transaction = FALSE;
	return 0;
}

void archive_ledger_rollback(struct archive_ledger *ledger)
{
	if (!ledger->in_transaction)
		return;
	ledger->in_transaction = FALSE;
	/* fails where SQLite rolled back by itself */
	sqlite3_exec(ledger->db, "ROLLBACK", NULL, NULL, NULL);
}

int archive_ledger_append(struct archive_ledger *ledger, json_t *body)
{
	unsigned char mac[ARCHIVE_MAC_SIZE];
	sqlite3_stmt *stmt;
	int ret = -1;

	i_assert(ledger->in_transaction);
	stmt = archive_ledger_stmt(ledger, "INSERT INTO log (seq,body,mac) VALUES (?,?,?)");
	if (stmt != NULL) T_BEGIN {
		buffer_t *buf = t_buffer_create(1024);

		pix_json_append(buf, body);
		archive_ledger_mac(ledger, ledger->last_mac, ledger->last_seq + 1,
				   buf->data, buf->used, mac);
		sqlite3_bind_int64(stmt, 1, ledger->last_seq + 1);
		sqlite3_bind_blob(stmt, 2, buf->data, (int)buf->used, SQLITE_TRANSIENT);
		sqlite3_bind_blob(stmt, 3, mac, sizeof(mac), SQLITE_TRANSIENT);
		ret = archive_ledger_run(ledger, stmt);
	} T_END;
	if (ret == 0) {
		ledger->last_seq++;
		memcpy(ledger->last_mac, mac, sizeof(mac));
		ret = archive_ledger_apply(ledger, "main", body);
	}
	json_decref(body);
	return ret;
}

int archive_ledger_head(struct archive_ledger *ledger, int64_t *seq_r,
			const char **mac_r)
{
	if (!ledger->in_transaction && ledger_read_head(ledger) < 0)
		return -1;
	*seq_r = ledger->last_seq;
	*mac_r = binary_to_hex(ledger->last_mac, sizeof(ledger->last_mac));
	return 0;
}
