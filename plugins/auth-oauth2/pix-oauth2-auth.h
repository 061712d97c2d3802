/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */
#ifndef PIX_OAUTH2_AUTH_H
#define PIX_OAUTH2_AUTH_H

#include "pix-login.h"
#include "pix-oauth2-provider.h"
#include "pix-token-cache.h"

struct pix_oauth2_settings;
struct pix_oauth2_introspector;
struct pix_client;

/* What the module is in one auth process. */
struct pix_oauth2_auth {
	struct event *event;
	const struct pix_oauth2_settings *set;
	struct pix_issuers *issuers;
	/* in the order of issuers */
	ARRAY(struct pix_oauth2_provider *) providers;
	/* one for each provider, in the same order */
	ARRAY(struct pix_oauth2_introspector *) introspectors;
	struct pix_http *http;
	/* NULL: pix_oauth2_cache_size is 0 */
	struct pix_token_cache *cache;
	/* NULL: revocations are not asked about */
	struct pix_client *identity;
	struct timeout *to_start;
	enum pix_login_passdb passdb;
};

/* Reads settings and issuers. As root. Returns 0, or -1 and error_r. */
int pix_oauth2_auth_preinit(struct pix_oauth2_auth **auth_r, const char **error_r);
/* As the process's own user, with its ioloop. */
void pix_oauth2_auth_init(struct pix_oauth2_auth *auth);
void pix_oauth2_auth_deinit(struct pix_oauth2_auth **auth);

/* NULL for an issuer that isn't configured. */
struct pix_oauth2_provider *
pix_oauth2_auth_find(struct pix_oauth2_auth *auth, const char *issuer);

/* pix-oauth2-revocation.c */
void pix_oauth2_revocation_init(struct pix_oauth2_auth *auth);
void pix_oauth2_revocation_deinit(struct pix_oauth2_auth *auth);

/* pix-oauth2-login.c */
void pix_oauth2_login_begin(struct pix_login *login, const char *token,
			    void *context);
void pix_oauth2_login_invalid(struct pix_login *login, const char *error,
			      void *context);

#endif
