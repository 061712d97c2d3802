/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */
#ifndef PIX_AUTH_OUTCOME_H
#define PIX_AUTH_OUTCOME_H

/* What the auth process says when an authentication ended. For modules of auth. */

#include "lib.h"

struct event;

struct pix_auth_outcome {
	/* user: as the passdbs left it. given: as the client typed it. Each string may be NULL. */
	const char *user, *given, *master;
	const char *protocol, *mech, *session, *client;
	const char *ip, *local_ip, *real_ip;
	intmax_t port, local_port;
	bool success;
	/* not the client's fault */
	bool internal;
	bool unknown_user;
	/* the policy server said no */
	bool policy;
	/* "TLSv1.3 cipher group" of a login process with our plugin, or NULL */
	const char *tls;
	bool secured;
	/* userdb fields of the suite */
	const char *factor, *credential, *issuer;
};

/* Reads an event "auth_request_finished". FALSE if it is about something else
   than a client's authentication. Data stack. */
bool pix_auth_outcome_get(struct event *event, struct pix_auth_outcome *outcome_r);
/* Puts a field on the request that an event of one of our modules belongs to,
   so that its end has it. */
void pix_auth_outcome_note(struct event *event, const char *key, const char *value);
/* A field that was noted, or NULL. */
const char *pix_auth_outcome_noted(struct event *event, const char *key);
/* TRUE in the process that answers clients, FALSE in an auth-worker. */
bool pix_auth_is_server(void);

#endif
