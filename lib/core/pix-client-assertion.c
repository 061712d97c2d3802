/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-client-assertion.h"

#include <stdlib.h>
#include <jwt.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#define ASSERTION_LIFETIME_SECS 60

static bool assertion_alg(const char *pem, jwt_alg_t *alg_r)
{
	BIO *bio = BIO_new_mem_buf(pem, -1);
	EVP_PKEY *pkey = bio == NULL ? NULL : PEM_read_bio_PrivateKey(bio, NULL, NULL, "");
	bool ok = TRUE;

	if (pkey != NULL && EVP_PKEY_is_a(pkey, "RSA"))
		*alg_r = JWT_ALG_RS256;
	else if (pkey != NULL && EVP_PKEY_is_a(pkey, "EC")) {
		int bits = EVP_PKEY_get_bits(pkey);

		*alg_r = bits <= 256 ? JWT_ALG_ES256 :
			bits <= 384 ? JWT_ALG_ES384 : JWT_ALG_ES512;
	} else {
		ok = FALSE;
	}
	EVP_PKEY_free(pkey);
	BIO_free(bio);
	ERR_clear_error();
	return ok;
}

const char *
pix_client_assertion(const char *pem, const char *client_id, const char *audience,
		     int64_t now, const char *jti, const char **error_r)
{
	const char *assertion = NULL;
	jwt_alg_t alg;
	jwt_t *jwt;
	char *text;

	if (!assertion_alg(pem, &alg)) {
		*error_r = "not a private RSA or EC key in PEM without a password";
		return NULL;
	}
	if (jwt_new(&jwt) != 0) {
		*error_r = "out of memory";
		return NULL;
	}
	if (jwt_add_grant(jwt, "iss", client_id) == 0 &&
	    jwt_add_grant(jwt, "sub", client_id) == 0 &&
	    jwt_add_grant(jwt, "aud", audience) == 0 &&
	    jwt_add_grant(jwt, "jti", jti) == 0 &&
	    jwt_add_grant_int(jwt, "iat", (long)now) == 0 &&
	    jwt_add_grant_int(jwt, "exp", (long)(now + ASSERTION_LIFETIME_SECS)) == 0 &&
	    jwt_set_alg(jwt, alg, (const unsigned char *)pem, (int)strlen(pem)) == 0) {
		text = jwt_encode_str(jwt);
		assertion = t_strdup(text);
		free(text);
	}
	jwt_free(jwt);
	if (assertion == NULL)
		*error_r = "libjwt could not sign";
	return assertion;
}
