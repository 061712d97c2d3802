/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-session.h"
#include "ioloop.h"
#include "master-service.h"

#include <time.h>

/* How often an idle point is looked for, and how long a client that is in the
   middle of a command is waited for. */
#define PIX_SESSION_RETRY_MSECS 100
#define PIX_SESSION_RETRY_MAX 100

static void pix_session_end_now(struct pix_session *session)
{
	bool force = ++session->end_tries > PIX_SESSION_RETRY_MAX;

	timeout_remove(&session->to_end);
	if (session->client_end != NULL && session->client == NULL)
		return;
	if (session->client_end == NULL) {
		if (strcmp(pix_session_service(), "sieve") != 0) {
			/* not created yet: it will come back here */
			return;
		}
		/* ManageSieve has no seam to its client. Its process says a
		   proper BYE to its clients when it stops. */
		master_service_stop(master_service);
		return;
	}
	if (session->client_end(session->client, session->end_text, force))
		return;
	session->to_end = timeout_add_short_to(session->ioloop,
					       PIX_SESSION_RETRY_MSECS,
					       pix_session_end_now, session);
}

void pix_session_end(struct pix_session *session, const char *reason,
		     const char *text)
{
	struct mail_user *user = session->user;
	struct event_passthrough *e;

	if (session->end_reason != NULL)
		return;
	session->end_reason = p_strdup(user->pool, reason);
	session->end_text = p_strdup(user->pool, text);
	e = event_create_passthrough(user->event)->
		set_name("pix_session_ended")->
		add_str("reason_code", reason);
	e_info(e->event(), "pix_session: Ending the session of user=%s: %s",
	       user->username, reason);
	/* from the session's own ioloop: the caller may be in another one, or
	   in the middle of the user's creation */
	timeout_remove(&session->to_end);
	session->to_end = timeout_add_to(session->ioloop, 0,
					 pix_session_end_now, session);
}

static int64_t pix_session_now_msecs(void)
{
	struct timespec ts;

	if (clock_gettime(CLOCK_REALTIME, &ts) < 0)
		i_unreached();
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

void pix_session_expiry_start(struct pix_session *session)
{
	unsigned int wait = pix_session_expiry_wait(session->expires,
		session->set->pix_session_expiry_grace, pix_session_now_msecs());

	timeout_remove(&session->to_expire);
	if (wait == 0) {
		pix_session_end(session, "expired",
			"Your access has expired, log in again");
		return;
	}
	session->to_expire = timeout_add_to(session->ioloop, wait,
					    pix_session_expiry_start, session);
}

void pix_session_client_attach(struct mail_user *user, struct client *client,
			       bool (*end)(struct client *client,
					   const char *text, bool force))
{
	struct pix_session *session = pix_session_get(user);

	if (session == NULL)
		return;
	session->client = client;
	session->client_end = end;
	if (session->end_reason != NULL && session->to_end == NULL)
		session->to_end = timeout_add_to(session->ioloop, 0,
						 pix_session_end_now, session);
}
