/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-identity-dispatch.h"
#include "pix-identity-store.h"
#include "pix-identity-users.h"
#include "pix-keyring.h"

static void
pix_status_item(json_t *items, const char *name, const char *state,
		const char *value, const char *text)
{
	json_t *item = json_object();

	pix_json_set_str(item, "name", name);
	pix_json_set_str(item, "state", state);
	pix_json_set_str(item, "value", value);
	pix_json_set_str(item, "text", text);
	json_array_append_new(items, item);
}

void pix_identity_cmd_status(struct pix_identity_request *request)
{
	struct pix_identity *identity = request->identity;
	const char *problem = pix_identity_store_problem(identity->store);
	unsigned int known, required, broken;
	json_t *answer = json_object(), *items = json_array();
	bool ok = problem == NULL;

	pix_status_item(items, "store", problem == NULL ? "ok" : "fail",
			identity->set->pix_identity_store,
			problem == NULL ? "" : problem);
	pix_status_item(items, "key", "ok",
			pix_keyring_kid(identity->keyring, 0), "");
	pix_users_counts(identity->users, &known, &required, &broken);
	if (!pix_users_loaded(identity->users)) {
		pix_status_item(items, "users", "fail", "",
				"the enrolled users could not be read yet");
		ok = FALSE;
	} else {
		pix_status_item(items, "users", "ok", t_strdup_printf("%u", known), "");
		pix_status_item(items, "enrolled", "ok", t_strdup_printf("%u", required), "");
	}
	if (broken > 0) {
		pix_status_item(items, "tampering", "fail", t_strdup_printf("%u", broken),
				"rows of these users were changed, deleted or rolled back in the database (see TAMPERING in pix-identity(8))");
		ok = FALSE;
	}
	pix_json_set_bool(answer, "ok", ok);
	json_object_set_new(answer, "items", items);
	pix_identity_answer(request, answer);
}
