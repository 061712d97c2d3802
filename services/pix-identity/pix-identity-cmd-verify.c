/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-identity-dispatch.h"
#include "pix-identity-change.h"
#include "pix-identity-code.h"
#include "pix-identity-throttle.h"
#include "pix-identity-token.h"
#include "pix-identity-users.h"
#include "pix-mfa-code.h"
#include "hash.h"
#include "ioloop.h"

/* A row that others keep changing under our feet: give up after so many tries. */
#define PIX_VERIFY_TRIES_MAX 20

/* One question of auth: is this the second factor of this user? */
struct pix_verify {
	struct pix_identity_request *request;
	json_t *args;
	const char *user, *code, *rip;
	enum pix_mfa_code_kind kind;
	/* the passdbs found the password right; else the answer is no anyway */
	bool first;
	/* only look, accept nothing: for an enrolment that is pending */
	bool probe;
	unsigned int tries;
	/* what is answered when the change is durable */
	const char *factor;
	char *credential;
	bool activated;
};

static void pix_verify_start(struct pix_verify *verify);

static void pix_verify_free(struct pix_verify *verify)
{
	json_decref(verify->args);
	i_free(verify->credential);
	i_free(verify);
}

static void pix_verify_no(struct pix_verify *verify, const char *reason)
{
	json_t *answer = json_object();

	pix_json_set_bool(answer, "ok", FALSE);
	pix_json_set_str(answer, "reason", reason);
	pix_identity_answer(verify->request, answer);
	pix_verify_free(verify);
}

static void pix_verify_yes(void *context)
{
	struct pix_verify *verify = context;
	json_t *answer = json_object();

	pix_json_set_bool(answer, "ok", TRUE);
	pix_json_set_str(answer, "factor", verify->factor);
	pix_json_set_str(answer, "credential", verify->credential);
	pix_identity_answer(verify->request, answer);
	pix_verify_free(verify);
}

static void pix_verify_put_done(enum pix_store_result result, void *context)
{
	struct pix_verify *verify = context;
	struct pix_identity *identity = verify->request->identity;

	switch (result) {
	case PIX_STORE_OK:
		pix_throttle_right(identity->throttle, verify->user);
		if (verify->activated)
			pix_users_refresh(identity->users, verify->user,
					  pix_verify_yes, verify);
		else
			pix_verify_yes(verify);
		break;
	case PIX_STORE_CONFLICT:
		/* someone used a code of this row: look again */
		if (++verify->tries < PIX_VERIFY_TRIES_MAX) {
			i_free(verify->credential);
			pix_verify_start(verify);
			break;
		}
		/* fall through */
	case PIX_STORE_UNAVAILABLE:
		pix_identity_fail_store(verify->request);
		pix_verify_free(verify);
		break;
	}
}

/* The code is right: use it up. Steals the reference to row->data. */
static void
pix_verify_accept(struct pix_verify *verify, const char *factor,
		  struct pix_row *row)
{
	verify->factor = factor;
	verify->credential = i_strdup(row->id);
	if (!verify->first)
		pix_verify_no(verify, "first-factor");
	else if (verify->probe)
		pix_verify_yes(verify);
	else
		pix_identity_store_put(verify->request->identity->store, row,
				       pix_verify_put_done, verify);
	json_decref(row->data);
}

static void pix_verify_wrong(struct pix_verify *verify)
{
	struct pix_throttle *throttle = verify->request->identity->throttle;

	if (!verify->first) {
		pix_verify_no(verify, "first-factor");
		return;
	}
	if (!verify->probe && verify->kind != PIX_MFA_CODE_NONE &&
	    pix_throttle_wrong(throttle, verify->user, str_hash(verify->code), ioloop_time))
		e_warning(verify->request->identity->event,
			  "User %s: too many wrong codes: none is accepted for a while (check pix_identity_code_limit)",
			  verify->user);
	pix_verify_no(verify, verify->kind == PIX_MFA_CODE_NONE ? "missing" : "wrong");
}

/* Returns TRUE if the verdict was given. */
static bool
pix_verify_token(struct pix_verify *verify, const struct pix_row *row,
		 bool *replayed)
{
	struct pix_identity *identity = verify->request->identity;
	const bool pending = pix_row_state_is(row, "pending");
	enum pix_totp_verdict verdict;
	struct pix_row accepted;
	const char *error;
	uint64_t step;

	if (!pending && !pix_row_state_is(row, "active"))
		return FALSE;
	if (!pix_token_verify(identity, row, verify->code, (uint64_t)ioloop_time,
			      identity->set->pix_identity_totp_window,
			      &verdict, &step, &error)) {
		e_error(identity->event, "Token id=%s owner=%s can't be used: %s",
			row->id, row->owner, error);
		return FALSE;
	}
	if (verdict == PIX_TOTP_REPLAYED)
		*replayed = TRUE;
	if (verdict != PIX_TOTP_OK)
		return FALSE;
	pix_token_accepted(identity, row, (uint64_t)ioloop_time, step,
			   verify->rip, &accepted);
	verify->activated = pending;
	pix_verify_accept(verify, "totp", &accepted);
	return TRUE;
}

static void
pix_verify_rows(enum pix_store_result result, const struct pix_row *rows,
		unsigned int count, unsigned int tampered, void *context)
{
	struct pix_verify *verify = context;
	struct pix_identity *identity = verify->request->identity;
	struct pix_row used;
	bool replayed = FALSE;

	if (result != PIX_STORE_OK) {
		pix_identity_fail_store(verify->request);
		pix_verify_free(verify);
		return;
	}
	if (tampered > 0) {
		pix_verify_no(verify, "tampered");
		return;
	}
	/* others may have guessed wrong while the store was asked */
	if (verify->first &&
	    pix_throttle_locked(identity->throttle, verify->user, ioloop_time)) {
		pix_verify_no(verify, "locked");
		return;
	}
	for (unsigned int i = 0; i < count; i++) {
		if (verify->kind == PIX_MFA_CODE_TOTP &&
		    strcmp(rows[i].kind, PIX_TOKEN_KIND) == 0) {
			if (pix_verify_token(verify, &rows[i], &replayed))
				return;
		} else if (pix_code_use(identity, &rows[i], verify->kind, verify->code,
					ioloop_time, verify->rip, &used)) {
			pix_verify_accept(verify, pix_mfa_code_kind_name(verify->kind), &used);
			return;
		}
	}
	if (replayed && verify->first)
		pix_verify_no(verify, "replayed");
	else
		pix_verify_wrong(verify);
}

static void pix_verify_start(struct pix_verify *verify)
{
	pix_identity_store_owner(verify->request->identity->store, verify->user,
				 NULL, pix_verify_rows, verify);
}

void pix_identity_cmd_verify(struct pix_identity_request *request)
{
	const char *user = pix_identity_request_user(request), *kind;
	struct pix_verify *verify;
	enum pix_mfa_code_kind code_kind;

	if (user == NULL)
		return;
	kind = pix_json_str(request->args, "kind");
	if (kind == NULL || !pix_mfa_code_kind_parse(kind, &code_kind)) {
		pix_identity_fail(request, "invalid", "unknown kind of code");
		return;
	}
	verify = i_new(struct pix_verify, 1);
	verify->request = request;
	verify->args = json_incref((json_t *)(uintptr_t)request->args);
	verify->user = user;
	verify->kind = code_kind;
	verify->code = pix_json_str(request->args, "code");
	if (verify->code == NULL)
		verify->code = "";
	verify->rip = pix_json_str(request->args, "rip");
	verify->first = pix_json_true(request->args, "first");
	verify->probe = pix_json_true(request->args, "probe");
	if (verify->first &&
	    pix_throttle_locked(request->identity->throttle, user, ioloop_time)) {
		pix_verify_no(verify, "locked");
		return;
	}
	pix_verify_start(verify);
}
