/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */
#ifndef PIX_OAUTH2_INTROSPECT_H
#define PIX_OAUTH2_INTROSPECT_H

/* Asks an issuer about a token (RFC 7662; for Google its tokeninfo endpoint). */

#include "pix-http.h"
#include "pix-issuer.h"
#include "pix-json.h"

struct pix_oauth2_introspect;

enum pix_introspect_result {
	/* the issuer could not be asked, or answered nonsense */
	PIX_INTROSPECT_UNAVAILABLE = -1,
	PIX_INTROSPECT_INACTIVE = 0,
	PIX_INTROSPECT_ACTIVE = 1,
};

/* Called once, never before pix_oauth2_introspect() returned. claims is NULL unless
   ACTIVE and lives until the callback returns; error is NULL unless UNAVAILABLE. */
typedef void pix_oauth2_introspect_callback_t(enum pix_introspect_result result,
					      const json_t *claims,
					      const char *error, void *context);

/* url: of the issuer's endpoint. The files of the issuer's client credentials are read
   now. now: seconds since 1970. Returns 0, or -1 and error_r (data stack): then the
   callback isn't called. */
int pix_oauth2_introspect(struct pix_http *http, const struct pix_issuer *issuer,
			  const char *url, const char *token, int64_t now,
			  pix_oauth2_introspect_callback_t *callback, void *context,
			  const char **error_r);

#endif
