/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */
#ifndef PIX_JWS_H
#define PIX_JWS_H

#include "pix-json.h"
#include "pix-jwks.h"
#include "pix-verdict.h"

/* Longest token that is looked at, in bytes. */
#define PIX_JWS_MAX_SIZE (64 * 1024)
/* Deepest nesting of a token's JSON. */
#define PIX_JWS_MAX_DEPTH 12

/* A JWS in compact form (RFC 7515 §7.1), taken apart but not yet believed. */
struct pix_jws {
	/* protected header */
	json_t *header;
	enum pix_jwa alg;
	/* NULL without one; live as long as header */
	const char *kid, *typ;

	buffer_t *payload;
	buffer_t *signature;
	/* points into the token */
	const char *signing_input;
	size_t signing_size;
};

/* TRUE if the text has the shape of a JWS or JWE (dots and base64url): anything
   else is an opaque token. */
bool pix_jws_is_jwt(const char *token, size_t size);

/* Takes a token apart and refuses by its header (RFC 8725 §3): no "none", no
   symmetric algorithm, no crit, no key that the token brings itself, no
   duplicate members, strict base64url. For a result other than OK nothing is
   left to free. token must outlive jws_r. */
enum pix_verdict
pix_jws_parse(const char *token, size_t size, struct pix_jws *jws_r);
/* Wipes and frees. */
void pix_jws_deinit(struct pix_jws *jws);

/* Checks the signature against the keys of one issuer. OK, KEY_UNKNOWN (a newer
   key set may have it), KEY_UNSUITABLE or SIGNATURE. key_r (may be NULL) is the
   key that fitted. */
enum pix_verdict
pix_jws_verify(const struct pix_jws *jws, struct pix_jwks *keys,
	       const struct pix_jwk **key_r);

#endif
