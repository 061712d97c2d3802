/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */
#ifndef PIX_LOGIN_H
#define PIX_LOGIN_H

/* The mechanisms OAUTHBEARER and XOAUTH2 in the auth process, taken over from the
   host: its own ones ask its own validation and send an error of their own. */

#include "lib.h"

struct event;
struct pix_login;

/* A client wants to log in with a token, which lives as long as the login. Must end, now or later, in one pix_login_succeed()
   or pix_login_fail(). */
typedef void pix_login_begin_t(struct pix_login *login, const char *token,
			       void *context);
/* A client sent something that is no valid message. Must end the same way. */
typedef void pix_login_invalid_t(struct pix_login *login, const char *error,
				 void *context);

struct pix_login_vfuncs {
	pix_login_begin_t *begin;
	pix_login_invalid_t *invalid;
};

/* Takes both mechanisms over in this process. Call from a passdb's init().
   Returns how many of them auth_mechanisms offers. */
unsigned int pix_login_take_over(const struct pix_login_vfuncs *vfuncs, void *context);

/* TRUE in the one process that answers clients (not in an auth-worker). */
bool pix_login_is_server(void);
/* Makes the passdb NAME, which knows nobody: it only brings a module to life.
   preinit runs as root, init as the process's own user. */
void pix_login_register_passdb(const char *name,
			       int (*preinit)(const char **error_r),
			       void (*init)(void), void (*deinit)(void));
void pix_login_unregister_passdb(void);
/* uid and gid that the process will have; its own if it has them already. */
void pix_login_target_ids(uid_t *uid_r, gid_t *gid_r);
/* Parent for the events of a module of auth; and the host's base_dir. */
struct event *pix_login_auth_event(void);
const char *pix_login_base_dir(void);

pool_t pix_login_pool(struct pix_login *login);
struct event *pix_login_event(struct pix_login *login);
/* The user as it is now; after PIX_LOGIN_OK the final one. */
const char *pix_login_user(struct pix_login *login);
/* "imap" */
const char *pix_login_service(struct pix_login *login);
bool pix_login_is_xoauth2(struct pix_login *login);
void pix_login_set_context(struct pix_login *login, void *context);
void *pix_login_context(struct pix_login *login);
/* FALSE: the client is gone, nothing may be recorded. */
bool pix_login_alive(struct pix_login *login);
void pix_login_ref(struct pix_login *login);
void pix_login_unref(struct pix_login **login);

enum pix_login_result {
	PIX_LOGIN_OK,
	/* not acceptable to the host (auth_username_chars), or a master login */
	PIX_LOGIN_USER_INVALID,
	/* the client named somebody else */
	PIX_LOGIN_USER_MISMATCH,
	/* a passdb says that the account is disabled, expired or denied */
	PIX_LOGIN_DISABLED,
	/* no passdb knows the user, though one must */
	PIX_LOGIN_UNKNOWN,
	PIX_LOGIN_TEMPFAIL,
};

enum pix_login_passdb {
	/* deny passdbs and disabled accounts count, the user need not be known */
	PIX_LOGIN_PASSDB_OPTIONAL,
	/* a passdb must know the user: its allow_nets and other fields count */
	PIX_LOGIN_PASSDB_REQUIRED,
	/* no passdb is asked */
	PIX_LOGIN_PASSDB_NONE,
};

typedef void pix_login_authorize_callback_t(struct pix_login *login,
					    enum pix_login_result result);

/* Becomes the token's user, if the one that the client named (if any) is the same
   after the host's own normalisation, and asks the operator's passdbs about the account.
   The callback may be called before this returns. */
void pix_login_authorize(struct pix_login *login, const char *token_user,
			 enum pix_login_passdb passdb,
			 pix_login_authorize_callback_t *callback);

/* fields: NAME, VALUE pairs, NULL-terminated; "userdb_" ones go to the mail
   process. Only after PIX_LOGIN_OK. */
void pix_login_succeed(struct pix_login *login, const char *const *fields);
/* json is sent as the mechanism's last challenge (RFC 7628 §3.2.2). */
void pix_login_fail(struct pix_login *login, const char *json);

#endif
