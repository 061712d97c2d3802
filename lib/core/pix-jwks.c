/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-jwks.h"
#include "sha2.h"

#include <ctype.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#define JWKS_MAX_DEPTH 8

struct pix_jwks {
	pool_t pool;
	int refcount;
	ARRAY(struct pix_jwk) keys;
	unsigned char digest[SHA256_RESULTLEN];
};

static void
jwks_note(string_t *notes, unsigned int number, const char *kid, const char *reason)
{
	if (notes == NULL || str_len(notes) > 4096)
		return;
	if (str_len(notes) > 0)
		str_append(notes, "; ");
	str_printfa(notes, "key %u", number);
	if (kid != NULL) {
		str_append(notes, " (kid=");
		for (unsigned int i = 0; kid[i] != '\0' && i < 64; i++)
			str_append_c(notes, kid[i] > 32 && kid[i] < 127 ? kid[i] : '?');
		str_append_c(notes, ')');
	}
	str_printfa(notes, ": %s", reason);
}

static void
jwks_add_json(struct pix_jwks *set, const json_t *obj, unsigned int number,
	      string_t *notes)
{
	const char *reason = "not an object";
	struct pix_jwk key;

	if (json_is_object(obj) &&
	    pix_jwk_parse(set->pool, obj, &key, &reason) == PIX_JWK_OK)
		array_push_back(&set->keys, &key);
	else
		jwks_note(notes, number, pix_json_str(obj, "kid"), reason);
}

static bool
jwks_parse_json(struct pix_jwks *set, const void *data, size_t size,
		string_t *notes, const char **error_r)
{
	json_t *obj = pix_json_parse_object(data, size, JWKS_MAX_DEPTH, error_r);
	const json_t *keys, *item;
	size_t i;

	if (obj == NULL)
		return FALSE;
	keys = json_object_get(obj, "keys");
	if (keys == NULL) {
		jwks_add_json(set, obj, 1, notes);
	} else if (!json_is_array(keys)) {
		*error_r = "member keys is not an array";
		json_decref(obj);
		return FALSE;
	} else {
		json_array_foreach(keys, i, item) {
			if (i >= PIX_JWKS_MAX_KEYS) {
				jwks_note(notes, (unsigned int)i + 1, NULL,
					  "more keys than are kept");
				break;
			}
			jwks_add_json(set, item, (unsigned int)i + 1, notes);
		}
	}
	json_decref(obj);
	return TRUE;
}

static EVP_PKEY *jwks_pem_public(const char *name, const unsigned char *der, long len)
{
	EVP_PKEY *pkey = NULL;
	X509 *cert;

	if (strcmp(name, PEM_STRING_X509) == 0) {
		cert = d2i_X509(NULL, &der, len);
		if (cert != NULL)
			pkey = X509_get_pubkey(cert);
		X509_free(cert);
	} else if (strcmp(name, PEM_STRING_PUBLIC) == 0) {
		pkey = d2i_PUBKEY(NULL, &der, len);
	} else if (strcmp(name, PEM_STRING_RSA_PUBLIC) == 0) {
		pkey = d2i_PublicKey(EVP_PKEY_RSA, NULL, &der, len);
	}
	return pkey;
}

static bool
jwks_parse_pem(struct pix_jwks *set, const void *data, size_t size, string_t *notes)
{
	BIO *bio = BIO_new_mem_buf(data, (int)size);
	unsigned char *der = NULL;
	char *name = NULL, *header = NULL;
	unsigned int number = 0;
	long len;

	while (bio != NULL && number < PIX_JWKS_MAX_KEYS &&
	       PEM_read_bio(bio, &name, &header, &der, &len) > 0) {
		EVP_PKEY *pkey = jwks_pem_public(name, der, len);
		const char *reason = "not a public key or certificate";
		struct pix_jwk key;

		number++;
		if (pkey != NULL &&
		    pix_jwk_from_pkey(pkey, &key, &reason) == PIX_JWK_OK)
			array_push_back(&set->keys, &key);
		else
			jwks_note(notes, number, NULL, reason);
		EVP_PKEY_free(pkey);
		OPENSSL_free(name);
		OPENSSL_free(header);
		/* it may have been a private key */
		OPENSSL_clear_free(der, (size_t)len);
	}
	BIO_free(bio);
	ERR_clear_error();
	return number > 0;
}

static void jwks_make_digest(struct pix_jwks *set)
{
	struct sha256_ctx ctx;
	const struct pix_jwk *key;

	sha256_init(&ctx);
	array_foreach(&set->keys, key) {
		sha256_loop(&ctx, key->thumbprint, sizeof(key->thumbprint));
		if (key->kid != NULL)
			sha256_loop(&ctx, key->kid, strlen(key->kid) + 1);
		sha256_loop(&ctx, &key->algs, sizeof(key->algs));
	}
	sha256_result(&ctx, set->digest);
}

struct pix_jwks *
pix_jwks_parse(const void *data, size_t size, string_t *notes,
	       const char **error_r)
{
	pool_t pool = pool_alloconly_create("pix jwks", 2048);
	struct pix_jwks *set = p_new(pool, struct pix_jwks, 1);
	const unsigned char *text = data;
	size_t start = 0;
	bool ok;

	set->pool = pool;
	set->refcount = 1;
	p_array_init(&set->keys, pool, 8);
	if (size > PIX_JWKS_MAX_SIZE) {
		*error_r = "the key set is too large";
		pix_jwks_unref(&set);
		return NULL;
	}
	while (start < size && i_isspace(text[start]))
		start++;
	if (start < size && text[start] == '{') {
		ok = jwks_parse_json(set, data, size, notes, error_r);
	} else {
		ok = jwks_parse_pem(set, data, size, notes);
		if (!ok)
			*error_r = "neither a JWK Set nor PEM";
	}
	if (ok && array_is_empty(&set->keys)) {
		*error_r = "no key in it can verify a signature";
		ok = FALSE;
	}
	if (!ok) {
		pix_jwks_unref(&set);
		return NULL;
	}
	jwks_make_digest(set);
	return set;
}

void pix_jwks_ref(struct pix_jwks *set)
{
	set->refcount++;
}

void pix_jwks_unref(struct pix_jwks **_set)
{
	struct pix_jwks *set = *_set;
	struct pix_jwk *key;

	if (set == NULL)
		return;
	*_set = NULL;
	if (--set->refcount > 0)
		return;
	array_foreach_modifiable(&set->keys, key)
		pix_jwk_deinit(key);
	pool_unref(&set->pool);
}

unsigned int pix_jwks_count(const struct pix_jwks *set)
{
	return array_count(&set->keys);
}

struct pix_jwk *pix_jwks_get(struct pix_jwks *set, unsigned int idx)
{
	return array_idx_modifiable(&set->keys, idx);
}

const unsigned char *pix_jwks_digest(const struct pix_jwks *set)
{
	return set->digest;
}

enum pix_jwks_find
pix_jwks_find(struct pix_jwks *set, const char *kid, enum pix_jwa alg,
	      struct pix_jwk *keys_r[PIX_JWKS_MAX_TRIES], unsigned int *count_r)
{
	enum pix_jwks_find result = PIX_JWKS_UNKNOWN;
	struct pix_jwk *key;

	*count_r = 0;
	/* two rounds: a key with the very kid goes before those without one */
	for (unsigned int round = 0; round < 2; round++) {
		array_foreach_modifiable(&set->keys, key) {
			bool same = kid != NULL && key->kid != NULL &&
				strcmp(kid, key->kid) == 0;

			if (round == 0 ? !same :
			    (same || (kid != NULL && key->kid != NULL)))
				continue;
			if ((key->algs & PIX_JWA_BIT(alg)) == 0) {
				if (result == PIX_JWKS_UNKNOWN && (same || kid == NULL))
					result = PIX_JWKS_UNSUITABLE;
				continue;
			}
			result = PIX_JWKS_FOUND;
			if (*count_r < PIX_JWKS_MAX_TRIES)
				keys_r[(*count_r)++] = key;
		}
	}
	return result;
}
