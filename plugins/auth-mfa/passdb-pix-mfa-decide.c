/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "passdb-pix-mfa.h"
#include "lib-event.h"

/* The end of the chain: every passdb has spoken, and this decides. */

static void pix_mfa_chain_plain(enum passdb_result result,
				struct auth_request *request);
static void pix_mfa_chain_credentials(enum passdb_result result,
				      const unsigned char *credentials,
				      size_t size, struct auth_request *request);

void pix_mfa_wrap(struct pix_mfa_login *login)
{
	struct auth_request *request = login->request;

	if (login->credentials) {
		login->end.credentials = request->private_callback.lookup_credentials;
		request->private_callback.lookup_credentials = pix_mfa_chain_credentials;
	} else {
		login->end.plain = request->private_callback.verify_plain;
		request->private_callback.verify_plain = pix_mfa_chain_plain;
	}
}

/* One line and one event a verdict: reason is a word for programs. */
static void
pix_mfa_log(struct pix_mfa_login *login, bool ok, const char *factor,
	    const char *reason)
{
	struct auth_request *request = login->request;
	struct event_passthrough *e = event_create_passthrough(pix_passdb_event(request))->
		set_name("pix_mfa_finished")->
		add_str("user", request->fields.user)->
		add_str("login", login->name)->
		add_str("success", ok ? "yes" : "no")->
		add_str("factor", factor)->
		add_str("reason", reason);

	if (ok)
		e_debug(e->event(), "pix_mfa: second factor accepted: factor=%s", factor);
	else {
		e_info(e->event(), "pix_mfa: refused: reason=%s service=%s",
		       reason, pix_passdb_service(request));
	}
}

static void pix_mfa_end(struct pix_mfa_login *login, enum passdb_result result)
{
	login->end.plain(result, login->request);
}

/* Looks like a wrong password, whatever the passdbs said. */
static void pix_mfa_refuse(struct pix_mfa_login *login, const char *reason)
{
	pix_mfa_log(login, FALSE, pix_mfa_code_kind_name(login->code.kind), reason);
	pix_passdb_refuse(login->request);
	pix_mfa_end(login, PASSDB_RESULT_PASSWORD_MISMATCH);
}

/* It can't be decided now. The same for a right and for a wrong password. */
static void pix_mfa_unavailable(struct pix_mfa_login *login)
{
	pix_mfa_log(login, FALSE, pix_mfa_code_kind_name(login->code.kind), "unavailable");
	pix_passdb_refuse(login->request);
	login->request->passdb_result = PASSDB_RESULT_INTERNAL_FAILURE;
	pix_mfa_end(login, PASSDB_RESULT_INTERNAL_FAILURE);
}

static void
pix_mfa_accept(struct pix_mfa_login *login, const char *factor,
	       const char *credential)
{
	struct auth_request *request = login->request;

	pix_passdb_set_field(request, "factor", factor);
	if (credential != NULL)
		pix_passdb_set_field(request, "credential", credential);
	pix_mfa_log(login, TRUE, factor, "ok");
	pix_mfa_end(login, PASSDB_RESULT_OK);
}

/* No second factor is needed. A master user's session is left to the second
   line, which knows both names. */
static void pix_mfa_pass(struct pix_mfa_login *login)
{
	struct auth_request *request = login->request;

	pix_passdb_set_field(request, "factor", "none");
	if (request->fields.master_user == NULL)
		pix_passdb_set_field(request, "user", request->fields.user);
}

/* A login without a second factor. FALSE: the policy forbids it. */
static bool pix_mfa_policy_allows(struct pix_mfa_login *login)
{
	const struct auth_request *request = login->request;
	const struct pix_mfa_policy_login known = {
		.user = request->fields.user,
		.service = pix_passdb_service(request),
		.rip = request->fields.remote_ip.family == 0 ? NULL :
			net_ip2addr(&request->fields.remote_ip),
	};
	struct event *event = pix_passdb_event(request);
	unsigned int rule;

	switch (pix_mfa_policy_decide(pix_mfa.policy, &known, &rule)) {
	case PIX_MFA_STAGE_OFF:
		return TRUE;
	case PIX_MFA_STAGE_REPORT:
		e_info(event, "pix_mfa: let in without a second factor: policy rule %u would refuse it: service=%s",
		       rule, known.service);
		return TRUE;
	case PIX_MFA_STAGE_WARN:
		e_warning(event, "pix_mfa: let in without a second factor: policy rule %u will refuse it: service=%s",
			  rule, known.service);
		return TRUE;
	case PIX_MFA_STAGE_ENFORCE:
		return FALSE;
	}
	i_unreached();
}

static void
pix_mfa_verified(enum pix_client_result result, const json_t *answer,
		 void *context)
{
	struct pix_mfa_login *login = context;
	struct auth_request *request = login->request;
	const char *reason, *factor;

	login->question = NULL;
	reason = answer == NULL ? NULL : pix_json_str(answer, "reason");
	factor = answer == NULL ? NULL : pix_json_str(answer, "factor");
	explicit_bzero(login->code.code, sizeof(login->code.code));
	if (result != PIX_CLIENT_OK)
		pix_mfa_unavailable(login);
	else if (login->result != PASSDB_RESULT_OK)
		pix_mfa_end(login, login->result);
	else if (pix_json_true(answer, "ok") && factor != NULL)
		pix_mfa_accept(login, factor, pix_json_str(answer, "credential"));
	else
		pix_mfa_refuse(login, reason == NULL ? "wrong" : reason);
	auth_request_unref(&request);
}

static void pix_mfa_verify(struct pix_mfa_login *login, const char *user)
{
	json_t *args = pix_mfa_question(login, user);

	pix_json_set_str(args, "kind", pix_mfa_code_kind_name(login->code.kind));
	pix_json_set_str(args, "code", login->code.code);
	pix_json_set_bool(args, "first", login->result == PASSDB_RESULT_OK);
	auth_request_ref(login->request);
	login->question = pix_client_request(pix_mfa.client, "verify", args,
		pix_mfa.set->pix_mfa_timeout, pix_mfa_verified, login);
}

static void pix_mfa_app_used(enum pix_client_result result ATTR_UNUSED,
			     const json_t *answer ATTR_UNUSED,
			     void *context ATTR_UNUSED)
{
}

static void pix_mfa_app_end(struct pix_mfa_login *login)
{
	struct auth_request *request = login->request;
	json_t *args;

	if (login->app_credential == NULL || login->app_owner == NULL) {
		if (login->result == PASSDB_RESULT_INTERNAL_FAILURE)
			pix_mfa_unavailable(login);
		else
			pix_mfa_refuse(login, "app-password");
	} else if (login->result != PASSDB_RESULT_OK) {
		pix_mfa_end(login, login->result);
	} else if (request->fields.master_user != NULL) {
		/* it is no password of the master user */
		pix_mfa_refuse(login, "app-password-master");
	} else if (strcmp(request->fields.user, login->app_owner) != 0) {
		/* right, but somebody else's */
		pix_mfa_refuse(login, "app-password-owner");
	} else {
		args = pix_mfa_question(login, login->app_owner);
		pix_json_set_str(args, "credential", login->app_credential);
		(void)pix_client_request(pix_mfa.client, "app-password-used", args,
					 pix_mfa.set->pix_mfa_timeout,
					 pix_mfa_app_used, NULL);
		pix_mfa_accept(login, "app-password", login->app_credential);
	}
}

/* TRUE if a passdb that knows tokens said yes to one. */
static bool pix_mfa_token_verified(const struct pix_mfa_login *login)
{
	const char *driver = pix_passdb_driver(login->request);

	return login->token && (strcmp(driver, "oauth2") == 0 ||
				strcmp(driver, "pix_oauth2") == 0);
}

/* Flags of all names that the login has had. */
static enum pix_mfa_user_flags pix_mfa_all_flags(const struct pix_mfa_login *login)
{
	const struct auth_request *request = login->request;
	enum pix_mfa_user_flags flags =
		pix_mfa_users_flags(pix_mfa.users, login->name) |
		pix_mfa_users_flags(pix_mfa.users, request->fields.user);

	if (request->fields.master_user != NULL)
		flags |= pix_mfa_users_flags(pix_mfa.users, request->fields.master_user);
	return flags;
}

static void pix_mfa_chain_plain(enum passdb_result result,
				struct auth_request *request)
{
	const enum pix_mfa_user_flags closed =
		PIX_MFA_USER_REQUIRED | PIX_MFA_USER_BROKEN;
	struct pix_mfa_login *login = pix_mfa_login_find(request);
	const char *name = request->fields.master_user != NULL ?
		request->fields.master_user : request->fields.user;
	enum pix_mfa_user_flags first, final;

	request->private_callback.verify_plain = login->end.plain;
	if (login->app && login->result != PASSDB_RESULT_INTERNAL_FAILURE)
		login->result = result;
	if (result == PASSDB_RESULT_OK &&
	    (pix_mfa_all_flags(login) & PIX_MFA_USER_LOCKED) != 0) {
		pix_mfa_refuse(login, "account-locked");
		return;
	}
	if (login->app) {
		pix_mfa_app_end(login);
		return;
	}
	login->result = result;
	first = pix_mfa_users_flags(pix_mfa.users, login->name);
	/* a passdb may have made another user of the name */
	final = pix_mfa_users_flags(pix_mfa.users, name);
	if (result == PASSDB_RESULT_OK && pix_mfa_token_verified(login)) {
		pix_passdb_set_field(request, "factor", "token");
		pix_mfa_end(login, result);
	} else if (((first | final) & PIX_MFA_USER_BROKEN) != 0 &&
		   result == PASSDB_RESULT_OK) {
		pix_mfa_refuse(login, "tampered");
	} else if (((first | final) & closed) != 0 || login->pending) {
		/* the code, if any, is the final user's */
		pix_mfa_verify(login, (final & closed) != 0 || login->pending ?
			       name : login->name);
	} else if (result != PASSDB_RESULT_OK) {
		pix_mfa_end(login, result);
	} else if (!pix_mfa_policy_allows(login)) {
		pix_mfa_refuse(login, "not-enrolled");
	} else {
		pix_mfa_pass(login);
		pix_mfa_end(login, result);
	}
}

/* CRAM-MD5, SCRAM, DIGEST-MD5, GSSAPI and the like: there is no place for a code. */
static void pix_mfa_chain_credentials(enum passdb_result result,
				      const unsigned char *credentials,
				      size_t size, struct auth_request *request)
{
	const enum pix_mfa_user_flags closed = PIX_MFA_USER_REQUIRED |
		PIX_MFA_USER_BROKEN | PIX_MFA_USER_LOCKED;
	struct pix_mfa_login *login = pix_mfa_login_find(request);

	request->private_callback.lookup_credentials = login->end.credentials;
	if (login->token) {
		/* The token was verified; this asks only whether the account may
		   log in, and what the passdbs say of that must stay theirs. */
		if ((pix_mfa_all_flags(login) & PIX_MFA_USER_LOCKED) != 0) {
			pix_mfa_log(login, FALSE, "token", "account-locked");
			result = PASSDB_RESULT_USER_DISABLED;
		}
		login->end.credentials(result, credentials, size, request);
		return;
	}
	if ((pix_mfa_all_flags(login) & closed) != 0 || result == PASSDB_RESULT_USER_DISABLED ||
	    (result == PASSDB_RESULT_OK && !pix_mfa_policy_allows(login))) {
		if (result == PASSDB_RESULT_OK)
			pix_mfa_log(login, FALSE, "none", "mechanism");
		pix_passdb_refuse(request);
		login->end.credentials(PASSDB_RESULT_PASSWORD_MISMATCH, NULL, 0, request);
		return;
	}
	if (result == PASSDB_RESULT_OK)
		pix_mfa_pass(login);
	login->end.credentials(result, credentials, size, request);
}
