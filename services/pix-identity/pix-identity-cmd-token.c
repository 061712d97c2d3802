/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-identity-dispatch.h"
#include "pix-identity-change.h"
#include "pix-identity-revoke.h"
#include "pix-identity-session.h"

#define PIX_TOKEN_HASH_LEN 32

static bool pix_token_hash_ok(const char *hash)
{
	return strlen(hash) == PIX_TOKEN_HASH_LEN &&
		strspn(hash, "0123456789abcdef") == PIX_TOKEN_HASH_LEN;
}

static const char *pix_token_text(const json_t *args, const char *name)
{
	const char *text = pix_json_str(args, name);

	return text == NULL ? "" : text;
}

void pix_identity_cmd_token_check(struct pix_identity_request *request)
{
	struct pix_revoke_token token = {
		.hash = pix_token_text(request->args, "token"),
		.user = pix_token_text(request->args, "user"),
		.issuer = pix_token_text(request->args, "issuer"),
	};
	json_t *answer;

	if (!pix_token_hash_ok(token.hash)) {
		pix_identity_fail(request, "invalid", "token is not the hash of a token");
		return;
	}
	if (!pix_json_int(request->args, "issued", 0, INT64_MAX, &token.issued))
		token.issued = 0;
	switch (pix_revokes_check(request->identity->revokes, &token)) {
	case PIX_REVOKE_UNAVAILABLE:
		pix_identity_fail_store(request);
		return;
	case PIX_REVOKE_NO:
	case PIX_REVOKE_YES:
		break;
	}
	answer = json_object();
	pix_json_set_bool(answer, "revoked",
		pix_revokes_check(request->identity->revokes, &token) == PIX_REVOKE_YES);
	pix_identity_answer(request, answer);
}

struct pix_token_revoke {
	struct pix_identity_request *request;
	struct pix_row row;
	char *id, *owner, *token, *user, *issuer, *actor;
};

static void pix_token_revoke_free(struct pix_token_revoke *revoke)
{
	json_decref(revoke->row.data);
	i_free(revoke->id);
	i_free(revoke->owner);
	i_free(revoke->token);
	i_free(revoke->user);
	i_free(revoke->issuer);
	i_free(revoke->actor);
	i_free(revoke);
}

static unsigned int pix_token_revoke_sessions(struct pix_token_revoke *revoke)
{
	const struct pix_identity_session_filter filter = {
		.factor = "token",
		.token = revoke->token,
		.user = revoke->user,
		.issuer = revoke->issuer,
	};
	struct pix_identity_sessions *sessions = revoke->request->identity->sessions;
	struct pix_identity_session *session = NULL;
	unsigned int count = 0;

	while ((session = pix_identity_session_next(sessions, session, &filter)) != NULL) {
		if (session->ending)
			continue;
		pix_identity_session_end(session, "revoked", "Your access was revoked, log in again");
		count++;
	}
	return count;
}

static void pix_token_revoked(enum pix_store_result result, void *context)
{
	struct pix_token_revoke *revoke = context;
	struct pix_identity *identity = revoke->request->identity;
	unsigned int count;
	json_t *answer;

	if (result == PIX_STORE_OK) {
		revoke->row.version++;
		pix_revokes_add(identity->revokes, &revoke->row);
		count = pix_token_revoke_sessions(revoke);
		e_info(identity->event, "Revoked %s as %s asked, ending %u sessions",
		       revoke->token != NULL ?
		       t_strdup_printf("token=%s", revoke->token) :
		       t_strdup_printf("all tokens of user=%s", revoke->user),
		       revoke->actor == NULL ? "an administrator" : revoke->actor,
		       count);
		answer = json_object();
		pix_json_set_int(answer, "ended", count);
		pix_identity_answer(revoke->request, answer);
	} else if (result == PIX_STORE_CONFLICT) {
		pix_identity_fail(revoke->request, "unavailable",
				  "another host revoked it at the same moment: try again in a minute");
	} else {
		pix_identity_fail_store(revoke->request);
	}
	pix_token_revoke_free(revoke);
}

void pix_identity_cmd_token_revoke(struct pix_identity_request *request)
{
	const char *token = pix_json_str(request->args, "token");
	const char *issuer = pix_json_str(request->args, "issuer");
	const char *actor = pix_json_str(request->args, "actor");
	const char *reason = pix_json_str(request->args, "reason");
	struct pix_token_revoke *revoke;
	const char *user = NULL;
	int64_t until;

	if (token != NULL && !pix_token_hash_ok(token)) {
		pix_identity_fail(request, "invalid", "token is not the hash of a token");
		return;
	}
	if (token == NULL) {
		user = pix_identity_request_user(request);
		if (user == NULL)
			return;
	}
	if (!pix_json_int(request->args, "until", 0, INT64_MAX, &until))
		until = 0;
	revoke = i_new(struct pix_token_revoke, 1);
	revoke->request = request;
	revoke->row = token != NULL ?
		pix_revoke_token_row(token, until, actor, reason) :
		pix_revoke_user_row(user, issuer, actor, reason);
	revoke->id = i_strdup(revoke->row.id);
	revoke->owner = i_strdup(revoke->row.owner);
	revoke->row.id = revoke->id;
	revoke->row.owner = revoke->owner;
	revoke->row.version = pix_revokes_version(request->identity->revokes, revoke->id);
	revoke->token = i_strdup(token);
	revoke->user = i_strdup(user);
	revoke->issuer = token != NULL ? NULL : i_strdup(issuer);
	revoke->actor = i_strdup(actor);
	pix_identity_store_put(request->identity->store, &revoke->row,
			       pix_token_revoked, revoke);
}
