/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */
#ifndef PIX_SESSION_POLICY_H
#define PIX_SESSION_POLICY_H

#include "pix-core.h"

/* May this mail session stay, given what auth said about its factor? The
   decision of the second line in the mail process, which sees the final user
   name, whatever passdb or userdb made of the name that the client sent. */

enum pix_session_verdict {
	PIX_SESSION_OK,
	/* nothing here says whether the user (or the master user) is enrolled:
	   ask pix-identity, and refuse if it doesn't answer */
	PIX_SESSION_ASK,
	/* an enrolled user without a factor */
	PIX_SESSION_NO_FACTOR,
	/* a master user's session, and the policy refuses these without a factor */
	PIX_SESSION_MASTER_NO_FACTOR,
	/* auth passed a field that isn't one of its words */
	PIX_SESSION_BAD_FIELD,
};

enum pix_session_master_policy {
	/* like other sessions: both names must not be enrolled */
	PIX_SESSION_MASTER_CHECK,
	/* only with a factor */
	PIX_SESSION_MASTER_REFUSE,
	/* without a factor too, whoever is enrolled */
	PIX_SESSION_MASTER_ALLOW,
};

enum pix_session_answer {
	PIX_SESSION_ANSWER_NONE,
	PIX_SESSION_ANSWER_NOT_ENROLLED,
	PIX_SESSION_ANSWER_ENROLLED,
};

struct pix_session_facts {
	/* userdb field pix_factor; NULL if absent */
	const char *factor;
	/* userdb field pix_user: the name of which auth knows that it isn't
	   enrolled; only with factor "none". NULL if absent */
	const char *known_user;
	/* the final names; master is NULL without a master login */
	const char *user, *master;
	enum pix_session_master_policy master_policy;
	/* what pix-identity said about user and master together */
	enum pix_session_answer answer;
};

/* TRUE if word is one of the factors that let an enrolled user in. */
bool pix_session_factor_is_strong(const char *word);

enum pix_session_verdict
pix_session_decide(const struct pix_session_facts *facts);

/* When to look again whether a session must end, in milliseconds from now:
   0 if it must end now. Never more than an hour, so that a clock that steps
   is noticed. expires is in unix seconds, grace in seconds. */
unsigned int pix_session_expiry_wait(int64_t expires, unsigned int grace,
				     int64_t now_msecs);

#endif
