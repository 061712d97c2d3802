/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-jwks.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	string_t *notes = t_str_new(256);
	struct pix_jwk *keys[PIX_JWKS_MAX_TRIES];
	const char *error = NULL;
	struct pix_jwks *set = pix_jwks_parse(data, size, notes, &error);
	unsigned int count;

	if (set == NULL) {
		i_assert(error != NULL);
		return 0;
	}
	i_assert(pix_jwks_count(set) > 0 && pix_jwks_count(set) <= PIX_JWKS_MAX_KEYS);
	for (unsigned int alg = 0; alg < PIX_JWA_COUNT; alg++) {
		if (pix_jwks_find(set, NULL, (enum pix_jwa)alg, keys, &count) !=
		    PIX_JWKS_FOUND)
			continue;
		/* a random signature never fits */
		i_assert(!pix_jwk_verify(keys[0], (enum pix_jwa)alg, "x", 1,
					 data, I_MIN(size, 64)));
	}
	pix_jwks_unref(&set);
	return 0;
}
