/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */
#ifndef PIX_JWA_H
#define PIX_JWA_H

#include "pix-core.h"

/* Signature algorithms of JWS that this suite verifies (RFC 7518 §3.1,
   RFC 8037 §3.1, RFC 8812, RFC 9864). There are no symmetric ones on purpose:
   the verifier never holds a secret of an issuer. */
enum pix_jwa {
	PIX_JWA_RS256,
	PIX_JWA_RS384,
	PIX_JWA_RS512,
	PIX_JWA_PS256,
	PIX_JWA_PS384,
	PIX_JWA_PS512,
	PIX_JWA_ES256,
	PIX_JWA_ES384,
	PIX_JWA_ES512,
	PIX_JWA_ES256K,
	PIX_JWA_EDDSA,
	PIX_JWA_ED25519,
	PIX_JWA_ED448,
	PIX_JWA_COUNT
};

enum pix_key_type {
	PIX_KEY_RSA,
	PIX_KEY_P256,
	PIX_KEY_P384,
	PIX_KEY_P521,
	PIX_KEY_SECP256K1,
	PIX_KEY_ED25519,
	PIX_KEY_ED448,
};

#define PIX_JWA_BIT(alg) (1U << (alg))
/* All but ES256K, which an issuer must name to be accepted. */
#define PIX_JWA_DEFAULT_MASK \
	((PIX_JWA_BIT(PIX_JWA_COUNT) - 1) & ~PIX_JWA_BIT(PIX_JWA_ES256K))

/* "RS256" */
const char *pix_jwa_name(enum pix_jwa alg);
/* TRUE and alg_r for a name (case-sensitive, as RFC 7515 §4.1.1 wants). */
bool pix_jwa_find(const char *name, enum pix_jwa *alg_r);
/* TRUE for "none" and the HS* family, spelled in any case: never accepted. */
bool pix_jwa_is_none(const char *name);
bool pix_jwa_is_symmetric(const char *name);
/* TRUE if a key of this type may verify this algorithm. */
bool pix_jwa_fits(enum pix_jwa alg, enum pix_key_type type);
/* Name of the digest for OpenSSL, NULL for EdDSA. */
const char *pix_jwa_digest(enum pix_jwa alg);
bool pix_jwa_is_pss(enum pix_jwa alg);

/* "RSA", "P-256", "Ed25519" */
const char *pix_key_type_name(enum pix_key_type type);
/* Bytes of one coordinate of a curve's signature or key; 0 for RSA. */
size_t pix_key_type_size(enum pix_key_type type);

#endif
