/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */
#ifndef PIX_CLIENT_ASSERTION_H
#define PIX_CLIENT_ASSERTION_H

#include "pix-core.h"

/* Makes a JWT by which we prove who we are to an issuer (RFC 7523 §2.2, client
   authentication private_key_jwt), signed with libjwt. pem: private RSA or EC key
   in PEM; RS256, ES256, ES384 or ES512 by its type. now: seconds since 1970; it
   lasts a minute. jti: unique. Returns the assertion (data stack), or NULL and
   error_r, without key material. */
const char *
pix_client_assertion(const char *pem, const char *client_id, const char *audience,
		     int64_t now, const char *jti, const char **error_r);

#endif
