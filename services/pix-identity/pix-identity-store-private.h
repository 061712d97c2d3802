/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */
#ifndef PIX_IDENTITY_STORE_PRIVATE_H
#define PIX_IDENTITY_STORE_PRIVATE_H

#include "pix-identity-store.h"
#include "pix-sql.h"

#define PIX_STORE_SCHEMA 1
/* one error per interval while the store is down, in seconds */
#define PIX_STORE_COMPLAIN_SECS 60
/* changes that share one transaction at most */
#define PIX_STORE_BATCH_MAX 256
/* a row's data, in bytes of JSON */
#define PIX_STORE_DATA_MAX 65536

struct pix_store_put;

struct pix_identity_store {
	struct event *event;
	char *driver, *path;
	struct sql_db *db;
	struct pix_keyring *keyring;
	struct pix_epoch *epoch;
	void (*tampered)(const char *owner, void *context);
	void *tampered_context;

	/* changes that wait for the next transaction */
	struct pix_store_put *puts_head, *puts_tail;
	unsigned int puts_count;
	struct timeout *to_commit;
	/* a transaction is on its way */
	bool committing;

	/* what is wrong, NULL while all is well */
	char *problem;
	time_t complained;
	unsigned int failures;
	/* identity of the database file; a new file at its place is seen */
	dev_t dev;
	ino_t ino;
};

/* Notes that an operation failed (error of the driver) or worked. */
void pix_store_failed(struct pix_identity_store *store, const char *what,
		      const char *error);
void pix_store_worked(struct pix_identity_store *store);
/* FALSE, and noted, if the SQLite file isn't the one that was opened. */
bool pix_store_file_ok(struct pix_identity_store *store);

/* The MAC of a row under the key kid, whose data has the text data. */
bool pix_store_row_mac(struct pix_identity_store *store, const char *kid,
		       const struct pix_row *row, const char *data,
		       char mac_r[PIX_KEYRING_MAC_LEN + 1]);
/* Makes or upgrades the tables. */
int pix_store_schema_init(struct pix_identity_store *store, const char **error_r);
void pix_store_puts_deinit(struct pix_identity_store *store);

#endif
