/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */
#ifndef PIX_OAUTH2_FETCH_H
#define PIX_OAUTH2_FETCH_H

/* One fetch of an issuer's keys: discovery (OpenID Connect Discovery §4, RFC
   8414 §3) and then the JWK Set. */

#include "pix-http.h"
#include "pix-issuer.h"
#include "pix-jwks.h"

struct pix_oauth2_fetch;

struct pix_oauth2_fetched {
	/* one reference, which the callback takes over */
	struct pix_jwks *keys;
	/* the set as it came */
	const buffer_t *text;
	/* broken keys that were left out, "" = none */
	const char *notes;
	/* of the discovery document, NULL without one */
	const char *jwks_uri, *introspection_endpoint, *config_url;
	/* Cache-Control of the set in seconds, -1 = none */
	int64_t max_age;
};

/* Called exactly once, never before pix_oauth2_fetch_start() returned. fetched is NULL
   for a failure, then error says what was asked and why it failed. */
typedef void pix_oauth2_fetch_callback_t(const struct pix_oauth2_fetched *fetched,
					 const char *error, void *context);

/* issuer->keys is DISCOVERY or URL. */
struct pix_oauth2_fetch *
pix_oauth2_fetch_start(struct pix_http *http, const struct pix_issuer *issuer,
		       pix_oauth2_fetch_callback_t *callback, void *context);
void pix_oauth2_fetch_cancel(struct pix_oauth2_fetch **fetch);

#endif
