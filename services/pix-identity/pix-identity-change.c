/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-identity-change.h"
#include "pix-identity-users.h"
#include "hex-binary.h"
#include "randgen.h"

struct pix_change {
	struct pix_identity_request *request;
	char *user;
	json_t *answer;
	unsigned int pending;
	enum pix_store_result result;
	bool committed;
};

struct pix_change *pix_change_begin(struct pix_identity_request *request)
{
	struct pix_change *change = i_new(struct pix_change, 1);

	change->request = request;
	change->result = PIX_STORE_OK;
	return change;
}

static void pix_change_done(void *context)
{
	struct pix_change *change = context;
	struct pix_identity_store *store = change->request->identity->store;

	switch (change->result) {
	case PIX_STORE_OK:
		pix_identity_answer(change->request, change->answer);
		change->answer = NULL;
		break;
	case PIX_STORE_CONFLICT:
		pix_identity_fail(change->request, "unavailable",
				  "someone else changed it at the same moment: try again");
		break;
	case PIX_STORE_UNAVAILABLE:
		pix_identity_fail(change->request, "unavailable",
				  pix_identity_store_problem(store) != NULL ?
				  pix_identity_store_problem(store) :
				  "the store could not be written");
		break;
	}
	json_decref(change->answer);
	i_free(change->user);
	i_free(change);
}

static void pix_change_try_finish(struct pix_change *change)
{
	if (!change->committed || change->pending > 0)
		return;
	pix_users_refresh(change->request->identity->users, change->user,
			  pix_change_done, change);
}

static void pix_change_put_done(enum pix_store_result result, void *context)
{
	struct pix_change *change = context;

	i_assert(change->pending > 0);
	change->pending--;
	if (result < change->result)
		change->result = result;
	pix_change_try_finish(change);
}

void pix_change_put(struct pix_change *change, const struct pix_row *row)
{
	change->pending++;
	pix_identity_store_put(change->request->identity->store, row,
			       pix_change_put_done, change);
}

void pix_change_commit(struct pix_change *change, const char *user,
		       json_t *answer)
{
	change->user = i_strdup(user);
	change->answer = answer;
	change->committed = TRUE;
	pix_change_try_finish(change);
}

const char *pix_identity_new_id(unsigned int count)
{
	unsigned char *data = t_malloc_no0(count);

	random_fill(data, count);
	return binary_to_hex(data, count);
}

const char *pix_identity_request_user(struct pix_identity_request *request)
{
	const char *user = pix_json_str(request->args, "user");

	if (user == NULL || *user == '\0' || strlen(user) > 255) {
		pix_identity_fail(request, "invalid", "the user name must have 1 to 255 bytes");
		return NULL;
	}
	for (const char *p = user; *p != '\0'; p++) {
		if ((unsigned char)*p < 32 || *p == 127) {
			pix_identity_fail(request, "invalid", "the user name has control characters");
			return NULL;
		}
	}
	return user;
}

void pix_identity_fail_store(struct pix_identity_request *request)
{
	const char *problem = pix_identity_store_problem(request->identity->store);

	pix_identity_fail(request, "unavailable", problem != NULL ? problem :
			  "the store could not be read");
}

bool pix_row_state_is(const struct pix_row *row, const char *state)
{
	const char *value = pix_json_str(row->data, "state");

	return value != NULL && strcmp(value, state) == 0;
}

struct pix_row pix_row_copy(const struct pix_row *row)
{
	struct pix_row copy = *row;

	copy.data = json_deep_copy(row->data);
	if (copy.data == NULL)
		i_fatal_status(FATAL_OUTOFMEM, "json_deep_copy() failed");
	return copy;
}
