/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */
#ifndef PIX_IDENTITY_STORE_H
#define PIX_IDENTITY_STORE_H

#include "pix-json.h"
#include "pix-keyring.h"

struct pix_identity_store;
struct pix_epoch;

/* Everything that must last is a row: a JSON object with an owner, under a MAC
   that covers all of it. A row is changed by compare-and-set on its version and
   never deleted: what ends is marked as ended, so that a row that is gone is a
   sign of tampering (docs/protocol/identity-store.md). */
struct pix_row {
	/* "totp", "app-password", … at most 32 bytes */
	const char *kind;
	/* unique within its kind, at most 64 bytes */
	const char *id;
	/* canonical user name, at most 255 bytes; "" for none */
	const char *owner;
	/* key of one indexed look-up over all kinds, NULL for none */
	const char *lookup;
	/* counts the changes, from 1; 0 in a row that is not stored yet */
	uint64_t version;
	json_t *data;
};
ARRAY_DEFINE_TYPE(pix_row, struct pix_row);

enum pix_store_result {
	/* nothing was read or changed; logged already */
	PIX_STORE_UNAVAILABLE = -1,
	/* compare-and-set: the row was changed by someone else, or it exists */
	PIX_STORE_CONFLICT = 0,
	PIX_STORE_OK = 1,
};

struct pix_identity_store_params {
	const char *driver, *connect;
	/* sqlite: path of the file; else NULL */
	const char *path;
	struct pix_keyring *keyring;
	struct pix_epoch *epoch;
	struct event *event_parent;
	/* Optional: a row that claims to be of owner was refused, or one of
	   owner's rows is missing. */
	void (*tampered)(const char *owner, void *context);
	void *tampered_context;
};

/* Opens the database; makes its tables where they are missing, brings an old
   schema to ours. Returns 0, or -1 and error_r when it can't ever work; a database
   that is down is tried again by the requests. */
int pix_identity_store_init(const struct pix_identity_store_params *params,
			    struct pix_identity_store **store_r,
			    const char **error_r);
void pix_identity_store_deinit(struct pix_identity_store **store);

/* rows are valid until the callback returns (data: json_incref() what you
   keep). tampered counts rows that were left out because they were changed,
   rolled back or are missing; each was logged. */
typedef void pix_store_rows_callback_t(enum pix_store_result result,
				       const struct pix_row *rows,
				       unsigned int count, unsigned int tampered,
				       void *context);
/* All rows of an owner; kind NULL: of all kinds. The callback may be called
   before this returns. */
void pix_identity_store_owner(struct pix_identity_store *store,
			      const char *owner, const char *kind,
			      pix_store_rows_callback_t *callback, void *context);
/* One row: count is 0 or 1. */
void pix_identity_store_get(struct pix_identity_store *store,
			    const char *kind, const char *id,
			    pix_store_rows_callback_t *callback, void *context);
void pix_identity_store_lookup(struct pix_identity_store *store,
			       const char *lookup,
			       pix_store_rows_callback_t *callback, void *context);
/* All rows of a kind. */
void pix_identity_store_kind(struct pix_identity_store *store, const char *kind,
			     pix_store_rows_callback_t *callback, void *context);

/* Rows that were changed since the unix time, by whomever. */
void pix_identity_store_changed(struct pix_identity_store *store, time_t since,
				pix_store_rows_callback_t *callback, void *context);
/* TRUE if other hosts may write to the database. */
bool pix_identity_store_is_shared(const struct pix_identity_store *store);

typedef void pix_store_put_callback_t(enum pix_store_result result, void *context);
/* Stores the row: version 0 inserts it, another one replaces exactly that
   version. The callback is called from the ioloop after the change is durable.
   Changes that come in one turn of the ioloop share a transaction. row is copied
   (data: a reference is taken; don't change it before the callback). */
void pix_identity_store_put(struct pix_identity_store *store,
			    const struct pix_row *row,
			    pix_store_put_callback_t *callback, void *context);

/* NULL while the store works, else what is wrong and the remedy. */
const char *pix_identity_store_problem(struct pix_identity_store *store);

#endif
