/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */
#ifndef PIX_SERVICE_MAIN_H
#define PIX_SERVICE_MAIN_H

/* The life of a service process, in this order:
   start - as root: read settings, keys, open what only root may;
   drop - become the service's own user, for good;
   run - serve until the master says stop. */

#include "pix-service.h"

/* Initialises lib-master, the log and the connection settings of the host.
   Ends the process when the command line or the configuration is wrong. */
void pix_service_main_start(const char *name, int *argc, char **argv[]);
/* The user and group of the service {} block that the process will become,
   for what is made while it still is root. (uid_t)-1: it stays as it is. */
void pix_service_main_ids(uid_t *uid_r, gid_t *gid_r);
/* Makes dir with mode 0700 if it is missing, owned by the service's user.
   Call as root. Returns 0, or -1 and error_r (data stack). */
int pix_service_main_state_dir(const char *dir, const char **error_r);
/* Drops privileges, and lets nobody read our memory: no core files, no
   ptrace by processes of the same user. */
void pix_service_main_drop(void);
/* Serves connections until the master stops us. On a reload the process stays
   until its last peer is gone, while a new one takes new connections. */
void pix_service_main_run(struct pix_service *service);
/* Calls this instead of pix_service_leave() when the master goes away or reloads, while peers may
   remain. Call before run. */
void pix_service_main_on_die(void (*callback)(void));
/* Ends lib-master; the last call. */
void pix_service_main_end(void);

#endif
