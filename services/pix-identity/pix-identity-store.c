/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-identity-store-private.h"
#include "pix-identity-epoch.h"
#include "byteorder.h"
#include "ioloop.h"
#include "lib-event.h"
#include "str-sanitize.h"
#include "strnum.h"

#include <sys/stat.h>

#define PIX_STORE_COLUMNS "kind, id, owner, lookup, version, kid, mac, data"

struct pix_store_query {
	struct pix_identity_store *store;
	/* count the owner's rows against the epoch */
	char *owner, *kind;
	pix_store_rows_callback_t *callback;
	void *context;
};

static void pix_store_mac_part(buffer_t *buf, const char *part)
{
	uint32_t len = part == NULL ? UINT32_MAX : (uint32_t)strlen(part);
	unsigned char be[4];

	/* the lengths keep one part from running into the next */
	cpu32_to_be_unaligned(len, be);
	buffer_append(buf, be, sizeof(be));
	if (part != NULL)
		buffer_append(buf, part, len);
}

bool pix_store_row_mac(struct pix_identity_store *store, const char *kid,
		       const struct pix_row *row, const char *data,
		       char mac_r[PIX_KEYRING_MAC_LEN + 1])
{
	buffer_t *buf = t_buffer_create(512);

	pix_store_mac_part(buf, kid);
	pix_store_mac_part(buf, row->kind);
	pix_store_mac_part(buf, row->id);
	pix_store_mac_part(buf, row->owner);
	pix_store_mac_part(buf, row->lookup);
	pix_store_mac_part(buf, t_strdup_printf("%llu", (unsigned long long)row->version));
	pix_store_mac_part(buf, data);
	return pix_keyring_mac(store->keyring, kid, buf->data, buf->used, mac_r);
}

/* What an administrator should do about it, by what the drivers say. */
static const char *pix_store_remedy(const char *error)
{
	static const struct {
		const char *text, *remedy;
	} remedies[] = {
		{ "disk is full", "free space in pix_identity_dir" },
		{ "readonly", "make the database and its folder writable for the service's user" },
		{ "read-only", "make the database and its folder writable for the service's user" },
		{ "locked", "end the program that holds the database" },
		{ "unable to open", "check pix_identity_dir" },
		{ "malformed", "restore the database from its backup" },
		{ "not a database", "restore the database from its backup" },
		{ "disk I/O error", "check the disk of pix_identity_dir" },
		{ "no such table", "restore the database from its backup" },
	};

	for (unsigned int i = 0; i < N_ELEMENTS(remedies); i++) {
		if (strstr(error, remedies[i].text) != NULL)
			return remedies[i].remedy;
	}
	return "check pix_identity_store and pix_identity_store_connect";
}

void pix_store_failed(struct pix_identity_store *store, const char *what,
		      const char *error)
{
	const char *text = pix_sql_error(error);
	const char *full = t_strdup_printf("Store: %s failed: %s%s%s (%s)", what,
		store->path == NULL ? store->driver : store->path, ": ", text,
		pix_store_remedy(text));

	store->failures++;
	if (store->problem == NULL)
		store->complained = 0;
	i_free(store->problem);
	store->problem = i_strdup(full);
	if (store->complained != 0 &&
	    ioloop_time - store->complained < PIX_STORE_COMPLAIN_SECS)
		return;
	if (store->complained == 0)
		e_error(store->event, "%s", full);
	else
		e_error(store->event, "%s (%u failures)", full, store->failures);
	store->complained = ioloop_time;
}

void pix_store_worked(struct pix_identity_store *store)
{
	if (store->problem == NULL)
		return;
	e_info(store->event, "Store: works again after %u failures", store->failures);
	i_free(store->problem);
	store->failures = 0;
}

const char *pix_identity_store_problem(struct pix_identity_store *store)
{
	(void)pix_store_file_ok(store);
	return store->problem;
}

bool pix_store_file_ok(struct pix_identity_store *store)
{
	struct stat st;

	/* SQLite goes on with a file that was removed or replaced: what it
	   accepts there would be lost */
	if (store->path == NULL || store->ino == 0)
		return TRUE;
	if (stat(store->path, &st) < 0) {
		pix_store_failed(store, "stat", t_strdup_printf(
			"%m: the database was removed: put it back and restart Dovecot"));
		return FALSE;
	}
	if (st.st_ino != store->ino || st.st_dev != store->dev) {
		pix_store_failed(store, "stat", "the database was replaced: restart Dovecot");
		return FALSE;
	}
	return TRUE;
}

/* Fills row_r from the current row of the result, or says why it can't be
   believed. */
static bool
pix_store_row_read(struct pix_identity_store *store, struct sql_result *result,
		   struct pix_row *row_r, const char **error_r)
{
	const char *const *v = sql_result_get_values(result);
	char mac[PIX_KEYRING_MAC_LEN + 1];

	i_zero(row_r);
	for (unsigned int i = 0; i < 8; i++) {
		if (v[i] == NULL && i != 3) {
			*error_r = "a column is NULL";
			return FALSE;
		}
	}
	row_r->kind = t_strdup(v[0]);
	row_r->id = t_strdup(v[1]);
	row_r->owner = t_strdup(v[2]);
	row_r->lookup = t_strdup(v[3]);
	if (str_to_uint64(v[4], &row_r->version) < 0) {
		*error_r = "invalid version";
		return FALSE;
	}
	if (!pix_store_row_mac(store, v[5], row_r, v[7], mac)) {
		*error_r = t_strdup_printf("made with the key %s, which is not in the key file", v[5]);
		return FALSE;
	}
	if (!mem_equals_timing_safe(mac, v[6], I_MIN(strlen(v[6]), PIX_KEYRING_MAC_LEN)) ||
	    strlen(v[6]) != PIX_KEYRING_MAC_LEN) {
		*error_r = "changed behind our back";
		return FALSE;
	}
	if (row_r->version < pix_epoch_version(store->epoch, row_r->kind, row_r->id)) {
		*error_r = "rolled back to an older version";
		return FALSE;
	}
	row_r->data = pix_json_parse_object(v[7], strlen(v[7]), PIX_JSON_MAX_DEPTH, error_r);
	if (row_r->data == NULL)
		return FALSE;
	pix_epoch_seen(store->epoch, row_r->kind, row_r->id, row_r->owner, row_r->version);
	return TRUE;
}

/* Reads all rows. Returns 0, or -1 if the database failed. */
static int
pix_store_rows_read(struct pix_identity_store *store, struct sql_result *result,
		    ARRAY_TYPE(pix_row) *rows, unsigned int *tampered_r)
{
	const char *error;
	struct pix_row row;
	int ret;

	*tampered_r = 0;
	while ((ret = sql_result_next_row(result)) > 0) {
		if (pix_store_row_read(store, result, &row, &error)) {
			array_push_back(rows, &row);
			continue;
		}
		e_error(store->event, "Row kind=%s id=%s owner=%s is refused: %s (see TAMPERING in pix-identity(8))",
			row.kind == NULL ? "" : str_sanitize(row.kind, 32),
			row.id == NULL ? "" : str_sanitize(row.id, 64),
			row.owner == NULL ? "" : str_sanitize(row.owner, 255), error);
		*tampered_r += 1;
		if (store->tampered != NULL && row.owner != NULL)
			store->tampered(row.owner, store->tampered_context);
	}
	return ret;
}

/* Rows of the owner that must be there and are not. */
static unsigned int
pix_store_rows_missing(struct pix_store_query *query, unsigned int count)
{
	unsigned int want;

	if (query->owner == NULL)
		return 0;
	want = pix_epoch_owner_rows(query->store->epoch, query->owner, query->kind);
	if (want <= count)
		return 0;
	e_error(query->store->event, "%u rows of owner=%s are missing: they were deleted behind our back (see TAMPERING in pix-identity(8))",
		want - count, str_sanitize(query->owner, 255));
	if (query->store->tampered != NULL)
		query->store->tampered(query->owner, query->store->tampered_context);
	return want - count;
}

static void
pix_store_query_done(struct sql_result *result, struct pix_store_query *query)
{
	struct pix_identity_store *store = query->store;

	T_BEGIN {
		ARRAY_TYPE(pix_row) rows;
		struct pix_row *row;
		unsigned int tampered;

		t_array_init(&rows, 16);
		if (pix_store_rows_read(store, result, &rows, &tampered) < 0) {
			pix_store_failed(store, "reading", sql_result_get_error(result));
			query->callback(PIX_STORE_UNAVAILABLE, NULL, 0, 0, query->context);
		} else {
			pix_store_worked(store);
			tampered += pix_store_rows_missing(query,
				array_count(&rows) + tampered);
			query->callback(PIX_STORE_OK,
				array_count(&rows) == 0 ? NULL : array_front(&rows),
				array_count(&rows), tampered, query->context);
		}
		array_foreach_modifiable(&rows, row)
			json_decref(row->data);
	} T_END;
	i_free(query->owner);
	i_free(query->kind);
	i_free(query);
}

static void
pix_store_query(struct pix_identity_store *store, const char *where,
		const char *value1, const char *value2,
		const char *owner, const char *kind,
		pix_store_rows_callback_t *callback, void *context)
{
	struct pix_store_query *query;
	struct sql_statement *stmt;

	if (!pix_store_file_ok(store)) {
		callback(PIX_STORE_UNAVAILABLE, NULL, 0, 0, context);
		return;
	}
	query = i_new(struct pix_store_query, 1);
	query->store = store;
	query->owner = i_strdup(owner);
	query->kind = i_strdup(kind);
	query->callback = callback;
	query->context = context;
	stmt = sql_statement_init(store->db, t_strconcat(
		"SELECT "PIX_STORE_COLUMNS" FROM pix_row WHERE ", where, NULL));
	sql_statement_bind_str(stmt, 0, value1);
	if (value2 != NULL)
		sql_statement_bind_str(stmt, 1, value2);
	sql_statement_query(&stmt, pix_store_query_done, query);
}

void pix_identity_store_owner(struct pix_identity_store *store,
			      const char *owner, const char *kind,
			      pix_store_rows_callback_t *callback, void *context)
{
	pix_store_query(store, kind == NULL ? "owner = ?" : "owner = ? AND kind = ?",
			owner, kind, owner, kind, callback, context);
}

void pix_identity_store_get(struct pix_identity_store *store,
			    const char *kind, const char *id,
			    pix_store_rows_callback_t *callback, void *context)
{
	pix_store_query(store, "kind = ? AND id = ?", kind, id, NULL, NULL,
			callback, context);
}

void pix_identity_store_lookup(struct pix_identity_store *store,
			       const char *lookup,
			       pix_store_rows_callback_t *callback, void *context)
{
	pix_store_query(store, "lookup = ?", lookup, NULL, NULL, NULL,
			callback, context);
}

void pix_identity_store_kind(struct pix_identity_store *store, const char *kind,
			     pix_store_rows_callback_t *callback, void *context)
{
	pix_store_query(store, "kind = ?", kind, NULL, NULL, NULL,
			callback, context);
}

void pix_identity_store_changed(struct pix_identity_store *store, time_t since,
				pix_store_rows_callback_t *callback, void *context)
{
	struct pix_store_query *query = i_new(struct pix_store_query, 1);
	struct sql_statement *stmt;

	query->store = store;
	query->callback = callback;
	query->context = context;
	stmt = sql_statement_init(store->db,
		"SELECT "PIX_STORE_COLUMNS" FROM pix_row WHERE changed >= ?");
	sql_statement_bind_int64(stmt, 0, since);
	sql_statement_query(&stmt, pix_store_query_done, query);
}

bool pix_identity_store_is_shared(const struct pix_identity_store *store)
{
	return store->path == NULL;
}

int pix_identity_store_init(const struct pix_identity_store_params *params,
			    struct pix_identity_store **store_r,
			    const char **error_r)
{
	const struct pix_sql_params sql_params = {
		.driver = params->driver,
		.connect = params->path != NULL ? params->path : params->connect,
		.event_parent = params->event_parent,
	};
	struct pix_identity_store *store;
	struct sql_db *db;

	if (pix_sql_init(&sql_params, &db, error_r) < 0)
		return -1;
	store = i_new(struct pix_identity_store, 1);
	store->event = event_create(params->event_parent);
	store->driver = i_strdup(params->driver);
	store->path = i_strdup(params->path);
	store->db = db;
	store->keyring = params->keyring;
	store->epoch = params->epoch;
	store->tampered = params->tampered;
	store->tampered_context = params->tampered_context;
	if (pix_store_schema_init(store, error_r) < 0) {
		pix_identity_store_deinit(&store);
		return -1;
	}
	*store_r = store;
	return 0;
}

void pix_identity_store_deinit(struct pix_identity_store **_store)
{
	struct pix_identity_store *store = *_store;

	if (store == NULL)
		return;
	*_store = NULL;
	pix_store_puts_deinit(store);
	pix_sql_deinit(&store->db);
	event_unref(&store->event);
	i_free(store->driver);
	i_free(store->path);
	i_free(store->problem);
	i_free(store);
}
