/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */
#ifndef PIX_AUDIT_INDEX_PRIVATE_H
#define PIX_AUDIT_INDEX_PRIVATE_H

#include "pix-audit-index.h"

#include <sqlite3.h>

struct pix_audit_entry {
	uint64_t term;
	/* position behind the begin of the open chunk */
	uint32_t pos;
};

struct pix_audit_segment {
	unsigned int number;
	sqlite3 *db;
	sqlite3_stmt *insert, *find;
};

struct pix_audit_index {
	char *dir;
	struct event *event;
	/* state.sqlite: chunks, producers, numbers */
	sqlite3 *state;
	sqlite3_stmt *producer_get, *producer_set, *number_get, *number_set, *chunk_set;
	ARRAY(struct pix_audit_segment) segments;
	ARRAY(struct pix_audit_chunk) chunks;

	/* the open chunk, and what came behind it since */
	uint64_t base, next;
	ARRAY(struct pix_audit_entry) entries;
	ARRAY(int64_t) times;
};

/* Opens a database and sets it up; sql makes its tables. */
sqlite3 *pix_audit_db_open(struct pix_audit_index *index, const char *name,
			   const char *sql, const char **error_r);
sqlite3_stmt *pix_audit_db_prepare(sqlite3 *db, const char *sql, const char **error_r);
struct pix_audit_segment *
pix_audit_segment_get(struct pix_audit_index *index, unsigned int number,
		      const char **error_r);

#endif
