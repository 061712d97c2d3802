/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-identity-dispatch.h"
#include "pix-identity-change.h"
#include "pix-identity-code.h"
#include "pix-identity-token.h"
#include "pix-identity-throttle.h"
#include "pix-identity-users.h"
#include "ioloop.h"

/* What a row tells about its user; never a secret or hash. */
static json_t *pix_mfa_row_json(const struct pix_row *row)
{
	static const char *const members[] = {
		"state", "algorithm", "digits", "period", "drift", "created",
		"created_by", "confirmed", "ended", "ended_by", "last_used",
		"last_ip", "last_service", "label", "services", "networks",
		"expires", "uses_left",
	};
	json_t *obj = json_object();

	pix_json_set_str(obj, "kind", row->kind);
	pix_json_set_str(obj, "id", row->id);
	for (unsigned int i = 0; i < N_ELEMENTS(members); i++) {
		json_t *value = json_object_get(row->data, members[i]);

		if (value != NULL)
			json_object_set(obj, members[i], value);
	}
	if (strcmp(row->kind, PIX_RECOVERY_KIND) == 0)
		pix_json_set_int(obj, "left", pix_code_left(row));
	return obj;
}

struct pix_mfa_show {
	struct pix_identity_request *request;
	char *user;
};

static void
pix_mfa_show_rows(enum pix_store_result result, const struct pix_row *rows,
		  unsigned int count, unsigned int tampered, void *context)
{
	struct pix_mfa_show *show = context;
	struct pix_identity *identity = show->request->identity;
	json_t *answer, *list;

	if (result != PIX_STORE_OK) {
		pix_identity_fail_store(show->request);
	} else {
		answer = json_object();
		list = json_array();
		for (unsigned int i = 0; i < count; i++)
			json_array_append_new(list, pix_mfa_row_json(&rows[i]));
		pix_json_set_str(answer, "user", show->user);
		pix_json_set_int(answer, "flags", pix_users_flags(identity->users, show->user));
		pix_json_set_int(answer, "tampered", tampered);
		pix_json_set_bool(answer, "locked", pix_throttle_locked(
			identity->throttle, show->user, ioloop_time));
		json_object_set_new(answer, "rows", list);
		pix_identity_answer(show->request, answer);
	}
	i_free(show->user);
	i_free(show);
}

/* All that is known about one user. */
void pix_identity_cmd_mfa_show(struct pix_identity_request *request)
{
	const char *user = pix_identity_request_user(request);
	struct pix_mfa_show *show;

	if (user == NULL)
		return;
	show = i_new(struct pix_mfa_show, 1);
	show->request = request;
	show->user = i_strdup(user);
	pix_identity_store_owner(request->identity->store, user, NULL,
				 pix_mfa_show_rows, show);
}

static void pix_mfa_list_user(const char *name, enum pix_user_flags flags, void *context)
{
	pix_json_set_int(context, name, flags);
}

/* The flags of every user who has any. */
void pix_identity_cmd_mfa_list(struct pix_identity_request *request)
{
	json_t *answer, *users = json_object();

	if (!pix_users_loaded(request->identity->users)) {
		json_decref(users);
		pix_identity_fail_store(request);
		return;
	}
	pix_users_foreach(request->identity->users, pix_mfa_list_user, users);
	answer = json_object();
	json_object_set_new(answer, "users", users);
	pix_identity_answer(request, answer);
}
