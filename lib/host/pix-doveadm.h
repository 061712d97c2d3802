/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */
#ifndef PIX_DOVEADM_H
#define PIX_DOVEADM_H

/* What every "doveadm pix" command needs. */

#include "pix-client.h"
#include "pix-secret.h"
#include "doveadm.h"
#include "doveadm-print.h"

/* One part's commands, NULL-terminated. */
typedef struct doveadm_cmd_ver2 *const pix_doveadm_cmd_list[];

/* A pointer to the string parameter, or NULL. */
const char *pix_doveadm_str(struct doveadm_cmd_context *cctx, const char *name);
bool pix_doveadm_bool(struct doveadm_cmd_context *cctx, const char *name);

/* Says the error on stderr and sets the exit code (EX_* of sysexits). */
void pix_doveadm_fail(int exit_code, const char *fmt, ...) ATTR_FORMAT(2, 3);

/* The host's base_dir. */
const char *pix_doveadm_base_dir(void);
/* Path of a service's socket below base_dir; set is absolute or relative. Data stack. */
const char *pix_doveadm_socket(const char *set);

/* Connects to a service as the administrator. NULL after pix_doveadm_fail(). */
struct pix_blocking_client *
pix_doveadm_connect(const char *protocol, const char *socket);
/* One request on an open connection; steals args. Returns a new reference, or
   NULL after pix_doveadm_fail(): EX_TEMPFAIL for an unreachable service, for
   a refusal the code that its "error" word stands for. */
json_t *pix_doveadm_call(struct pix_blocking_client *client,
			 const char *cmd, json_t *args);
/* Connects, asks once, disconnects. */
json_t *pix_doveadm_ask(const char *protocol, const char *socket,
			const char *cmd, json_t *args);

/* Reads one line of secret input: from the prompt on a terminal (no echo),
   else from stdin. At most 1024 bytes. NULL after pix_doveadm_fail(). */
struct pix_secret *pix_doveadm_read_secret(const char *prompt);

/* Parses a time like "90d", "12 hours" or "10min" into seconds. Returns 0, or -1 and
   error_r. */
int pix_doveadm_interval(const char *text, unsigned int *secs_r,
			 const char **error_r);

/* Who really acts, for the audit: login uid (/proc/self/loginuid) or else
   the real uid, as "uid:N". Data stack. */
const char *pix_doveadm_actor(struct doveadm_cmd_context *cctx);

#endif
