/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */
#ifndef PASSDB_PIX_MFA_H
#define PASSDB_PIX_MFA_H

#include "pix-passdb.h"
#include "pix-client.h"
#include "pix-mfa-code.h"
#include "pix-mfa-policy.h"
#include "pix-mfa-users.h"
#include "pix-settings-mfa.h"

/* One login. It begins as the first passdb of the chain: the code is cut off
   the password and the chain goes on; it ends in the callback of the whole
   chain, which we take over. */
struct pix_mfa_login {
	struct pix_mfa_login *prev, *next;
	struct auth_request *request;
	/* the name as it was when the chain began */
	const char *name;
	struct pix_mfa_code code;
	/* what to call when our own step of the chain is done */
	union {
		verify_plain_callback_t *plain;
		lookup_credentials_callback_t *credentials;
	} step;
	/* what the chain would have called at its end */
	union {
		verify_plain_callback_t *plain;
		lookup_credentials_callback_t *credentials;
	} end;
	/* the chain's verdict, while pix-identity is asked */
	enum passdb_result result;
	/* an app password was given: its id and owner, if it was right */
	const char *app_credential, *app_owner;

	/* the login waits for the set of users or for an answer */
	struct timeout *to_wait;
	struct pix_client_request *question;

	/* a lookup of credentials, not a plain password */
	bool credentials:1;
	/* the string was an app password by its shape */
	bool app:1;
	/* the code is right for an enrolment that is pending */
	bool pending:1;
	/* an OAuth mechanism: the password is a token */
	bool token:1;
};

/* The process. */
struct pix_mfa {
	const struct pix_mfa_settings *set;
	struct pix_mfa_users *users;
	struct pix_client *client;
	struct event *event;
	pool_t pool;
	struct pix_mfa_policy *policy;
	/* logins that wait for the set of users */
	struct pix_mfa_login *waiting;
	/* after this time the set of the file is used as it is */
	struct timeout *to_file;
};
extern struct pix_mfa pix_mfa;

bool pix_mfa_preinit(const char **error_r);
void pix_mfa_init(void);
void pix_mfa_deinit(void);
void pix_mfa_verify_plain(struct auth_request *request, const char *password,
			  verify_plain_callback_t *callback);
void pix_mfa_lookup_credentials(struct auth_request *request,
				lookup_credentials_callback_t *callback);

/* Takes over the callback of the whole chain. */
void pix_mfa_wrap(struct pix_mfa_login *login);
struct pix_mfa_login *pix_mfa_login_find(struct auth_request *request);
/* Members that all questions to pix-identity have. */
json_t *pix_mfa_question(const struct pix_mfa_login *login, const char *user);

#endif
