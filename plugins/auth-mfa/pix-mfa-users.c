/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-mfa-users.h"
#include "pix-enrolled-file.h"
#include "hash.h"

HASH_TABLE_DEFINE_TYPE(pix_mfa_flags, char *, void *);

struct pix_mfa_users {
	/* name -> flags */
	HASH_TABLE_TYPE(pix_mfa_flags) hash;
	/* a whole set that is being pushed, until it is complete */
	HASH_TABLE_TYPE(pix_mfa_flags) incoming;
	bool receiving, known, fresh;
};

static void
pix_mfa_users_set(HASH_TABLE_TYPE(pix_mfa_flags) hash, const char *name,
		  unsigned int flags)
{
	char *key;
	void *value;

	if (hash_table_lookup_full(hash, name, &key, &value)) {
		if (flags != 0)
			hash_table_update(hash, key, POINTER_CAST(flags));
		else {
			hash_table_remove(hash, key);
			i_free(key);
		}
	} else if (flags != 0)
		hash_table_insert(hash, i_strdup(name), POINTER_CAST(flags));
}

static void pix_mfa_users_clear(HASH_TABLE_TYPE(pix_mfa_flags) hash)
{
	struct hash_iterate_context *iter = hash_table_iterate_init(hash);
	char *key;
	void *value;

	while (hash_table_iterate(iter, hash, &key, &value))
		i_free(key);
	hash_table_iterate_deinit(&iter);
	hash_table_clear(hash, TRUE);
}

static void
pix_mfa_users_from_file(const char *name, unsigned int flags, void *context)
{
	struct pix_mfa_users *users = context;

	pix_mfa_users_set(users->hash, name, flags);
}

struct pix_mfa_users *pix_mfa_users_init(const char *dir, const char **error_r)
{
	struct pix_mfa_users *users = i_new(struct pix_mfa_users, 1);
	int ret;

	hash_table_create(&users->hash, default_pool, 0, str_hash, strcmp);
	hash_table_create(&users->incoming, default_pool, 0, str_hash, strcmp);
	ret = pix_enrolled_file_read(dir, pix_mfa_users_from_file, users, error_r);
	if (ret < 0)
		pix_mfa_users_deinit(&users);
	else
		users->known = ret > 0;
	return users;
}

void pix_mfa_users_deinit(struct pix_mfa_users **_users)
{
	struct pix_mfa_users *users = *_users;

	if (users == NULL)
		return;
	*_users = NULL;
	pix_mfa_users_clear(users->hash);
	pix_mfa_users_clear(users->incoming);
	hash_table_destroy(&users->hash);
	hash_table_destroy(&users->incoming);
	i_free(users);
}

void pix_mfa_users_push(struct pix_mfa_users *users, const json_t *msg)
{
	json_t *names = json_object_get(msg, "users"), *value;
	const char *push = pix_json_str(msg, "push"), *name;
	HASH_TABLE_TYPE(pix_mfa_flags) old;

	if (null_strcmp(push, "users") != 0)
		return;
	if (pix_json_true(msg, "reset")) {
		pix_mfa_users_clear(users->incoming);
		users->receiving = TRUE;
	}
	json_object_foreach(names, name, value) {
		if (json_is_integer(value)) {
			pix_mfa_users_set(users->receiving ? users->incoming : users->hash,
					  name, (unsigned int)json_integer_value(value));
		}
	}
	if (users->receiving && pix_json_true(msg, "complete")) {
		old = users->hash;
		users->hash = users->incoming;
		users->incoming = old;
		pix_mfa_users_clear(users->incoming);
		users->receiving = FALSE;
		users->known = users->fresh = TRUE;
	}
}

bool pix_mfa_users_known(const struct pix_mfa_users *users)
{
	return users->known;
}

bool pix_mfa_users_fresh(const struct pix_mfa_users *users)
{
	return users->fresh;
}

enum pix_mfa_user_flags
pix_mfa_users_flags(const struct pix_mfa_users *users, const char *name)
{
	return POINTER_CAST_TO(hash_table_lookup(users->hash, name), unsigned int);
}
