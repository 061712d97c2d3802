/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */
#ifndef PIX_SESSION_H
#define PIX_SESSION_H

#include "pix-core.h"
#include "pix-session-policy.h"
#include "pix-settings-session.h"
#include "mail-user.h"

struct client;

/* One login session, as long as its mail user lives. */
struct pix_session {
	union mail_user_module_context module_ctx;
	struct pix_session *prev, *next;
	struct mail_user *user;
	const struct pix_session_settings *set;

	/* userdb fields, NULL if absent; 0 for times */
	const char *factor, *known_user, *credential, *issuer, *token;
	int64_t expires, issued;

	/* The protocol's client; NULL until it is created. */
	struct client *client;
	/* Ends the client with text for the user. FALSE: it is in the middle
	   of an answer, try again soon (with force: end anyway). */
	bool (*client_end)(struct client *client, const char *text, bool force);

	struct ioloop *ioloop;
	struct timeout *to_expire, *to_end;
	/* why it must end, once it must; the text is for the user */
	const char *end_reason, *end_text;
	unsigned int end_tries;
	bool registered:1;
};

/* TRUE in a process that serves login sessions; its plugins differ by nothing
   but the symbols of the executable. */
bool pix_session_is_login_process(void);
/* "imap", "pop3", "submission" or "sieve". */
const char *pix_session_service(void);

void pix_session_mail_user_created(struct mail_user *user);
/* The session of a user, or NULL. */
struct pix_session *pix_session_get(struct mail_user *user);

/* ---- ending, pix-session-end.c ---- */

void pix_session_expiry_start(struct pix_session *session);
/* Ends the session at the next idle point, after some seconds in any case.
   reason is a word for programs, text a sentence for the user. May be called
   before the client exists. */
void pix_session_end(struct pix_session *session, const char *reason,
		     const char *text);
/* The client exists now. */
void pix_session_client_attach(struct mail_user *user, struct client *client,
			       bool (*end)(struct client *client,
					   const char *text, bool force));

/* ---- one file a protocol: do nothing in the processes of others ---- */

void pix_session_imap_init(void);
void pix_session_imap_deinit(void);
bool pix_session_is_imap(void);
void pix_session_pop3_init(void);
void pix_session_pop3_deinit(void);
bool pix_session_is_pop3(void);
void pix_session_submission_init(void);
void pix_session_submission_deinit(void);
bool pix_session_is_submission(void);

#endif
