/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-identity-throttle.h"
#include "hash.h"
#include "llist.h"

/* Users with wrong codes that are remembered; the oldest are forgotten first. */
#define PIX_THROTTLE_USERS_MAX 100000
#define PIX_THROTTLE_HASHES_MAX 64

struct pix_throttle_user {
	struct pix_throttle_user *prev, *next;
	char *name;
	time_t since;
	unsigned int count;
	unsigned int hashes[PIX_THROTTLE_HASHES_MAX];
};

struct pix_throttle {
	unsigned int limit, interval;
	HASH_TABLE(char *, struct pix_throttle_user *) users;
	/* by time of the first wrong code */
	struct pix_throttle_user *head, *tail;
};

struct pix_throttle *pix_throttle_init(unsigned int limit, unsigned int interval)
{
	struct pix_throttle *throttle = i_new(struct pix_throttle, 1);

	throttle->limit = I_MIN(limit, PIX_THROTTLE_HASHES_MAX);
	throttle->interval = interval;
	hash_table_create(&throttle->users, default_pool, 0, str_hash, strcmp);
	return throttle;
}

static void
pix_throttle_free(struct pix_throttle *throttle, struct pix_throttle_user *user)
{
	DLLIST2_REMOVE(&throttle->head, &throttle->tail, user);
	hash_table_remove(throttle->users, user->name);
	i_free(user->name);
	i_free(user);
}

void pix_throttle_deinit(struct pix_throttle **_throttle)
{
	struct pix_throttle *throttle = *_throttle;

	if (throttle == NULL)
		return;
	*_throttle = NULL;
	while (throttle->head != NULL)
		pix_throttle_free(throttle, throttle->head);
	hash_table_destroy(&throttle->users);
	i_free(throttle);
}

static void pix_throttle_expire(struct pix_throttle *throttle, time_t now)
{
	while (throttle->head != NULL &&
	       (throttle->head->since + (time_t)throttle->interval <= now ||
		/* the clock was set back */
		throttle->head->since > now ||
		hash_table_count(throttle->users) > PIX_THROTTLE_USERS_MAX))
		pix_throttle_free(throttle, throttle->head);
}

bool pix_throttle_locked(struct pix_throttle *throttle, const char *name, time_t now)
{
	const struct pix_throttle_user *user;

	pix_throttle_expire(throttle, now);
	user = hash_table_lookup(throttle->users, name);
	return user != NULL && throttle->limit > 0 &&
		user->count >= throttle->limit;
}

bool pix_throttle_wrong(struct pix_throttle *throttle, const char *name,
			unsigned int hash, time_t now)
{
	struct pix_throttle_user *user;

	if (throttle->limit == 0)
		return FALSE;
	pix_throttle_expire(throttle, now);
	user = hash_table_lookup(throttle->users, name);
	if (user == NULL) {
		user = i_new(struct pix_throttle_user, 1);
		user->name = i_strdup(name);
		user->since = now;
		hash_table_insert(throttle->users, user->name, user);
		DLLIST2_APPEND(&throttle->head, &throttle->tail, user);
	}
	for (unsigned int i = 0; i < user->count; i++) {
		if (user->hashes[i] == hash)
			return FALSE;
	}
	if (user->count == throttle->limit)
		return FALSE;
	user->hashes[user->count++] = hash;
	return user->count == throttle->limit;
}

void pix_throttle_right(struct pix_throttle *throttle, const char *name)
{
	struct pix_throttle_user *user = hash_table_lookup(throttle->users, name);

	if (user != NULL)
		pix_throttle_free(throttle, user);
}
