/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */
#ifndef PIX_SESSION_LINK_H
#define PIX_SESSION_LINK_H

#include "pix-session.h"

/* The connection of this process to pix-identity (docs/protocol/identity.md,
   socket pix-identity-session). It carries all sessions of the process, comes back
   after a restart of the service and registers them again. */

/* Opens the connection while the process still is root. */
void pix_session_link_preinit(void);
void pix_session_link_deinit(void);

/* Registers the session; asynchronous. */
void pix_session_link_register(struct pix_session *session);
/* Registers the session and waits, at most timeout_msecs, for the answer:
   whether its user or its master user is enrolled. */
enum pix_session_answer
pix_session_link_ask(struct pix_session *session, unsigned int timeout_msecs);
void pix_session_link_release(struct pix_session *session);

#endif
