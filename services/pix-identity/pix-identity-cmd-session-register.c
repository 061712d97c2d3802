/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-identity-dispatch.h"
#include "pix-identity-revoke.h"
#include "pix-identity-session.h"
#include "pix-identity-users.h"

/* A registration that waits for the enrolment of its user, then of its master
   user. */
struct pix_identity_register {
	struct pix_identity_request *request;
	char *session_id, *master;
};

/* Between auth's answer and now the token may have been revoked; and auth
   doesn't ask where revocation is all that the second line does. */
static void
pix_identity_register_revoked(struct pix_identity_register *reg, json_t *answer)
{
	struct pix_identity *identity = reg->request->identity;
	struct pix_identity_session *session =
		pix_identity_session_find(identity->sessions, reg->request->conn,
					  reg->session_id);
	struct pix_revoke_token token;

	if (session == NULL)
		return;
	if ((pix_users_flags(identity->users, session->user) & PIX_USER_LOCKED) != 0) {
		/* whatever let it in: a token, too */
		session->ending = TRUE;
		pix_json_set_str(answer, "end", "locked");
		return;
	}
	if (session->token == NULL)
		return;
	token = (struct pix_revoke_token){
		.hash = session->token,
		.user = session->user,
		.issuer = session->issuer == NULL ? "" : session->issuer,
		/* unknown: only a revocation of the token itself counts */
		.issued = session->issued == 0 ? INT64_MAX : session->issued,
	};
	if (pix_revokes_check(identity->revokes, &token) != PIX_REVOKE_YES)
		return;
	session->ending = TRUE;
	pix_json_set_str(answer, "end", "revoked");
	pix_json_set_str(answer, "end_text", "Your access was revoked, log in again");
}

static void
pix_identity_register_finish(struct pix_identity_register *reg, int enrolled)
{
	json_t *answer = json_object();

	pix_json_set_str(answer, "session", reg->session_id);
	/* without the member nobody knows; a session with a factor doesn't care */
	if (enrolled >= 0)
		pix_json_set_bool(answer, "enrolled", enrolled > 0);
	pix_identity_register_revoked(reg, answer);
	pix_identity_answer(reg->request, answer);
	i_free(reg->session_id);
	i_free(reg->master);
	i_free(reg);
}

static void pix_identity_register_master(int enrolled, void *context)
{
	pix_identity_register_finish(context, enrolled);
}

static void pix_identity_register_user(int enrolled, void *context)
{
	struct pix_identity_register *reg = context;
	struct pix_identity *identity = reg->request->identity;

	if (enrolled != 0 || reg->master == NULL || identity->enrolled == NULL)
		pix_identity_register_finish(reg, enrolled);
	else
		identity->enrolled(identity, reg->master,
				   pix_identity_register_master, reg);
}

void pix_identity_cmd_session_register(struct pix_identity_request *request)
{
	struct pix_identity *identity = request->identity;
	struct pix_identity_session *session;
	struct pix_identity_register *reg;
	const char *error;

	session = pix_identity_session_add(identity->sessions, request->conn,
					   request->args, &error);
	if (session == NULL) {
		pix_identity_fail(request, "invalid", error);
		return;
	}
	reg = i_new(struct pix_identity_register, 1);
	reg->request = request;
	reg->session_id = i_strdup(session->id);
	reg->master = i_strdup(session->master);
	if (identity->enrolled == NULL)
		pix_identity_register_user(0, reg);
	else
		identity->enrolled(identity, session->user,
				   pix_identity_register_user, reg);
}

void pix_identity_cmd_session_release(struct pix_identity_request *request)
{
	struct pix_identity_sessions *sessions = request->identity->sessions;
	const char *id = pix_json_str(request->args, "session");
	struct pix_identity_session *session = id == NULL ? NULL :
		pix_identity_session_find(sessions, request->conn, id);

	if (session != NULL)
		pix_identity_session_remove(sessions, &session);
	pix_identity_answer(request, NULL);
}
