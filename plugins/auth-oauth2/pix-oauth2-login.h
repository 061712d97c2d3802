/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */
#ifndef PIX_OAUTH2_LOGIN_H
#define PIX_OAUTH2_LOGIN_H

#include "pix-oauth2-auth.h"
#include "pix-jwt.h"

/* One login with a token, from the client's message to the answer. */
struct oauth2_login {
	struct pix_oauth2_auth *auth;
	struct pix_login *login;
	/* NULL until the issuer is known */
	struct pix_oauth2_provider *provider;
	const char *token;
	struct pix_jwt_identity id;
	/* what names the token in logs and fields */
	const char *hash;
	unsigned char cache_key[PIX_TOKEN_CACHE_KEY_SIZE];
	/* it waited for keys once */
	bool waited;
	/* id is that of a JWT that was found good: only its being active is asked */
	bool identified;
	/* the token is opaque: the next issuer to ask about it */
	bool opaque;
	unsigned int next_provider;
	/* an issuer that might know the token could not be asked */
	bool unanswered;
};

/* Tells client and log. detail may be NULL; it may come from the token, never is
   it. */
void pix_oauth2_login_refuse(struct oauth2_login *ol, enum pix_verdict verdict,
			     const char *detail);
/* ol->id is good: remembers it for ttl seconds at most and goes on to the passdbs. */
void pix_oauth2_login_identified(struct oauth2_login *ol, unsigned int ttl);
/* All was found good: lets the client in. */
void pix_oauth2_login_accept(struct oauth2_login *ol);
/* Remembers a refusal until the given time. */
void pix_oauth2_login_remember_refusal(struct oauth2_login *ol,
				       enum pix_verdict verdict, int64_t until);
/* Begins again, after keys came. */
void pix_oauth2_login_verify(struct oauth2_login *ol);
/* TRUE: the login waits for newer keys of its provider. */
bool pix_oauth2_login_wait(struct oauth2_login *ol);

/* pix-oauth2-revocation.c: the last question; accepts or refuses. */
void pix_oauth2_revocation_check(struct oauth2_login *ol);

/* pix-oauth2-login-introspect.c: asks ol->provider about the token. */
void pix_oauth2_login_introspect(struct oauth2_login *ol);
/* Asks every issuer that introspects, in order, until one knows the token. */
void pix_oauth2_login_opaque(struct oauth2_login *ol);

#endif
