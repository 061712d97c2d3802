/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */
#ifndef PIX_JWKS_H
#define PIX_JWKS_H

#include "pix-jwk.h"

/* Largest text of a key set that is read, in bytes. */
#define PIX_JWKS_MAX_SIZE (512 * 1024)
/* Keys that are kept of one set. */
#define PIX_JWKS_MAX_KEYS 128
/* Keys that one token may make us try. */
#define PIX_JWKS_MAX_TRIES 4

/* The keys of one issuer (RFC 7517 §5), never changed after it was made. */
struct pix_jwks;

/* Reads a JWK Set, a single JWK, or PEM (public keys and certificates); which
   one is told by the text. Keys for other uses are left out; so are broken ones,
   and notes (may be NULL) gets a line for each: "key 2 (kid=x): reason".
   Returns NULL and error_r (data stack) if the text is broken or holds no
   usable key. Free it with pix_jwks_unref(). */
struct pix_jwks *
pix_jwks_parse(const void *data, size_t size, string_t *notes,
	       const char **error_r);
void pix_jwks_ref(struct pix_jwks *set);
/* Does nothing for NULL. */
void pix_jwks_unref(struct pix_jwks **set);

unsigned int pix_jwks_count(const struct pix_jwks *set);
/* idx: 0..count-1 */
struct pix_jwk *pix_jwks_get(struct pix_jwks *set, unsigned int idx);
/* SHA-256 over the thumbprints: equal sets have equal digests. */
const unsigned char *pix_jwks_digest(const struct pix_jwks *set);

enum pix_jwks_find {
	/* no key has this kid */
	PIX_JWKS_UNKNOWN = -1,
	/* the kid is known, but its key is not for this algorithm */
	PIX_JWKS_UNSUITABLE = 0,
	PIX_JWKS_FOUND = 1,
};

/* Keys to try for a token: those with its kid, or without any kid of their own;
   all, if the token names none (kid NULL). keys_r gets up to
   PIX_JWKS_MAX_TRIES, count_r their number. */
enum pix_jwks_find
pix_jwks_find(struct pix_jwks *set, const char *kid, enum pix_jwa alg,
	      struct pix_jwk *keys_r[PIX_JWKS_MAX_TRIES], unsigned int *count_r);

#endif
