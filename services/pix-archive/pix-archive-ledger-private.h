/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */
#ifndef PIX_ARCHIVE_LEDGER_PRIVATE_H
#define PIX_ARCHIVE_LEDGER_PRIVATE_H

#include "pix-archive-ledger.h"

#include <sqlite3.h>

struct archive_ledger_stmt {
	char *sql;
	sqlite3_stmt *stmt;
};

struct archive_ledger {
	sqlite3 *db;
	char *path;
	unsigned char key[ARCHIVE_KEY_SIZE];
	ARRAY(struct archive_ledger_stmt) stmts;
	char *error;
	bool full;
	bool in_transaction;
	/* the end of the chain, valid within a transaction */
	int64_t last_seq;
	unsigned char last_mac[ARCHIVE_MAC_SIZE];
};

#define ARCHIVE_ITEM_COLUMNS \
	"id,owner,guid,sha256,size,mailbox,mailbox_guid,uid,flags,keywords," \
	"received,saved,archived,label,until,reason,box,box_uid,state"

/* Remembers the database's error; returns -1. */
int archive_ledger_fail(struct archive_ledger *ledger, const char *what);
/* The prepared statement of sql, reset; NULL after archive_ledger_fail(). */
sqlite3_stmt *archive_ledger_stmt(struct archive_ledger *ledger, const char *sql);
/* Runs a statement that returns no rows; resets it. */
int archive_ledger_run(struct archive_ledger *ledger, sqlite3_stmt *stmt);
int archive_ledger_exec(struct archive_ledger *ledger, const char *sql);
void archive_ledger_bind_str(sqlite3_stmt *stmt, int idx, const char *str);
/* Creates the tables that follow from the log, in schema "main" or "temp". */
int archive_ledger_create(struct archive_ledger *ledger, const char *schema);
/* Carries out one entry of the log. The document is trusted to have the
   shape that archive_ledger_append() was given; what it lacks is refused. */
int archive_ledger_apply(struct archive_ledger *ledger, const char *schema,
			 const json_t *body);
/* Appends an entry and carries it out; steals body. */
int archive_ledger_append(struct archive_ledger *ledger, json_t *body);
/* MAC of an entry behind prev. */
void archive_ledger_mac(const struct archive_ledger *ledger,
			const unsigned char prev[ARCHIVE_MAC_SIZE], int64_t seq,
			const void *body, size_t size,
			unsigned char mac_r[ARCHIVE_MAC_SIZE]);

#endif
