/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */
#ifndef PIX_PASSDB_H
#define PIX_PASSDB_H

/* What differs between the hosts for a passdb of ours. Only for modules of auth. */

#include "lib.h"
#include "net.h"
#include "auth-common.h"
#include "auth-request.h"
#include "passdb.h"

struct pix_passdb {
	/* name of the driver */
	const char *name;
	/* Called once, as root, when the first block with our driver is read.
	   FALSE and error_r end auth. */
	bool (*preinit)(const char **error_r);
	/* Called once, when all chains are known and privileges are dropped. */
	void (*init)(void);
	void (*deinit)(void);
	void (*verify_plain)(struct auth_request *request, const char *password,
			     verify_plain_callback_t *callback);
	void (*lookup_credentials)(struct auth_request *request,
				   lookup_credentials_callback_t *callback);
};

/* passdb must stay in place. One passdb a module. */
void pix_passdb_register(const struct pix_passdb *passdb);
void pix_passdb_unregister(void);

/* "imap", "pop3", … "" if the client names none. */
const char *pix_passdb_service(const struct auth_request *request);
/* Name of the SASL mechanism, "" for a lookup without one. */
const char *pix_passdb_mech(const struct auth_request *request);
/* For the log: names user, address and session. */
struct event *pix_passdb_event(const struct auth_request *request);
/* Driver of the passdb that spoke last. */
const char *pix_passdb_driver(const struct auth_request *request);
/* Cuts mech_password to len bytes, where it is, and wipes the rest. */
void pix_passdb_cut_password(struct auth_request *request, size_t len);
/* Makes the request look like a wrong password to all that follows: clears
   what the passdbs said. Then call the callback with PASSWORD_MISMATCH. */
void pix_passdb_refuse(struct auth_request *request);
/* Sets the userdb field pix_NAME for the mail process. */
void pix_passdb_set_field(struct auth_request *request, const char *name,
			  const char *value);

/* Path of a socket: absolute, or below base_dir. Data stack. */
const char *pix_passdb_socket(const char *set);

/* Looks at all chains of auth: whether a login could pass the passdb by.
   Returns FALSE and error_r, which names the fix. allow_master: chains of master
   users may lack it. */
bool pix_passdb_check_chains(const char *driver, bool allow_master,
			     const char **error_r);

#endif
