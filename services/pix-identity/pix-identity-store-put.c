/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-identity-store-private.h"
#include "pix-identity-epoch.h"
#include "ioloop.h"
#include "lib-event.h"

struct pix_store_put {
	struct pix_store_put *next;
	struct pix_identity_store *store;
	pool_t pool;
	struct pix_row row;
	const char *kid, *mac, *data;
	bool insert;
	unsigned int rows;
	pix_store_put_callback_t *callback;
	void *context;
};

/* The changes of one transaction. */
struct pix_store_batch {
	struct pix_identity_store *store;
	struct pix_store_put *puts;
};

static void pix_store_commit(struct pix_identity_store *store);

static void pix_store_put_finish(struct pix_store_put *put,
				 enum pix_store_result result)
{
	struct pix_row *row = &put->row;

	if (result == PIX_STORE_OK) {
		pix_epoch_seen(put->store->epoch, row->kind, row->id, row->owner,
			       row->version);
	}
	put->callback(result, put->context);
	json_decref(row->data);
	pool_unref(&put->pool);
}

static void pix_store_commit_later(struct pix_identity_store *store)
{
	if (store->to_commit == NULL && !store->committing)
		store->to_commit = timeout_add_short(0, pix_store_commit, store);
}

static void
pix_store_committed(const struct sql_commit_result *result,
		    struct pix_store_batch *batch)
{
	struct pix_identity_store *store = batch->store;
	struct pix_store_put *put = batch->puts, *next;
	const bool failed = result->error != NULL;

	if (!failed)
		pix_store_worked(store);
	else if (put->insert && put->next == NULL &&
		 (strstr(result->error, "UNIQUE") != NULL ||
		  strstr(result->error, "unique") != NULL ||
		  strstr(result->error, "Duplicate") != NULL)) {
		/* an insert stands alone: the row exists */
		i_free(batch);
		store->committing = FALSE;
		pix_store_put_finish(put, PIX_STORE_CONFLICT);
		if (store->puts_head != NULL)
			pix_store_commit_later(store);
		return;
	} else
		pix_store_failed(store, "writing", result->error);
	i_free(batch);
	store->committing = FALSE;
	for (; put != NULL; put = next) {
		next = put->next;
		pix_store_put_finish(put, failed ? PIX_STORE_UNAVAILABLE :
				     put->rows == 1 ? PIX_STORE_OK :
				     PIX_STORE_CONFLICT);
	}
	if (store->puts_head != NULL)
		pix_store_commit_later(store);
}

static struct sql_statement *pix_store_put_stmt(struct pix_store_put *put)
{
	const struct pix_row *row = &put->row;
	struct sql_statement *stmt;
	unsigned int i = 0;

	stmt = sql_statement_init(put->store->db, put->insert ?
		(row->lookup == NULL ?
		 "INSERT INTO pix_row (owner, version, kid, mac, data, changed, kind, id) VALUES (?, ?, ?, ?, ?, ?, ?, ?)" :
		 "INSERT INTO pix_row (lookup, owner, version, kid, mac, data, changed, kind, id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)") :
		(row->lookup == NULL ?
		 "UPDATE pix_row SET lookup = NULL, owner = ?, version = ?, kid = ?, mac = ?, data = ?, changed = ? WHERE kind = ? AND id = ? AND version = ?" :
		 "UPDATE pix_row SET lookup = ?, owner = ?, version = ?, kid = ?, mac = ?, data = ?, changed = ? WHERE kind = ? AND id = ? AND version = ?"));
	if (row->lookup != NULL)
		sql_statement_bind_str(stmt, i++, row->lookup);
	sql_statement_bind_str(stmt, i++, row->owner);
	sql_statement_bind_int64(stmt, i++, (int64_t)row->version);
	sql_statement_bind_str(stmt, i++, put->kid);
	sql_statement_bind_str(stmt, i++, put->mac);
	sql_statement_bind_str(stmt, i++, put->data);
	sql_statement_bind_int64(stmt, i++, (int64_t)ioloop_time);
	sql_statement_bind_str(stmt, i++, row->kind);
	sql_statement_bind_str(stmt, i++, row->id);
	if (!put->insert)
		sql_statement_bind_int64(stmt, i++, (int64_t)row->version - 1);
	return stmt;
}

/* Takes the changes of the next transaction from the queue: many updates, or
   one insert, which fails as a whole where the row exists. */
static struct pix_store_put *pix_store_batch_take(struct pix_identity_store *store)
{
	struct pix_store_put *first = store->puts_head, *last = first;
	unsigned int count = 1;

	while (!first->insert && last->next != NULL && !last->next->insert &&
	       count < PIX_STORE_BATCH_MAX) {
		last = last->next;
		count++;
	}
	store->puts_head = last->next;
	if (store->puts_head == NULL)
		store->puts_tail = NULL;
	store->puts_count -= count;
	last->next = NULL;
	return first;
}

static void pix_store_commit(struct pix_identity_store *store)
{
	struct sql_transaction_context *trans;
	struct pix_store_batch *batch;
	struct pix_store_put *put;

	timeout_remove(&store->to_commit);
	if (store->puts_head == NULL || store->committing)
		return;
	store->committing = TRUE;
	batch = i_new(struct pix_store_batch, 1);
	batch->store = store;
	batch->puts = pix_store_batch_take(store);
	if (!pix_store_file_ok(store)) {
		const struct sql_commit_result failed = { .error = "the database is gone" };

		pix_store_committed(&failed, batch);
		return;
	}
	trans = sql_transaction_begin(store->db);
	for (put = batch->puts; put != NULL; put = put->next) T_BEGIN {
		struct sql_statement *stmt = pix_store_put_stmt(put);

		sql_update_stmt_get_rows(trans, &stmt, &put->rows);
	} T_END;
	sql_transaction_commit(&trans, pix_store_committed, batch);
}

void pix_identity_store_put(struct pix_identity_store *store,
			    const struct pix_row *row,
			    pix_store_put_callback_t *callback, void *context)
{
	pool_t pool = pool_alloconly_create("pix store put", 1024);
	struct pix_store_put *put = p_new(pool, struct pix_store_put, 1);
	char mac[PIX_KEYRING_MAC_LEN + 1];

	put->pool = pool;
	put->store = store;
	put->insert = row->version == 0;
	put->row.kind = p_strdup(pool, row->kind);
	put->row.id = p_strdup(pool, row->id);
	put->row.owner = p_strdup(pool, row->owner);
	put->row.lookup = p_strdup(pool, row->lookup);
	put->row.version = row->version + 1;
	put->row.data = json_incref(row->data);
	put->data = p_strdup(pool, t_pix_json(row->data));
	put->kid = p_strdup(pool, pix_keyring_kid(store->keyring, 0));
	if (!pix_store_row_mac(store, put->kid, &put->row, put->data, mac))
		i_unreached();
	put->mac = p_strdup(pool, mac);
	put->callback = callback;
	put->context = context;

	if (store->puts_tail == NULL)
		store->puts_head = put;
	else
		store->puts_tail->next = put;
	store->puts_tail = put;
	store->puts_count++;
	pix_store_commit_later(store);
}

void pix_store_puts_deinit(struct pix_identity_store *store)
{
	/* peers are gone already: what they asked for is still written, unless
	   the database has become unusable */
	while (store->puts_head != NULL && !store->committing)
		pix_store_commit(store);
	timeout_remove(&store->to_commit);
}
