/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */
#ifndef PIX_IDENTITY_TICKET_H
#define PIX_IDENTITY_TICKET_H

#include "pix-identity.h"

/* Who may speak on the socket pix-identity-session, which any uid can open: a
   process that connected while it was root (a module's preinit), and the same process
   again when it shows the ticket that it got then; and processes of the users in
   pix_identity_session_users. A ticket is a MAC over pid and start time of the
   process, so it holds across restarts of the service and is of no use to others. */

/* TRUE if the peer may; adds its ticket to answer. Else FALSE and error_r. */
bool pix_identity_ticket_hello(struct pix_identity *identity,
			       struct pix_service_conn *conn,
			       const json_t *hello, json_t *answer,
			       const char **error_r);

#endif
