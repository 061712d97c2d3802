/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-identity-store-private.h"
#include "array.h"
#include "ioloop.h"
#include "strnum.h"

#include <sys/stat.h>

/* Each step brings the schema from the version before to its own. A released
   step is never changed. MySQL compares text without regard to case unless told. */
static const struct {
	unsigned int version;
	const char *driver;
	const char *sql;
} pix_store_steps[] = {
	{ 1, NULL, "CREATE TABLE pix_row (kind VARCHAR(32)%b NOT NULL, id VARCHAR(64)%b NOT NULL, "
		   "owner VARCHAR(255)%b NOT NULL, lookup VARCHAR(64)%b, version BIGINT NOT NULL, "
		   "changed BIGINT NOT NULL, kid VARCHAR(16)%b NOT NULL, mac VARCHAR(64)%b NOT NULL, "
		   "data TEXT%b NOT NULL, PRIMARY KEY (kind, id))" },
	{ 1, NULL, "CREATE UNIQUE INDEX pix_row_lookup ON pix_row (lookup)" },
	{ 1, NULL, "CREATE INDEX pix_row_owner ON pix_row (owner, kind)" },
	{ 1, NULL, "CREATE INDEX pix_row_changed ON pix_row (changed)" },
};

static const char *pix_store_sql(struct pix_identity_store *store, const char *sql)
{
	const char *binary = strcmp(store->driver, "mysql") == 0 ?
		" CHARACTER SET utf8mb4 COLLATE utf8mb4_bin" : "";
	string_t *str = t_str_new(512);
	const char *p;

	for (; (p = strstr(sql, "%b")) != NULL; sql = p + 2) {
		str_append_data(str, sql, p - sql);
		str_append(str, binary);
	}
	str_append(str, sql);
	return str_c(str);
}

struct pix_store_run {
	const char *error;
	bool done;
};

static void pix_store_run_done(const struct sql_commit_result *result,
			       struct pix_store_run *run)
{
	run->done = TRUE;
	run->error = t_strdup(result->error);
}

/* Runs statements that return nothing, in one transaction, and waits. (A query
   without columns makes 2.3's driver of SQLite panic.) */
static int
pix_store_run(struct pix_identity_store *store, const char *const *sql,
	      const char **error_r)
{
	struct sql_transaction_context *trans = sql_transaction_begin(store->db);
	struct pix_store_run run = { .error = NULL };

	for (; *sql != NULL; sql++)
		sql_update(trans, *sql);
	sql_transaction_commit(&trans, pix_store_run_done, &run);
	if (!run.done)
		sql_wait(store->db);
	if (!run.done)
		run.error = "no answer";
	*error_r = run.error == NULL ? NULL : pix_sql_error(run.error);
	return run.error == NULL ? 0 : -1;
}

/* The first column of the first row, NULL without rows. Returns 0, or -1 and
   error_r. */
static int
pix_store_value(struct pix_identity_store *store, const char *sql,
		const char **value_r, const char **error_r)
{
	struct sql_result *result = sql_query_s(store->db, sql);
	int ret = sql_result_next_row(result);

	*value_r = NULL;
	if (ret > 0)
		*value_r = t_strdup(sql_result_get_field_value(result, 0));
	else if (ret < 0)
		*error_r = t_strdup(pix_sql_error(sql_result_get_error(result)));
	sql_result_unref(result);
	return ret < 0 ? -1 : 0;
}

/* Version of the schema, 0 for an empty database. */
static int
pix_store_schema_version(struct pix_identity_store *store,
			 unsigned int *version_r, const char **error_r)
{
	const char *const create[] = {
		"CREATE TABLE IF NOT EXISTS pix_schema (version INTEGER NOT NULL PRIMARY KEY, applied BIGINT NOT NULL)",
		NULL
	};
	const char *value;

	*version_r = 0;
	if (pix_store_run(store, create, error_r) < 0 ||
	    pix_store_value(store, "SELECT MAX(version) FROM pix_schema",
			    &value, error_r) < 0)
		return -1;
	if (value != NULL && str_to_uint(value, version_r) < 0) {
		*error_r = "the table pix_schema holds no number";
		return -1;
	}
	return 0;
}

/* One step, as a whole or not at all where the database can do that. */
static int
pix_store_schema_step(struct pix_identity_store *store, unsigned int version,
		      const char **error_r)
{
	ARRAY_TYPE(const_string) sql;
	const char *str;

	t_array_init(&sql, 8);
	for (unsigned int i = 0; i < N_ELEMENTS(pix_store_steps); i++) {
		if (pix_store_steps[i].version != version)
			continue;
		if (pix_store_steps[i].driver != NULL &&
		    strcmp(pix_store_steps[i].driver, store->driver) != 0)
			continue;
		str = pix_store_sql(store, pix_store_steps[i].sql);
		array_push_back(&sql, &str);
	}
	str = t_strdup_printf("INSERT INTO pix_schema (version, applied) VALUES (%u, %ld)",
			      version, (long)ioloop_time);
	array_push_back(&sql, &str);
	array_append_zero(&sql);
	return pix_store_run(store, array_front(&sql), error_r);
}

static int pix_store_sqlite_init(struct pix_identity_store *store, const char **error_r)
{
	const char *value;
	struct stat st;

	if (pix_store_value(store, "PRAGMA journal_mode = WAL", &value, error_r) < 0)
		return -1;
	/* a used code must stay used after a crash of the machine */
	sql_exec(store->db, "PRAGMA synchronous = FULL");
	if (pix_store_value(store, "PRAGMA synchronous", &value, error_r) < 0)
		return -1;
	if (null_strcmp(value, "2") != 0) {
		*error_r = "PRAGMA synchronous = FULL has no effect";
		return -1;
	}
	if (pix_store_value(store, "PRAGMA secure_delete = ON", &value, error_r) < 0)
		return -1;
	if (stat(store->path, &st) < 0) {
		*error_r = t_strdup_printf("stat(%s) failed: %m", store->path);
		return -1;
	}
	store->dev = st.st_dev;
	store->ino = st.st_ino;
	return 0;
}

int pix_store_schema_init(struct pix_identity_store *store, const char **error_r)
{
	unsigned int version;

	if (store->path != NULL && pix_store_sqlite_init(store, error_r) < 0)
		return -1;
	if (pix_store_schema_version(store, &version, error_r) < 0)
		return -1;
	if (version > PIX_STORE_SCHEMA) {
		*error_r = t_strdup_printf("the database has schema %u, this release knows %u: install the newer release again",
					   version, PIX_STORE_SCHEMA);
		return -1;
	}
	while (version < PIX_STORE_SCHEMA) {
		if (pix_store_schema_step(store, ++version, error_r) < 0)
			return -1;
	}
	return 0;
}
