/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */
#ifndef PIX_JWK_H
#define PIX_JWK_H

#include "pix-json.h"
#include "pix-jwa.h"
#include <openssl/evp.h>

#define PIX_JWK_RSA_MIN_BITS 2048
/* Larger moduli only serve to burn CPU. */
#define PIX_JWK_RSA_MAX_BITS 8192
#define PIX_JWK_KID_MAX 512
#define PIX_JWK_THUMBPRINT_SIZE 32

/* A public key that verifies signatures (RFC 7517). */
struct pix_jwk {
	enum pix_key_type type;
	/* NULL: the key has no id (a PEM file) and is tried for any */
	const char *kid;
	/* algorithms that this key may verify, PIX_JWA_BIT()s */
	unsigned int algs;
	unsigned int bits;
	/* RFC 7638, SHA-256 */
	unsigned char thumbprint[PIX_JWK_THUMBPRINT_SIZE];

	EVP_PKEY *pkey;
	/* begun verifications, one an algorithm, used again and again */
	EVP_PKEY_CTX *verify[PIX_JWA_COUNT];
	/* EdDSA has no other form; copied for each use */
	EVP_MD_CTX *eddsa;
};

enum pix_jwk_result {
	/* the key is broken, weak, or holds private parts */
	PIX_JWK_INVALID = -1,
	/* a good key for something else: encryption, symmetric, unknown curve */
	PIX_JWK_OTHER = 0,
	PIX_JWK_OK = 1,
};

/* Reads one JWK (RFC 7517 §4, RFC 7518 §6, RFC 8037 §2). kty, crv, use,
   key_ops, alg and kid are honoured; x5c and x5u are ignored; the point or
   modulus is checked (EVP_PKEY_public_check). Strings live in pool. For a
   result other than OK nothing is left to free, and error_r is a static or data
   stack text without key material. */
enum pix_jwk_result
pix_jwk_parse(pool_t pool, const json_t *obj, struct pix_jwk *key_r,
	      const char **error_r);
/* The same from a public key of any origin; takes its own reference. */
enum pix_jwk_result
pix_jwk_from_pkey(EVP_PKEY *pkey, struct pix_jwk *key_r, const char **error_r);
/* Frees what the key holds of OpenSSL. */
void pix_jwk_deinit(struct pix_jwk *key);

/* Checks a signature over data. sig has the form of RFC 7518 §3 (ECDSA: r and
   s, fixed size). alg must be in key->algs. Touches the key's own contexts:
   one thread only. */
bool pix_jwk_verify(struct pix_jwk *key, enum pix_jwa alg,
		    const void *data, size_t size,
		    const void *sig, size_t sig_size);

#endif
