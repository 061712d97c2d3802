/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-jwt.h"
#include "fuzz.h"

/* RFC 8037 A.2 and RFC 7515 A.3 */
static const char fuzz_keys[] =
	"{\"keys\":["
	"{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"},"
	"{\"kty\":\"EC\",\"crv\":\"P-256\",\"kid\":\"ec\",\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\","
	"\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\"}]}";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct pix_jwks *keys;
	struct pix_jws jws;
	const char *error;
	json_t *claims = NULL;

	if (keys == NULL)
		keys = pix_jwks_parse(fuzz_keys, strlen(fuzz_keys), NULL, &error);
	i_assert(keys != NULL);
	(void)pix_jws_is_jwt((const char *)data, size);
	if (pix_jws_parse((const char *)data, size, &jws) != PIX_TOKEN_OK)
		return 0;
	i_assert(jws.header != NULL && jws.alg < PIX_JWA_COUNT);
	(void)pix_jws_verify(&jws, keys, NULL);
	if (pix_jwt_claims(&jws, &claims) == PIX_TOKEN_OK)
		(void)pix_jwt_issuer(claims);
	json_decref(claims);
	pix_jws_deinit(&jws);
	return 0;
}
