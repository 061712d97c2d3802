/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */
#ifndef PIX_AUDIT_CLIENT_H
#define PIX_AUDIT_CLIENT_H

/* A producer of audit records (docs/protocol/audit.md): keeps each record until
   the collector has acknowledged it, reconnects and sends again, and writes
   to a spool file what can't be handed over. Nothing here waits for the
   collector but pix_audit_client_deinit(), which has a deadline.

   A process is one producer, so it has at most one client. */

#include "pix-audit-build.h"

struct event;
struct pix_audit_client;

struct pix_audit_client_params {
	/* name of the service, as docs/protocol/audit.md lists them */
	const char *service;
	/* socket for the first connection; made absolute below base_dir */
	const char *socket;
	/* socket for later ones, after privileges and root directory changed;
	   NULL: the same */
	const char *socket_later;
	/* pix_audit_dir, which has the folder "spool" in it; NULL: no spool */
	const char *dir;
	struct event *event_parent;
};

/* TRUE if the collector's socket exists: the service is configured. */
bool pix_audit_is_enabled(const char *socket);
/* The client of this process, if another module of it made one already. */
struct pix_audit_client *pix_audit_client_find(void);
/* Connects, as root if the process still is (a module's preinit), so that the
   collector gives it a nonce for reconnects, and makes the spool file. Must
   be called with the process's main ioloop. Never fails: a collector that is
   not there is complained about and tried again. */
struct pix_audit_client *
pix_audit_client_init(const struct pix_audit_client_params *params);
/* Hands over what is left, waiting at most about half a second for the
   acknowledgement; what remains goes to the spool file. */
void pix_audit_client_deinit(struct pix_audit_client **client);

/* Begins a record that happened now. Add fields to build, then call end.
   Between the two nothing else may be called. */
void pix_audit_client_begin(struct pix_audit_client *client, const char *kind,
			    struct pix_audit_build *build);
void pix_audit_client_end(struct pix_audit_client *client,
			  struct pix_audit_build *build);
/* FALSE if a record that is made now can neither be sent nor spooled: for
   pix_audit_on_failure = refuse. */
bool pix_audit_client_is_healthy(struct pix_audit_client *client);
/* Hands over what was recorded without waiting for the timer, e.g. before a
   client is told that something was done. Doesn't block. */
void pix_audit_client_push(struct pix_audit_client *client);

#endif
