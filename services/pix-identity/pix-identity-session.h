/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */
#ifndef PIX_IDENTITY_SESSION_H
#define PIX_IDENTITY_SESSION_H

#include "pix-identity.h"

/* The registry of mail sessions. An entry lives as long as the mail process
   keeps its connection and doesn't release it. Entries are what mail processes
   say of themselves: good for ending sessions, no evidence. */

struct pix_identity_sessions;

/* Sessions of one mail process. */
#define PIX_IDENTITY_SESSIONS_PER_PEER 1024

struct pix_identity_session {
	struct pix_identity_session *prev, *next;
	struct pix_service_conn *conn;
	/* all but id, user and service may be NULL */
	char *id, *user, *service;
	char *master, *factor, *credential, *issuer, *token, *rip;
	/* unix seconds; expires is 0 without an end */
	int64_t start, expires;
	/* when the token was issued, 0 if unknown */
	int64_t issued;
	bool tls:1;
	/* told to end */
	bool ending:1;
};

/* What must match; NULL matches all. token: a prefix of the hash that auth
   passes (docs/protocol/fields.md). */
struct pix_identity_session_filter {
	const char *user, *session, *service, *factor, *credential, *issuer;
	const char *token, *rip;
};

struct pix_identity_sessions *
pix_identity_sessions_init(void);
void pix_identity_sessions_deinit(struct pix_identity_sessions **sessions);

/* Adds or replaces the session that args describes (docs/protocol/identity.md).
   NULL and error_r if they are invalid or the peer has too many. */
struct pix_identity_session *
pix_identity_session_add(struct pix_identity_sessions *sessions,
			 struct pix_service_conn *conn, const json_t *args,
			 const char **error_r);
/* The peer's own session, or NULL. */
struct pix_identity_session *
pix_identity_session_find(struct pix_identity_sessions *sessions,
			  const struct pix_service_conn *conn, const char *id);
void pix_identity_session_remove(struct pix_identity_sessions *sessions,
				 struct pix_identity_session **session);
/* The connection is gone, and with it its sessions. */
void pix_identity_sessions_closed(struct pix_identity_sessions *sessions,
				  const struct pix_service_conn *conn);

/* First session behind prev (NULL: the first of all) that matches. */
struct pix_identity_session *
pix_identity_session_next(struct pix_identity_sessions *sessions,
			  const struct pix_identity_session *prev,
			  const struct pix_identity_session_filter *filter);
/* Tells the mail process to end the session. reason is a word, text (may be
   NULL) a sentence for the user. */
void pix_identity_session_end(struct pix_identity_session *session,
			      const char *reason, const char *text);
unsigned int
pix_identity_sessions_count(const struct pix_identity_sessions *sessions);

#endif
