/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-identity-users.h"
#include "pix-identity-dispatch.h"
#include "pix-identity-epoch.h"
#include "pix-enrolled-file.h"
#include "hash.h"
#include "ioloop.h"

#define PIX_USERS_RETRY_MSECS 1000
/* names in one push */
#define PIX_USERS_CHUNK 5000
#define PIX_USERS_KINDS 3
/* how soon a change by another host is seen; and by how many seconds the
   clocks of the hosts may differ */
#define PIX_USERS_POLL_MSECS 1000
#define PIX_USERS_POLL_SLACK 5

struct pix_user {
	char *name;
	enum pix_user_flags flags;
	/* valid rows by kind, while the set is loaded */
	unsigned int rows[PIX_USERS_KINDS];
};

struct pix_users {
	struct pix_identity *identity;
	HASH_TABLE(char *, struct pix_user *) hash;
	struct pix_enrolled_file *file;
	struct timeout *to_load, *to_poll;
	/* a question for what other hosts changed is on its way */
	bool polling;
	unsigned int loading_kind;
	bool loaded;
};

/* The kinds that decide about a user's flags. */
static const char *const pix_users_kinds[PIX_USERS_KINDS] = {
	"totp", "app-password", "account"
};

static struct pix_user *pix_users_get(struct pix_users *users, const char *name)
{
	struct pix_user *user = hash_table_lookup(users->hash, name);

	if (user == NULL) {
		user = i_new(struct pix_user, 1);
		user->name = i_strdup(name);
		hash_table_insert(users->hash, user->name, user);
	}
	return user;
}

static enum pix_user_flags pix_users_row_flags(const struct pix_row *row)
{
	const char *state = pix_json_str(row->data, "state");
	enum pix_user_flags flags = 0;
	int64_t num;

	if (state == NULL)
		return 0;
	if (strcmp(row->kind, "totp") == 0) {
		if (strcmp(state, "active") == 0)
			flags |= PIX_USER_REQUIRED;
		else if (strcmp(state, "pending") == 0)
			flags |= PIX_USER_PENDING;
		if (flags != 0 && pix_json_int(row->data, "digits", 8, 8, &num))
			flags |= PIX_USER_DIGITS_8;
	} else if (strcmp(row->kind, "account") == 0) {
		if (strcmp(state, "locked") == 0)
			flags |= PIX_USER_LOCKED;
	} else if (strcmp(row->kind, "app-password") == 0) {
		if (strcmp(state, "active") == 0)
			flags |= PIX_USER_APP_PASSWORD;
	}
	return flags;
}

/* Connections of auth that asked for the set have a context; no other
   connection of auth has one. */
static bool pix_users_is_subscriber(const struct pix_service_conn *conn)
{
	return pix_identity_conn_role(conn) == PIX_IDENTITY_ROLE_AUTH &&
		pix_service_conn_context(conn) != NULL;
}

static void pix_users_push_conn(struct pix_service_conn *conn, void *context)
{
	json_t *msg = context;

	if (pix_users_is_subscriber(conn))
		pix_service_push(conn, json_incref(msg));
}

/* Sets a user's flags; what changed is written and pushed. */
static void
pix_users_set(struct pix_users *users, struct pix_user *user,
	      enum pix_user_flags flags)
{
	json_t *msg;

	if (user->flags == flags)
		return;
	user->flags = flags;
	pix_enrolled_file_set(users->file, user->name, flags);
	if (!users->loaded)
		return;
	msg = json_pack("{s:s, s:{s:i}}", "push", "users", "users",
			user->name, (int)flags);
	if (msg != NULL) {
		pix_service_foreach(users->identity->service,
				    pix_users_push_conn, msg);
		json_decref(msg);
	}
}

void pix_users_tampered(const char *name, void *context)
{
	struct pix_identity *identity = context;
	struct pix_user *user;

	if (identity->users == NULL || *name == '\0')
		return;
	user = pix_users_get(identity->users, name);
	pix_users_set(identity->users, user, user->flags | PIX_USER_BROKEN);
}

static void pix_users_load(struct pix_users *users);
static void pix_users_push_all(struct pix_users *users, struct pix_service_conn *conn);

static void pix_users_check_owner(const char *owner, void *context)
{
	struct pix_users *users = context;
	struct pix_user *user = pix_users_get(users, owner);
	const char *kind = pix_users_kinds[users->loading_kind];
	unsigned int want = pix_epoch_owner_rows(users->identity->epoch, owner, kind);

	if (user->rows[users->loading_kind] < want) {
		e_error(users->identity->event,
			"%u rows of kind=%s owner=%s are missing or refused: the user can't log in (see TAMPERING in pix-identity(8))",
			want - user->rows[users->loading_kind], kind, owner);
		user->flags |= PIX_USER_BROKEN;
	}
}

static void pix_users_loaded_all(struct pix_users *users)
{
	struct hash_iterate_context *iter;
	struct pix_user *user;
	char *name;

	users->loaded = TRUE;
	pix_enrolled_file_begin(users->file);
	iter = hash_table_iterate_init(users->hash);
	while (hash_table_iterate(iter, users->hash, &name, &user)) {
		if (user->flags != 0)
			pix_enrolled_file_set(users->file, name, user->flags);
	}
	hash_table_iterate_deinit(&iter);
	pix_enrolled_file_end(users->file);
}

static void pix_users_push_loaded(struct pix_service_conn *conn, void *context)
{
	if (pix_users_is_subscriber(conn))
		pix_users_push_all(context, conn);
}

static void
pix_users_load_rows(enum pix_store_result result, const struct pix_row *rows,
		    unsigned int count, unsigned int tampered ATTR_UNUSED,
		    void *context)
{
	struct pix_users *users = context;

	if (result != PIX_STORE_OK) {
		users->to_load = timeout_add(PIX_USERS_RETRY_MSECS, pix_users_load, users);
		return;
	}
	for (unsigned int i = 0; i < count; i++) {
		struct pix_user *user = pix_users_get(users, rows[i].owner);

		user->flags |= pix_users_row_flags(&rows[i]);
		user->rows[users->loading_kind]++;
	}
	pix_epoch_foreach_owner(users->identity->epoch,
				pix_users_kinds[users->loading_kind],
				pix_users_check_owner, users);
	if (++users->loading_kind < PIX_USERS_KINDS) {
		pix_users_load(users);
		return;
	}
	pix_users_loaded_all(users);
	if (users->identity->service != NULL)
		pix_service_foreach(users->identity->service,
				    pix_users_push_loaded, users);
}

static void pix_users_load(struct pix_users *users)
{
	timeout_remove(&users->to_load);
	pix_identity_store_kind(users->identity->store,
				pix_users_kinds[users->loading_kind],
				pix_users_load_rows, users);
}

/* ---- other hosts on the same database ---- */

static void
pix_users_polled(enum pix_store_result result, const struct pix_row *rows,
		 unsigned int count, unsigned int tampered ATTR_UNUSED,
		 void *context)
{
	struct pix_users *users = context;

	users->polling = FALSE;
	if (result != PIX_STORE_OK)
		return;
	for (unsigned int i = 0; i < count; i++) {
		enum pix_user_flags flags = pix_users_row_flags(&rows[i]);
		enum pix_user_flags known = pix_users_flags(users, rows[i].owner);

		/* most changes are used codes, which change no flag */
		if (flags == 0 || (known & flags) != flags)
			pix_users_refresh(users, rows[i].owner, NULL, NULL);
	}
}

static void pix_users_poll(struct pix_users *users)
{
	if (!users->loaded || users->polling)
		return;
	users->polling = TRUE;
	pix_identity_store_changed(users->identity->store,
				   ioloop_time - PIX_USERS_POLL_SLACK,
				   pix_users_polled, users);
}

struct pix_users *pix_users_init(struct pix_identity *identity)
{
	struct pix_users *users = i_new(struct pix_users, 1);

	users->identity = identity;
	hash_table_create(&users->hash, default_pool, 0, str_hash, strcmp);
	users->file = pix_enrolled_file_init(identity->set->pix_identity_dir,
					     identity->event);
	identity->users = users;
	pix_users_load(users);
	if (pix_identity_store_is_shared(identity->store))
		users->to_poll = timeout_add(PIX_USERS_POLL_MSECS, pix_users_poll, users);
	return users;
}

void pix_users_deinit(struct pix_users **_users)
{
	struct pix_users *users = *_users;
	struct hash_iterate_context *iter;
	struct pix_user *user;
	char *name;

	if (users == NULL)
		return;
	*_users = NULL;
	timeout_remove(&users->to_load);
	timeout_remove(&users->to_poll);
	iter = hash_table_iterate_init(users->hash);
	while (hash_table_iterate(iter, users->hash, &name, &user)) {
		i_free(user->name);
		i_free(user);
	}
	hash_table_iterate_deinit(&iter);
	hash_table_destroy(&users->hash);
	pix_enrolled_file_deinit(&users->file);
	i_free(users);
}

void pix_users_enrolled(struct pix_identity *identity, const char *user,
			pix_identity_enrolled_callback_t *callback, void *context)
{
	const enum pix_user_flags closed = PIX_USER_REQUIRED | PIX_USER_BROKEN;

	callback(!identity->users->loaded ? -1 :
		 (pix_users_flags(identity->users, user) & closed) != 0 ? 1 : 0,
		 context);
}

bool pix_users_loaded(const struct pix_users *users)
{
	return users->loaded;
}

enum pix_user_flags pix_users_flags(const struct pix_users *users, const char *name)
{
	const struct pix_user *user = hash_table_lookup(users->hash, name);

	return user == NULL ? 0 : user->flags;
}

static void
pix_users_push_all(struct pix_users *users, struct pix_service_conn *conn)
{
	struct hash_iterate_context *iter;
	json_t *msg, *names = json_object();
	unsigned int count = 0;
	bool reset = TRUE;
	struct pix_user *user;
	char *name;

	if (!users->loaded)
		return;
	iter = hash_table_iterate_init(users->hash);
	while (hash_table_iterate(iter, users->hash, &name, &user)) {
		if (user->flags == 0)
			continue;
		pix_json_set_int(names, name, user->flags);
		if (++count % PIX_USERS_CHUNK != 0)
			continue;
		msg = json_pack("{s:s, s:b, s:o}", "push", "users",
				"reset", reset ? 1 : 0, "users", names);
		pix_service_push(conn, msg);
		names = json_object();
		reset = FALSE;
	}
	hash_table_iterate_deinit(&iter);
	msg = json_pack("{s:s, s:b, s:o, s:b}", "push", "users",
			"reset", reset ? 1 : 0, "users", names, "complete", 1);
	pix_service_push(conn, msg);
}

/* Auth asks for the set once it can take pushes. */
void pix_identity_cmd_users(struct pix_identity_request *request)
{
	struct pix_service_conn *conn = request->conn;

	pix_service_conn_ref(conn);
	pix_service_conn_set_context(conn, request->identity->users);
	pix_users_push_all(request->identity->users, conn);
	pix_identity_answer(request, NULL);
	pix_service_conn_unref(&conn);
}

struct pix_users_refresh {
	struct pix_users *users;
	char *name;
	void (*done)(void *context);
	void *context;
};

static void
pix_users_refreshed(enum pix_store_result result, const struct pix_row *rows,
		    unsigned int count, unsigned int tampered, void *context)
{
	struct pix_users_refresh *refresh = context;
	enum pix_user_flags flags = 0;

	/* a store that can't be read right now leaves the flags alone */
	if (result == PIX_STORE_OK) {
		for (unsigned int i = 0; i < count; i++)
			flags |= pix_users_row_flags(&rows[i]);
		if (tampered > 0)
			flags |= PIX_USER_BROKEN;
		pix_users_set(refresh->users,
			      pix_users_get(refresh->users, refresh->name), flags);
	}
	if (refresh->done != NULL)
		refresh->done(refresh->context);
	i_free(refresh->name);
	i_free(refresh);
}

void pix_users_refresh(struct pix_users *users, const char *name,
		       void (*done)(void *context), void *context)
{
	struct pix_users_refresh *refresh = i_new(struct pix_users_refresh, 1);

	refresh->users = users;
	refresh->name = i_strdup(name);
	refresh->done = done;
	refresh->context = context;
	pix_identity_store_owner(users->identity->store, name, NULL,
				 pix_users_refreshed, refresh);
}

void pix_users_foreach(struct pix_users *users,
		       void (*func)(const char *name, enum pix_user_flags flags,
				    void *context),
		       void *context)
{
	struct hash_iterate_context *iter;
	struct pix_user *user;
	char *name;

	iter = hash_table_iterate_init(users->hash);
	while (hash_table_iterate(iter, users->hash, &name, &user)) {
		if (user->flags != 0)
			func(name, user->flags, context);
	}
	hash_table_iterate_deinit(&iter);
}

void pix_users_counts(const struct pix_users *users, unsigned int *known_r,
		      unsigned int *required_r, unsigned int *broken_r)
{
	struct hash_iterate_context *iter;
	struct pix_user *user;
	char *name;

	*known_r = *required_r = *broken_r = 0;
	iter = hash_table_iterate_init(users->hash);
	while (hash_table_iterate(iter, users->hash, &name, &user)) {
		if (user->flags != 0)
			*known_r += 1;
		if ((user->flags & PIX_USER_REQUIRED) != 0)
			*required_r += 1;
		if ((user->flags & PIX_USER_BROKEN) != 0)
			*broken_r += 1;
	}
	hash_table_iterate_deinit(&iter);
}
