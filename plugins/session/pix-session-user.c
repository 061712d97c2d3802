/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-session.h"
#include "pix-session-link.h"
#include "pix-mail-user.h"
#include "pix-settings.h"
#include "ioloop.h"
#include "mail-storage-private.h"

/* The managesieve executable has no hook of its own kind, but this. */
extern struct client *managesieve_clients __attribute__((weak));

static MODULE_CONTEXT_DEFINE_INIT(pix_session_user_module,
				  &mail_user_module_register);

const char *pix_session_service(void)
{
	if (pix_session_is_imap())
		return "imap";
	if (pix_session_is_pop3())
		return "pop3";
	if (pix_session_is_submission())
		return "submission";
	return &managesieve_clients != NULL ? "sieve" : NULL;
}

bool pix_session_is_login_process(void)
{
	return pix_session_service() != NULL;
}

struct pix_session *pix_session_get(struct mail_user *user)
{
	return MODULE_CONTEXT(user, pix_session_user_module);
}

static void pix_session_user_deinit(struct mail_user *user)
{
	struct pix_session *session = pix_session_get(user);

	timeout_remove(&session->to_expire);
	timeout_remove(&session->to_end);
	session->client = NULL;
	pix_session_link_release(session);
	pix_settings_free(&session->set);
	session->module_ctx.super.deinit(user);
}

static int
pix_session_fields(struct pix_session *session, const char **error_r)
{
	const struct mail_user *user = session->user;
	const char *expires = pix_mail_user_field(user, "pix_expires");
	const char *issued = pix_mail_user_field(user, "pix_issued");

	session->factor = pix_mail_user_field(user, "pix_factor");
	session->known_user = pix_mail_user_field(user, "pix_user");
	session->credential = pix_mail_user_field(user, "pix_credential");
	session->issuer = pix_mail_user_field(user, "pix_issuer");
	session->token = pix_mail_user_field(user, "pix_token");
	if (issued != NULL && str_to_int64(issued, &session->issued) < 0)
		session->issued = 0;
	if (expires != NULL &&
	    (str_to_int64(expires, &session->expires) < 0 ||
	     session->expires <= 0)) {
		*error_r = "userdb field pix_expires is not a time in unix seconds (only pix_oauth2 and pix_mfa may set it)";
		return -1;
	}
	return 0;
}

static int
pix_session_settings(struct pix_session *session, const char **error_r)
{
	const char *const *unknown;
	const void *set;

	if (pix_settings_get_user(session->user, &pix_session_setting_parser_info,
				  &set, &unknown, error_r) < 0)
		return -1;
	session->set = set;
	for (; *unknown != NULL; unknown++) {
		e_error(session->user->event,
			"pix_session: Unknown setting plugin { %s } is ignored (run doveadm pix check)",
			*unknown);
	}
	return 0;
}

static const char *
pix_session_verdict_text(const struct pix_session *session,
			 enum pix_session_verdict verdict)
{
	switch (verdict) {
	case PIX_SESSION_NO_FACTOR:
		return "the user is enrolled for a second factor and the session carries none "
			"(is pix_mfa the first passdb of every protocol? run doveadm pix check)";
	case PIX_SESSION_MASTER_NO_FACTOR:
		return "a master user's session without a second factor "
			"(check pix_session_master_users)";
	case PIX_SESSION_BAD_FIELD:
		return "userdb field pix_factor has no valid value (only pix_mfa and pix_oauth2 may set it)";
	case PIX_SESSION_ASK:
		return t_strdup_printf("pix-identity did not say within %u ms whether the user is enrolled "
			"(is the service pix-identity running? check pix_session_timeout)",
			session->set->pix_session_timeout);
	case PIX_SESSION_OK:
		break;
	}
	i_unreached();
}

static const char *pix_session_verdict_word(enum pix_session_verdict verdict)
{
	switch (verdict) {
	case PIX_SESSION_NO_FACTOR:
		return "no-factor";
	case PIX_SESSION_MASTER_NO_FACTOR:
		return "master-no-factor";
	case PIX_SESSION_BAD_FIELD:
		return "bad-field";
	case PIX_SESSION_ASK:
		return "unknown-enrolment";
	case PIX_SESSION_OK:
		break;
	}
	i_unreached();
}

static enum pix_session_verdict pix_session_check(struct pix_session *session)
{
	struct pix_session_facts facts = {
		.factor = session->factor,
		.known_user = session->known_user,
		.user = session->user->username,
		.master = pix_mail_user_master(session->user),
		.master_policy = pix_session_settings_master(session->set),
	};
	enum pix_session_verdict verdict = pix_session_decide(&facts);

	if (verdict == PIX_SESSION_OK)
		pix_session_link_register(session);
	else if (verdict == PIX_SESSION_ASK) {
		facts.answer = pix_session_link_ask(session,
			session->set->pix_session_timeout);
		verdict = pix_session_decide(&facts);
	}
	return verdict;
}

static void
pix_session_refuse(struct pix_session *session, enum pix_session_verdict verdict)
{
	struct mail_user *user = session->user;
	const char *text = pix_session_verdict_text(session, verdict);
	struct event_passthrough *e = event_create_passthrough(user->event)->
		set_name("pix_session_refused")->
		add_str("reason_code", pix_session_verdict_word(verdict));

	/* the host logs user->error */
	e_debug(e->event(), "pix_session: Refusing session of user=%s: %s",
		user->username, text);
	user->error = p_strdup_printf(user->pool,
		"pix_session: Session of user=%s refused: %s",
		user->username, text);
}

void pix_session_mail_user_created(struct mail_user *user)
{
	struct mail_user_vfuncs *v = user->vlast;
	struct pix_session *session;
	enum pix_session_verdict verdict;
	const char *error;

	/* owners of shared folders and the like */
	if (user->autocreated || user->creator != NULL)
		return;
	session = p_new(user->pool, struct pix_session, 1);
	session->user = user;
	session->ioloop = current_ioloop;
	if (pix_session_settings(session, &error) < 0 ||
	    pix_session_fields(session, &error) < 0) {
		pix_settings_free(&session->set);
		user->error = p_strdup_printf(user->pool, "pix_session: %s", error);
		return;
	}
	session->module_ctx.super = *v;
	user->vlast = &session->module_ctx.super;
	v->deinit = pix_session_user_deinit;
	MODULE_CONTEXT_SET(user, pix_session_user_module, session);

	verdict = pix_session_check(session);
	if (verdict != PIX_SESSION_OK)
		pix_session_refuse(session, verdict);
	else if (session->expires != 0)
		pix_session_expiry_start(session);
}
