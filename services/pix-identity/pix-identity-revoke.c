/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-identity-revoke.h"
#include "hash.h"
#include "hex-binary.h"
#include "ioloop.h"
#include "sha2.h"

#define PIX_REVOKE_READ_MSECS (60 * 1000)
#define PIX_REVOKE_RETRY_MSECS (2 * 1000)
#define PIX_REVOKE_KEEP_SECS (366 * 24 * 3600)

struct pix_revoke {
	char *id;
	uint64_t version;
	/* of users: tokens that were issued before this are revoked */
	int64_t before;
};

struct pix_revokes {
	struct pix_identity *identity;
	HASH_TABLE(char *, struct pix_revoke *) table;
	struct timeout *to;
	bool loaded;
};

static void pix_revokes_read(struct pix_revokes *revokes);

static void pix_revokes_clear(struct pix_revokes *revokes)
{
	struct hash_iterate_context *iter = hash_table_iterate_init(revokes->table);
	struct pix_revoke *revoke;
	char *id;

	while (hash_table_iterate(iter, revokes->table, &id, &revoke)) {
		i_free(revoke->id);
		i_free(revoke);
	}
	hash_table_iterate_deinit(&iter);
	hash_table_clear(revokes->table, TRUE);
}

void pix_revokes_add(struct pix_revokes *revokes, const struct pix_row *row)
{
	struct pix_revoke *revoke = hash_table_lookup(revokes->table, row->id);
	int64_t until;

	if (revoke == NULL) {
		/* the token has expired by itself */
		if (pix_json_int(row->data, "until", 1, INT64_MAX, &until) &&
		    until < ioloop_time)
			return;
		revoke = i_new(struct pix_revoke, 1);
		revoke->id = i_strdup(row->id);
		hash_table_insert(revokes->table, revoke->id, revoke);
	}
	revoke->version = row->version;
	if (!pix_json_int(row->data, "before", 0, INT64_MAX, &revoke->before))
		revoke->before = 0;
}

static void
pix_revokes_rows(enum pix_store_result result, const struct pix_row *rows,
		 unsigned int count, unsigned int tampered ATTR_UNUSED,
		 void *context)
{
	struct pix_revokes *revokes = context;

	timeout_remove(&revokes->to);
	if (result != PIX_STORE_OK) {
		/* what is in memory stays in force */
		revokes->to = timeout_add(PIX_REVOKE_RETRY_MSECS,
					  pix_revokes_read, revokes);
		return;
	}
	pix_revokes_clear(revokes);
	for (unsigned int i = 0; i < count; i++)
		pix_revokes_add(revokes, &rows[i]);
	revokes->loaded = TRUE;
	revokes->to = timeout_add(PIX_REVOKE_READ_MSECS, pix_revokes_read, revokes);
}

static void pix_revokes_read(struct pix_revokes *revokes)
{
	timeout_remove(&revokes->to);
	pix_identity_store_kind(revokes->identity->store, PIX_REVOKE_KIND,
				pix_revokes_rows, revokes);
}

struct pix_revokes *pix_revokes_init(struct pix_identity *identity)
{
	struct pix_revokes *revokes = i_new(struct pix_revokes, 1);

	revokes->identity = identity;
	hash_table_create(&revokes->table, default_pool, 0, str_hash, strcmp);
	pix_revokes_read(revokes);
	return revokes;
}

void pix_revokes_deinit(struct pix_revokes **_revokes)
{
	struct pix_revokes *revokes = *_revokes;

	if (revokes == NULL)
		return;
	*_revokes = NULL;
	timeout_remove(&revokes->to);
	pix_revokes_clear(revokes);
	hash_table_destroy(&revokes->table);
	i_free(revokes);
}

static const char *pix_revoke_token_id(const char *hash)
{
	return t_strconcat("t-", hash, NULL);
}

/* Names may be longer than an id. */
static const char *pix_revoke_user_id(const char *user, const char *issuer)
{
	unsigned char digest[SHA256_RESULTLEN];
	const char *text = t_strdup_printf("%zu:%s%s", strlen(user), user,
					   issuer == NULL ? "" : issuer);

	sha256_get_digest(text, strlen(text), digest);
	return t_strconcat("u-", binary_to_hex(digest, 24), NULL);
}

static bool
pix_revokes_user(const struct pix_revokes *revokes, const char *user,
		 const char *issuer, int64_t issued)
{
	const struct pix_revoke *revoke =
		hash_table_lookup(revokes->table, pix_revoke_user_id(user, issuer));

	return revoke != NULL && issued < revoke->before;
}

enum pix_revoke_verdict
pix_revokes_check(const struct pix_revokes *revokes,
		  const struct pix_revoke_token *token)
{
	if (hash_table_lookup(revokes->table, pix_revoke_token_id(token->hash)) != NULL ||
	    pix_revokes_user(revokes, token->user, NULL, token->issued) ||
	    pix_revokes_user(revokes, token->user, token->issuer, token->issued))
		return PIX_REVOKE_YES;
	return revokes->loaded ? PIX_REVOKE_NO : PIX_REVOKE_UNAVAILABLE;
}

static json_t *pix_revoke_data(const char *actor, const char *reason)
{
	json_t *data = json_object();

	pix_json_set_int(data, "created", ioloop_time);
	pix_json_set_str(data, "actor", actor);
	pix_json_set_str(data, "reason", reason);
	return data;
}

struct pix_row
pix_revoke_token_row(const char *hash, int64_t until, const char *actor,
		     const char *reason)
{
	struct pix_row row = {
		.kind = PIX_REVOKE_KIND,
		.id = pix_revoke_token_id(hash),
		.owner = "",
		.data = pix_revoke_data(actor, reason),
	};

	pix_json_set_str(row.data, "token", hash);
	pix_json_set_int(row.data, "until", until > 0 ? until :
			 (int64_t)ioloop_time + PIX_REVOKE_KEEP_SECS);
	return row;
}

struct pix_row
pix_revoke_user_row(const char *user, const char *issuer, const char *actor,
		    const char *reason)
{
	struct pix_row row = {
		.kind = PIX_REVOKE_KIND,
		.id = pix_revoke_user_id(user, issuer),
		.owner = user,
		.data = pix_revoke_data(actor, reason),
	};

	pix_json_set_str(row.data, "issuer", issuer);
	/* a token that is issued in this second is of before: its user may get
	   another one, a thief may not */
	pix_json_set_int(row.data, "before", (int64_t)ioloop_time + 1);
	return row;
}

uint64_t pix_revokes_version(const struct pix_revokes *revokes, const char *id)
{
	const struct pix_revoke *revoke = hash_table_lookup(revokes->table, id);

	return revoke == NULL ? 0 : revoke->version;
}

unsigned int pix_revokes_count(const struct pix_revokes *revokes)
{
	return hash_table_count(revokes->table);
}
