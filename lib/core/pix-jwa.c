/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-jwa.h"

#define KEY(type) (1U << (type))

static const struct {
	const char *name;
	const char *digest;
	unsigned int keys;
	bool pss;
} jwa[PIX_JWA_COUNT] = {
	[PIX_JWA_RS256] = { "RS256", "SHA256", KEY(PIX_KEY_RSA), FALSE },
	[PIX_JWA_RS384] = { "RS384", "SHA384", KEY(PIX_KEY_RSA), FALSE },
	[PIX_JWA_RS512] = { "RS512", "SHA512", KEY(PIX_KEY_RSA), FALSE },
	[PIX_JWA_PS256] = { "PS256", "SHA256", KEY(PIX_KEY_RSA), TRUE },
	[PIX_JWA_PS384] = { "PS384", "SHA384", KEY(PIX_KEY_RSA), TRUE },
	[PIX_JWA_PS512] = { "PS512", "SHA512", KEY(PIX_KEY_RSA), TRUE },
	[PIX_JWA_ES256] = { "ES256", "SHA256", KEY(PIX_KEY_P256), FALSE },
	[PIX_JWA_ES384] = { "ES384", "SHA384", KEY(PIX_KEY_P384), FALSE },
	[PIX_JWA_ES512] = { "ES512", "SHA512", KEY(PIX_KEY_P521), FALSE },
	[PIX_JWA_ES256K] = { "ES256K", "SHA256", KEY(PIX_KEY_SECP256K1), FALSE },
	[PIX_JWA_EDDSA] = { "EdDSA", NULL, KEY(PIX_KEY_ED25519) | KEY(PIX_KEY_ED448), FALSE },
	[PIX_JWA_ED25519] = { "Ed25519", NULL, KEY(PIX_KEY_ED25519), FALSE },
	[PIX_JWA_ED448] = { "Ed448", NULL, KEY(PIX_KEY_ED448), FALSE },
};

static const struct {
	const char *name;
	size_t size;
} key_types[] = {
	[PIX_KEY_RSA] = { "RSA", 0 },
	[PIX_KEY_P256] = { "P-256", 32 },
	[PIX_KEY_P384] = { "P-384", 48 },
	[PIX_KEY_P521] = { "P-521", 66 },
	[PIX_KEY_SECP256K1] = { "secp256k1", 32 },
	[PIX_KEY_ED25519] = { "Ed25519", 32 },
	[PIX_KEY_ED448] = { "Ed448", 57 },
};

const char *pix_jwa_name(enum pix_jwa alg)
{
	return jwa[alg].name;
}

bool pix_jwa_find(const char *name, enum pix_jwa *alg_r)
{
	for (unsigned int i = 0; i < PIX_JWA_COUNT; i++) {
		if (strcmp(jwa[i].name, name) == 0) {
			*alg_r = (enum pix_jwa)i;
			return TRUE;
		}
	}
	return FALSE;
}

bool pix_jwa_is_none(const char *name)
{
	return strcasecmp(name, "none") == 0;
}

bool pix_jwa_is_symmetric(const char *name)
{
	return strncasecmp(name, "HS", 2) == 0;
}

bool pix_jwa_fits(enum pix_jwa alg, enum pix_key_type type)
{
	return (jwa[alg].keys & KEY(type)) != 0;
}

const char *pix_jwa_digest(enum pix_jwa alg)
{
	return jwa[alg].digest;
}

bool pix_jwa_is_pss(enum pix_jwa alg)
{
	return jwa[alg].pss;
}

const char *pix_key_type_name(enum pix_key_type type)
{
	return key_types[type].name;
}

size_t pix_key_type_size(enum pix_key_type type)
{
	return key_types[type].size;
}
