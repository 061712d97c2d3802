/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-audit-index-private.h"
#include "lib-event.h"

#include <sys/stat.h>

#define PIX_AUDIT_INDEX_VERSION 1

static const char state_sql[] =
	"CREATE TABLE IF NOT EXISTS chunk(n INTEGER PRIMARY KEY, count INTEGER NOT NULL, "
		"min_t INTEGER NOT NULL, max_t INTEGER NOT NULL);"
	"CREATE TABLE IF NOT EXISTS producer(name TEXT PRIMARY KEY, seq INTEGER NOT NULL, "
		"ct INTEGER NOT NULL) WITHOUT ROWID;"
	"CREATE TABLE IF NOT EXISTS number(name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;";
static const char segment_sql[] =
	"CREATE TABLE IF NOT EXISTS posting(term INTEGER NOT NULL, chunk INTEGER NOT NULL, "
		"list BLOB NOT NULL, PRIMARY KEY(term, chunk)) WITHOUT ROWID;";

sqlite3 *pix_audit_db_open(struct pix_audit_index *index, const char *name,
			   const char *sql, const char **error_r)
{
	/* what the index holds can be made again: it may lose its last chunk in a
	   power failure, but not its consistency */
	static const char setup[] =
		"PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; "
		"PRAGMA wal_autocheckpoint=4000; PRAGMA cache_size=-8000;";
	const char *path = t_strdup_printf("%s/%s", index->dir, name);
	sqlite3 *db = NULL;

	if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE |
			    SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK ||
	    sqlite3_busy_timeout(db, 5000) != SQLITE_OK ||
	    sqlite3_exec(db, setup, NULL, NULL, NULL) != SQLITE_OK ||
	    sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK) {
		*error_r = t_strdup_printf("%s: %s (the index may be removed; it is made again)",
					   path, db == NULL ? "out of memory" : sqlite3_errmsg(db));
		sqlite3_close(db);
		return NULL;
	}
	return db;
}

sqlite3_stmt *pix_audit_db_prepare(sqlite3 *db, const char *sql, const char **error_r)
{
	sqlite3_stmt *stmt;

	if (sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, &stmt, NULL) != SQLITE_OK) {
		*error_r = t_strdup(sqlite3_errmsg(db));
		return NULL;
	}
	return stmt;
}

static void pix_audit_segment_close(struct pix_audit_segment *segment)
{
	sqlite3_finalize(segment->insert);
	sqlite3_finalize(segment->find);
	sqlite3_close(segment->db);
}

struct pix_audit_segment *
pix_audit_segment_get(struct pix_audit_index *index, unsigned int number,
		      const char **error_r)
{
	struct pix_audit_segment *segment, new_segment;

	array_foreach_modifiable(&index->segments, segment) {
		if (segment->number == number)
			return segment;
	}
	i_zero(&new_segment);
	new_segment.number = number;
	new_segment.db = pix_audit_db_open(index, t_strdup_printf("%06u.sqlite", number),
					   segment_sql, error_r);
	if (new_segment.db == NULL)
		return NULL;
	new_segment.insert = pix_audit_db_prepare(new_segment.db,
		"INSERT OR REPLACE INTO posting(term, chunk, list) VALUES(?1, ?2, ?3)", error_r);
	new_segment.find = pix_audit_db_prepare(new_segment.db,
		"SELECT chunk, list FROM posting WHERE term = ?1", error_r);
	if (new_segment.insert == NULL || new_segment.find == NULL) {
		pix_audit_segment_close(&new_segment);
		return NULL;
	}
	array_push_back(&index->segments, &new_segment);
	return array_back_modifiable(&index->segments);
}

static int64_t pix_audit_number_get(struct pix_audit_index *index, const char *name)
{
	int64_t value = 0;

	sqlite3_bind_text(index->number_get, 1, name, -1, SQLITE_STATIC);
	if (sqlite3_step(index->number_get) == SQLITE_ROW)
		value = sqlite3_column_int64(index->number_get, 0);
	sqlite3_reset(index->number_get);
	return value;
}

static int
pix_audit_number_set(struct pix_audit_index *index, const char *name, int64_t value)
{
	int ret;

	sqlite3_bind_text(index->number_set, 1, name, -1, SQLITE_STATIC);
	sqlite3_bind_int64(index->number_set, 2, value);
	ret = sqlite3_step(index->number_set);
	sqlite3_reset(index->number_set);
	return ret == SQLITE_DONE ? 0 : -1;
}

static int pix_audit_chunks_load(struct pix_audit_index *index, const char **error_r)
{
	sqlite3_stmt *stmt = pix_audit_db_prepare(index->state,
		"SELECT n, count, min_t, max_t FROM chunk ORDER BY n", error_r);
	int ret;

	if (stmt == NULL)
		return -1;
	while ((ret = sqlite3_step(stmt)) == SQLITE_ROW) {
		unsigned int n = array_count(&index->chunks);
		struct pix_audit_chunk chunk = {
			.first = (uint64_t)n * PIX_AUDIT_CHUNK_SIZE,
			.count = (unsigned int)sqlite3_column_int(stmt, 1),
			.min_t = sqlite3_column_int64(stmt, 2),
			.max_t = sqlite3_column_int64(stmt, 3),
		};

		/* a hole: what follows is made again */
		if (sqlite3_column_int64(stmt, 0) != n ||
		    chunk.count != PIX_AUDIT_CHUNK_SIZE)
			break;
		array_push_back(&index->chunks, &chunk);
	}
	sqlite3_finalize(stmt);
	index->base = index->next =
		(uint64_t)array_count(&index->chunks) * PIX_AUDIT_CHUNK_SIZE;
	return ret == SQLITE_ROW || ret == SQLITE_DONE ? 0 : -1;
}

static int pix_audit_index_init(struct pix_audit_index *index, const char **error_r)
{
	if (mkdir(index->dir, 0700) < 0 && errno != EEXIST) {
		*error_r = t_strdup_printf("mkdir(%s) failed: %m", index->dir);
		return -1;
	}
	index->state = pix_audit_db_open(index, "state.sqlite", state_sql, error_r);
	if (index->state == NULL)
		return -1;
	index->producer_get = pix_audit_db_prepare(index->state,
		"SELECT seq FROM producer WHERE name = ?1", error_r);
	index->producer_set = pix_audit_db_prepare(index->state,
		"INSERT INTO producer(name, seq, ct) VALUES(?1, ?2, ?3) ON CONFLICT(name) "
		"DO UPDATE SET seq = max(seq, ?2), ct = ?3", error_r);
	index->number_get = pix_audit_db_prepare(index->state,
		"SELECT value FROM number WHERE name = ?1", error_r);
	index->number_set = pix_audit_db_prepare(index->state,
		"INSERT OR REPLACE INTO number(name, value) VALUES(?1, ?2)", error_r);
	index->chunk_set = pix_audit_db_prepare(index->state,
		"INSERT OR REPLACE INTO chunk(n, count, min_t, max_t) VALUES(?1, ?2, ?3, ?4)",
		error_r);
	if (index->producer_get == NULL || index->producer_set == NULL ||
	    index->number_get == NULL || index->number_set == NULL ||
	    index->chunk_set == NULL)
		return -1;
	if (pix_audit_number_get(index, "version") > PIX_AUDIT_INDEX_VERSION) {
		*error_r = t_strdup_printf("%s was made by a newer version: remove it, it is made again",
					   index->dir);
		return -1;
	}
	if (pix_audit_number_set(index, "version", PIX_AUDIT_INDEX_VERSION) < 0) {
		*error_r = t_strdup_printf("%s/state.sqlite: %s", index->dir,
					   sqlite3_errmsg(index->state));
		return -1;
	}
	return pix_audit_chunks_load(index, error_r);
}

int pix_audit_index_open(const char *dir, struct event *event,
			 struct pix_audit_index **index_r, const char **error_r)
{
	struct pix_audit_index *index = i_new(struct pix_audit_index, 1);

	index->dir = i_strdup(dir);
	index->event = event;
	i_array_init(&index->segments, 8);
	i_array_init(&index->chunks, 64);
	i_array_init(&index->entries, 65536);
	i_array_init(&index->times, PIX_AUDIT_CHUNK_SIZE);
	if (pix_audit_index_init(index, error_r) < 0) {
		pix_audit_index_close(&index);
		return -1;
	}
	*index_r = index;
	return 0;
}

void pix_audit_index_close(struct pix_audit_index **_index)
{
	struct pix_audit_index *index = *_index;
	struct pix_audit_segment *segment;

	if (index == NULL)
		return;
	*_index = NULL;
	array_foreach_modifiable(&index->segments, segment)
		pix_audit_segment_close(segment);
	sqlite3_finalize(index->producer_get);
	sqlite3_finalize(index->producer_set);
	sqlite3_finalize(index->number_get);
	sqlite3_finalize(index->number_set);
	sqlite3_finalize(index->chunk_set);
	sqlite3_close(index->state);
	array_free(&index->segments);
	array_free(&index->chunks);
	array_free(&index->entries);
	array_free(&index->times);
	i_free(index->dir);
	i_free(index);
}

int pix_audit_index_producer_get(struct pix_audit_index *index, const char *name,
				 uint64_t *seq_r)
{
	int ret;

	sqlite3_bind_text(index->producer_get, 1, name, -1, SQLITE_TRANSIENT);
	ret = sqlite3_step(index->producer_get);
	if (ret == SQLITE_ROW)
		*seq_r = (uint64_t)sqlite3_column_int64(index->producer_get, 0);
	sqlite3_reset(index->producer_get);
	return ret == SQLITE_ROW ? 1 : ret == SQLITE_DONE ? 0 : -1;
}

int pix_audit_index_state_begin(struct pix_audit_index *index)
{
	return sqlite3_exec(index->state, "BEGIN", NULL, NULL, NULL) == SQLITE_OK ? 0 : -1;
}

int pix_audit_index_producer_set(struct pix_audit_index *index, const char *name,
				 uint64_t seq, int64_t ct)
{
	int ret;

	sqlite3_bind_text(index->producer_set, 1, name, -1, SQLITE_TRANSIENT);
	sqlite3_bind_int64(index->producer_set, 2, (int64_t)seq);
	sqlite3_bind_int64(index->producer_set, 3, ct);
	ret = sqlite3_step(index->producer_set);
	sqlite3_reset(index->producer_set);
	return ret == SQLITE_DONE ? 0 : -1;
}

int pix_audit_index_state_commit(struct pix_audit_index *index, uint64_t receipt)
{
	unsigned int n = array_count(&index->chunks) - 1;
	const struct pix_audit_chunk *chunk = array_idx(&index->chunks, n);
	int ret;

	sqlite3_bind_int64(index->chunk_set, 1, n);
	sqlite3_bind_int64(index->chunk_set, 2, chunk->count);
	sqlite3_bind_int64(index->chunk_set, 3, chunk->min_t);
	sqlite3_bind_int64(index->chunk_set, 4, chunk->max_t);
	ret = sqlite3_step(index->chunk_set);
	sqlite3_reset(index->chunk_set);
	if (ret == SQLITE_DONE &&
	    pix_audit_number_set(index, "receipt", (int64_t)receipt) == 0 &&
	    sqlite3_exec(index->state, "COMMIT", NULL, NULL, NULL) == SQLITE_OK)
		return 0;
	e_error(index->event, "%s/state.sqlite: %s", index->dir, sqlite3_errmsg(index->state));
	(void)sqlite3_exec(index->state, "ROLLBACK", NULL, NULL, NULL);
	return -1;
}

uint64_t pix_audit_index_receipt(struct pix_audit_index *index)
{
	return (uint64_t)pix_audit_number_get(index, "receipt");
}
