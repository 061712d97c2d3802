/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-jwk.h"
#include "pix-base64url.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>

/* Largest value of a member, in base64url characters: an RSA modulus of
   PIX_JWK_RSA_MAX_BITS and a leading zero. */
#define JWK_VALUE_MAX ((PIX_JWK_RSA_MAX_BITS / 8 + 1) * 4 / 3 + 4)

static const char *const jwk_private_members[] = {
	"d", "p", "q", "dp", "dq", "qi", "oth", "k"
};

static const struct {
	const char *crv;
	enum pix_key_type type;
	/* name for OpenSSL */
	const char *group;
	bool okp;
} jwk_curves[] = {
	{ "P-256", PIX_KEY_P256, "P-256", FALSE },
	{ "P-384", PIX_KEY_P384, "P-384", FALSE },
	{ "P-521", PIX_KEY_P521, "P-521", FALSE },
	{ "secp256k1", PIX_KEY_SECP256K1, "secp256k1", FALSE },
	{ "Ed25519", PIX_KEY_ED25519, "ED25519", TRUE },
	{ "Ed448", PIX_KEY_ED448, "ED448", TRUE },
};

static buffer_t *
jwk_get_bytes(const json_t *obj, const char *name, const char **error_r)
{
	const char *value = pix_json_str(obj, name);
	size_t len = value == NULL ? 0 : strlen(value);
	buffer_t *buf = t_buffer_create(len);

	if (len == 0 || len > JWK_VALUE_MAX ||
	    !pix_base64url_decode(value, len, buf)) {
		*error_r = t_strdup_printf("member %s is missing or invalid", name);
		return NULL;
	}
	return buf;
}

static EVP_PKEY *jwk_fromdata(const char *name, OSSL_PARAM *params)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, name, NULL);
	EVP_PKEY *pkey = NULL;

	if (ctx != NULL && EVP_PKEY_fromdata_init(ctx) > 0)
		(void)EVP_PKEY_fromdata(ctx, &pkey, EVP_PKEY_PUBLIC_KEY, params);
	EVP_PKEY_CTX_free(ctx);
	return pkey;
}

static EVP_PKEY *jwk_load_rsa(const json_t *obj, const char **error_r)
{
	buffer_t *n = jwk_get_bytes(obj, "n", error_r);
	buffer_t *e = n == NULL ? NULL : jwk_get_bytes(obj, "e", error_r);
	EVP_PKEY *pkey = NULL;

	if (e == NULL)
		return NULL;

	OSSL_PARAM_BLD *bld = OSSL_PARAM_BLD_new();
	BIGNUM *bn_n = BN_bin2bn(n->data, (int)n->used, NULL);
	BIGNUM *bn_e = BN_bin2bn(e->data, (int)e->used, NULL);
	OSSL_PARAM *params = NULL;

	if (bld != NULL && bn_n != NULL && bn_e != NULL &&
	    OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_RSA_N, bn_n) > 0 &&
	    OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_RSA_E, bn_e) > 0)
		params = OSSL_PARAM_BLD_to_param(bld);
	if (params != NULL)
		pkey = jwk_fromdata("RSA", params);
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(bld);
	BN_free(bn_n);
	BN_free(bn_e);
	if (pkey == NULL)
		*error_r = "OpenSSL refuses the RSA key";
	return pkey;
}

static EVP_PKEY *
jwk_load_ec(const json_t *obj, enum pix_key_type type, const char *group,
	    const char **error_r)
{
	size_t size = pix_key_type_size(type);
	buffer_t *x = jwk_get_bytes(obj, "x", error_r);
	buffer_t *y = x == NULL ? NULL : jwk_get_bytes(obj, "y", error_r);
	unsigned char point[1 + 2 * 66];
	EVP_PKEY *pkey;

	if (y == NULL)
		return NULL;
	/* RFC 7518 §6.2.1.2: the full size of a coordinate */
	if (x->used != size || y->used != size) {
		*error_r = "a coordinate has the wrong length";
		return NULL;
	}
	point[0] = POINT_CONVERSION_UNCOMPRESSED;
	memcpy(point + 1, x->data, size);
	memcpy(point + 1 + size, y->data, size);

	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME,
						 (char *)group, 0),
		OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY,
						  point, 1 + 2 * size),
		OSSL_PARAM_construct_end()
	};
	pkey = jwk_fromdata("EC", params);
	if (pkey == NULL)
		*error_r = "the point is not on the curve";
	return pkey;
}

static EVP_PKEY *
jwk_load_okp(const json_t *obj, enum pix_key_type type, const char *group,
	     const char **error_r)
{
	buffer_t *x = jwk_get_bytes(obj, "x", error_r);
	EVP_PKEY *pkey;

	if (x == NULL)
		return NULL;
	if (x->used != pix_key_type_size(type)) {
		*error_r = "member x has the wrong length";
		return NULL;
	}
	pkey = EVP_PKEY_new_raw_public_key_ex(NULL, group, NULL, x->data, x->used);
	if (pkey == NULL)
		*error_r = "OpenSSL refuses the key";
	return pkey;
}

static bool
jwk_pkey_type(const EVP_PKEY *pkey, enum pix_key_type *type_r)
{
	char group[64];

	if (EVP_PKEY_is_a(pkey, "RSA")) {
		*type_r = PIX_KEY_RSA;
		return TRUE;
	}
	for (unsigned int i = 0; i < N_ELEMENTS(jwk_curves); i++) {
		if (jwk_curves[i].okp && EVP_PKEY_is_a(pkey, jwk_curves[i].group)) {
			*type_r = jwk_curves[i].type;
			return TRUE;
		}
	}
	if (!EVP_PKEY_is_a(pkey, "EC") ||
	    EVP_PKEY_get_utf8_string_param(pkey, OSSL_PKEY_PARAM_GROUP_NAME,
					   group, sizeof(group), NULL) <= 0)
		return FALSE;
	for (unsigned int i = 0; i < N_ELEMENTS(jwk_curves); i++) {
		if (!jwk_curves[i].okp &&
		    OBJ_txt2nid(group) == OBJ_txt2nid(
			    jwk_curves[i].type == PIX_KEY_P256 ? "prime256v1" :
			    jwk_curves[i].type == PIX_KEY_P384 ? "secp384r1" :
			    jwk_curves[i].type == PIX_KEY_P521 ? "secp521r1" :
			    "secp256k1")) {
			*type_r = jwk_curves[i].type;
			return TRUE;
		}
	}
	return FALSE;
}

static bool
jwk_append_bn(string_t *str, const EVP_PKEY *pkey, const char *param, size_t size)
{
	unsigned char bin[PIX_JWK_RSA_MAX_BITS / 8];
	BIGNUM *bn = NULL;
	size_t len;
	bool ok;

	if (EVP_PKEY_get_bn_param(pkey, param, &bn) <= 0)
		return FALSE;
	len = size != 0 ? size : (size_t)BN_num_bytes(bn);
	ok = len <= sizeof(bin) && BN_bn2binpad(bn, bin, (int)len) == (int)len;
	BN_free(bn);
	if (ok)
		pix_base64url_encode(str, bin, len);
	return ok;
}

/* The canonical form of RFC 7638 §3.2 and RFC 8037 §2. */
static bool jwk_canonical(const struct pix_jwk *key, string_t *str)
{
	size_t size = pix_key_type_size(key->type);
	unsigned char raw[64];
	size_t raw_size = sizeof(raw);

	switch (key->type) {
	case PIX_KEY_RSA:
		str_append(str, "{\"e\":\"");
		if (!jwk_append_bn(str, key->pkey, OSSL_PKEY_PARAM_RSA_E, 0))
			return FALSE;
		str_append(str, "\",\"kty\":\"RSA\",\"n\":\"");
		if (!jwk_append_bn(str, key->pkey, OSSL_PKEY_PARAM_RSA_N, 0))
			return FALSE;
		break;
	case PIX_KEY_ED25519:
	case PIX_KEY_ED448:
		str_printfa(str, "{\"crv\":\"%s\",\"kty\":\"OKP\",\"x\":\"",
			    pix_key_type_name(key->type));
		if (EVP_PKEY_get_raw_public_key(key->pkey, raw, &raw_size) <= 0)
			return FALSE;
		pix_base64url_encode(str, raw, raw_size);
		break;
	default:
		str_printfa(str, "{\"crv\":\"%s\",\"kty\":\"EC\",\"x\":\"",
			    pix_key_type_name(key->type));
		if (!jwk_append_bn(str, key->pkey, OSSL_PKEY_PARAM_EC_PUB_X, size))
			return FALSE;
		str_append(str, "\",\"y\":\"");
		if (!jwk_append_bn(str, key->pkey, OSSL_PKEY_PARAM_EC_PUB_Y, size))
			return FALSE;
		break;
	}
	str_append(str, "\"}");
	return TRUE;
}

static bool jwk_public_check(EVP_PKEY *pkey)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, pkey, NULL);
	bool ok = ctx != NULL && EVP_PKEY_public_check(ctx) > 0;

	EVP_PKEY_CTX_free(ctx);
	return ok;
}

/* Moduli of the flawed Infineon library (ROCA, CVE-2017-15361) are powers of
   65537 modulo each small prime: a random modulus is so for all of these in one
   of 2^27 cases. */
static bool jwk_rsa_is_roca(EVP_PKEY *pkey)
{
	static const unsigned int primes[] = {
		11, 13, 17, 19, 37, 53, 61, 71, 73, 79, 97, 103, 107, 109,
		127, 151, 157
	};
	BIGNUM *n = NULL;
	bool roca = EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_RSA_N, &n) > 0;

	for (unsigned int i = 0; roca && i < N_ELEMENTS(primes); i++) {
		unsigned int p = primes[i], power = 1, rest;

		rest = (unsigned int)BN_mod_word(n, p);
		do {
			power = power * (65537 % p) % p;
		} while (power != 1 && power != rest);
		roca = power == rest;
	}
	BN_free(n);
	return roca;
}

static bool jwk_rsa_ok(EVP_PKEY *pkey, unsigned int bits, const char **error_r)
{
	BIGNUM *e = NULL;

	if (bits < PIX_JWK_RSA_MIN_BITS) {
		*error_r = t_strdup_printf("an RSA key of %u bits is too weak "
					   "(at least %d)", bits, PIX_JWK_RSA_MIN_BITS);
		return FALSE;
	}
	if (bits > PIX_JWK_RSA_MAX_BITS) {
		*error_r = t_strdup_printf("an RSA key of %u bits is too large "
					   "(at most %d)", bits, PIX_JWK_RSA_MAX_BITS);
		return FALSE;
	}
	/* an even or huge exponent is a denial of service at best */
	if (EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_RSA_E, &e) <= 0 ||
	    !BN_is_odd(e) || BN_is_one(e) || BN_num_bits(e) > 64) {
		BN_free(e);
		*error_r = "the RSA exponent is not acceptable";
		return FALSE;
	}
	BN_free(e);
	if (jwk_rsa_is_roca(pkey)) {
		*error_r = "the RSA key comes from a flawed generator (ROCA)";
		return FALSE;
	}
	return TRUE;
}

/* Making a context costs as much as a check: each is made once. */
static bool jwk_begin_verify(struct pix_jwk *key, enum pix_jwa alg)
{
	const EVP_MD *md = EVP_get_digestbyname(pix_jwa_digest(alg));
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, key->pkey, NULL);
	bool ok = ctx != NULL && EVP_PKEY_verify_init(ctx) > 0;

	if (ok && key->type == PIX_KEY_RSA) {
		ok = EVP_PKEY_CTX_set_rsa_padding(ctx, pix_jwa_is_pss(alg) ?
			RSA_PKCS1_PSS_PADDING : RSA_PKCS1_PADDING) > 0;
	}
	ok = ok && EVP_PKEY_CTX_set_signature_md(ctx, md) > 0;
	/* RFC 7518 §3.5: salt as long as the digest, MGF1 with it */
	if (ok && pix_jwa_is_pss(alg)) {
		ok = EVP_PKEY_CTX_set_rsa_mgf1_md(ctx, md) > 0 &&
			EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, RSA_PSS_SALTLEN_DIGEST) > 0;
	}
	if (!ok) {
		EVP_PKEY_CTX_free(ctx);
		return FALSE;
	}
	key->verify[alg] = ctx;
	return TRUE;
}

static bool
jwk_verify_eddsa(struct pix_jwk *key, const void *data, size_t size,
		 const void *sig, size_t sig_size)
{
	EVP_MD_CTX *ctx;
	bool ok;

	if (key->eddsa == NULL) {
		ctx = EVP_MD_CTX_new();
		if (ctx == NULL || EVP_DigestVerifyInit_ex(ctx, NULL, NULL, NULL, NULL,
							   key->pkey, NULL) <= 0) {
			EVP_MD_CTX_free(ctx);
			return FALSE;
		}
		key->eddsa = ctx;
	}
	ctx = EVP_MD_CTX_new();
	ok = ctx != NULL && EVP_MD_CTX_copy_ex(ctx, key->eddsa) > 0 &&
		EVP_DigestVerify(ctx, sig, sig_size, data, size) == 1;
	EVP_MD_CTX_free(ctx);
	return ok;
}

/* Takes over pkey. */
static enum pix_jwk_result
jwk_finish(EVP_PKEY *pkey, struct pix_jwk *key, const char **error_r)
{
	unsigned int size;
	string_t *str;
	bool ok;

	i_zero(key);
	key->pkey = pkey;
	if (!jwk_pkey_type(pkey, &key->type)) {
		*error_r = "the type of the key is not supported";
		pix_jwk_deinit(key);
		return PIX_JWK_OTHER;
	}
	key->bits = (unsigned int)EVP_PKEY_get_bits(pkey);
	if (key->type == PIX_KEY_RSA && !jwk_rsa_ok(pkey, key->bits, error_r)) {
		pix_jwk_deinit(key);
		return PIX_JWK_INVALID;
	}
	str = t_str_new(256);
	ok = jwk_public_check(pkey) && jwk_canonical(key, str) &&
		EVP_Digest(str_data(str), str_len(str), key->thumbprint, &size,
			   EVP_sha256(), NULL) > 0;
	if (!ok) {
		*error_r = "the public key is not valid";
		pix_jwk_deinit(key);
		return PIX_JWK_INVALID;
	}
	for (unsigned int i = 0; i < PIX_JWA_COUNT; i++) {
		if (pix_jwa_fits((enum pix_jwa)i, key->type))
			key->algs |= PIX_JWA_BIT(i);
	}
	return PIX_JWK_OK;
}

static bool jwk_key_ops_allow(const json_t *ops)
{
	const json_t *op;
	size_t i;

	if (ops == NULL)
		return TRUE;
	json_array_foreach(ops, i, op) {
		if (json_is_string(op) &&
		    strcmp(json_string_value(op), "verify") == 0)
			return TRUE;
	}
	return FALSE;
}

/* What the key is meant for: OK to go on. */
static enum pix_jwk_result
jwk_check_use(const json_t *obj, unsigned int *algs_r, const char **error_r)
{
	const json_t *use = json_object_get(obj, "use");
	const json_t *alg = json_object_get(obj, "alg");
	enum pix_jwa jwa;

	*algs_r = UINT_MAX;
	for (unsigned int i = 0; i < N_ELEMENTS(jwk_private_members); i++) {
		if (json_object_get(obj, jwk_private_members[i]) == NULL)
			continue;
		if (null_strcmp(pix_json_str(obj, "kty"), "oct") == 0)
			break;
		*error_r = "the key holds private parts: the issuer published a secret";
		return PIX_JWK_INVALID;
	}
	if (use != NULL && null_strcmp(json_string_value(use), "sig") != 0) {
		*error_r = "the key is not for signatures (use)";
		return PIX_JWK_OTHER;
	}
	if (!jwk_key_ops_allow(json_object_get(obj, "key_ops"))) {
		*error_r = "the key is not for verifying (key_ops)";
		return PIX_JWK_OTHER;
	}
	if (alg != NULL) {
		if (!json_is_string(alg) ||
		    !pix_jwa_find(json_string_value(alg), &jwa)) {
			*error_r = "the algorithm of the key is not supported (alg)";
			return PIX_JWK_OTHER;
		}
		*algs_r = PIX_JWA_BIT(jwa);
	}
	return PIX_JWK_OK;
}

static enum pix_jwk_result
jwk_load(const json_t *obj, EVP_PKEY **pkey_r, const char **error_r)
{
	const char *kty = pix_json_str(obj, "kty");
	const char *crv = pix_json_str(obj, "crv");

	*pkey_r = NULL;
	if (kty == NULL) {
		*error_r = "member kty is missing";
		return PIX_JWK_INVALID;
	}
	if (strcmp(kty, "RSA") == 0) {
		*pkey_r = jwk_load_rsa(obj, error_r);
		return *pkey_r == NULL ? PIX_JWK_INVALID : PIX_JWK_OK;
	}
	if (strcmp(kty, "EC") != 0 && strcmp(kty, "OKP") != 0) {
		*error_r = "the type of the key is not supported (kty)";
		return PIX_JWK_OTHER;
	}
	for (unsigned int i = 0; crv != NULL && i < N_ELEMENTS(jwk_curves); i++) {
		if (strcmp(jwk_curves[i].crv, crv) != 0 ||
		    jwk_curves[i].okp != (strcmp(kty, "OKP") == 0))
			continue;
		*pkey_r = jwk_curves[i].okp ?
			jwk_load_okp(obj, jwk_curves[i].type, jwk_curves[i].group, error_r) :
			jwk_load_ec(obj, jwk_curves[i].type, jwk_curves[i].group, error_r);
		return *pkey_r == NULL ? PIX_JWK_INVALID : PIX_JWK_OK;
	}
	*error_r = "the curve is not supported (crv)";
	return PIX_JWK_OTHER;
}

enum pix_jwk_result
pix_jwk_parse(pool_t pool, const json_t *obj, struct pix_jwk *key_r,
	      const char **error_r)
{
	const json_t *kid = json_object_get(obj, "kid");
	enum pix_jwk_result result;
	unsigned int algs;
	EVP_PKEY *pkey;

	i_zero(key_r);
	if (kid != NULL && (pix_json_str(obj, "kid") == NULL ||
			    json_string_length(kid) > PIX_JWK_KID_MAX)) {
		*error_r = "member kid is invalid";
		return PIX_JWK_INVALID;
	}
	result = jwk_check_use(obj, &algs, error_r);
	if (result == PIX_JWK_OK)
		result = jwk_load(obj, &pkey, error_r);
	if (result == PIX_JWK_OK)
		result = jwk_finish(pkey, key_r, error_r);
	ERR_clear_error();
	if (result != PIX_JWK_OK)
		return result;

	key_r->algs &= algs;
	if (key_r->algs == 0) {
		*error_r = "the algorithm does not fit the type of the key (alg)";
		pix_jwk_deinit(key_r);
		return PIX_JWK_INVALID;
	}
	if (kid != NULL)
		key_r->kid = p_strdup(pool, json_string_value(kid));
	return PIX_JWK_OK;
}

enum pix_jwk_result
pix_jwk_from_pkey(EVP_PKEY *pkey, struct pix_jwk *key_r, const char **error_r)
{
	enum pix_jwk_result result;

	EVP_PKEY_up_ref(pkey);
	result = jwk_finish(pkey, key_r, error_r);
	ERR_clear_error();
	return result;
}

void pix_jwk_deinit(struct pix_jwk *key)
{
	for (unsigned int i = 0; i < PIX_JWA_COUNT; i++)
		EVP_PKEY_CTX_free(key->verify[i]);
	EVP_MD_CTX_free(key->eddsa);
	EVP_PKEY_free(key->pkey);
	i_zero(key);
}

/* r and s of fixed size (RFC 7518 §3.4) as the DER that OpenSSL wants.
   Returns its length, 0 if it can't be one. */
static size_t
jwk_ecdsa_der(const unsigned char *sig, size_t coordinate, unsigned char **der_r)
{
	BIGNUM *r = BN_bin2bn(sig, (int)coordinate, NULL);
	BIGNUM *s = BN_bin2bn(sig + coordinate, (int)coordinate, NULL);
	ECDSA_SIG *ecdsa = ECDSA_SIG_new();
	int len = 0;

	*der_r = NULL;
	if (r != NULL && s != NULL && ecdsa != NULL &&
	    ECDSA_SIG_set0(ecdsa, r, s) > 0) {
		r = s = NULL;
		len = i2d_ECDSA_SIG(ecdsa, der_r);
	}
	ECDSA_SIG_free(ecdsa);
	BN_free(r);
	BN_free(s);
	return len > 0 ? (size_t)len : 0;
}

bool pix_jwk_verify(struct pix_jwk *key, enum pix_jwa alg,
		    const void *data, size_t size,
		    const void *sig, size_t sig_size)
{
	size_t coordinate = pix_key_type_size(key->type);
	unsigned char digest[EVP_MAX_MD_SIZE], *der = NULL;
	unsigned int digest_size;
	bool ok = FALSE;

	if ((key->algs & PIX_JWA_BIT(alg)) == 0)
		return FALSE;
	/* ECDSA and EdDSA signatures are two coordinates long */
	if (coordinate != 0 && sig_size != coordinate * 2)
		return FALSE;
	if (pix_jwa_digest(alg) == NULL) {
		ok = jwk_verify_eddsa(key, data, size, sig, sig_size);
	} else if (key->verify[alg] != NULL || jwk_begin_verify(key, alg)) {
		if (coordinate != 0) {
			sig_size = jwk_ecdsa_der(sig, coordinate, &der);
			sig = der;
		}
		ok = sig_size > 0 &&
			EVP_Digest(data, size, digest, &digest_size,
				   EVP_get_digestbyname(pix_jwa_digest(alg)), NULL) > 0 &&
			EVP_PKEY_verify(key->verify[alg], sig, sig_size,
					digest, digest_size) == 1;
	}
	OPENSSL_free(der);
	ERR_clear_error();
	return ok;
}
