/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-jws.h"
#include "pix-base64url.h"
#include "pix-secret.h"

bool pix_jws_is_jwt(const char *token, size_t size)
{
	unsigned int dots = 0;

	/* every JSON object begins with {" or { and white space */
	if (size < 2 || token[0] != 'e' || (token[1] != 'y' && token[1] != 'w'))
		return FALSE;
	for (size_t i = 0; i < size; i++) {
		if (token[i] == '.')
			dots++;
	}
	return dots == 2 || dots == 4;
}

static enum pix_verdict
jws_parse_object(const buffer_t *text, enum pix_verdict invalid, json_t **obj_r)
{
	const char *error;

	*obj_r = pix_json_parse_object(text->data, text->used,
				       PIX_JWS_MAX_DEPTH, &error);
	if (*obj_r != NULL)
		return PIX_TOKEN_OK;
	return strcmp(error, "duplicate member") == 0 ?
		PIX_TOKEN_DUPLICATE_MEMBER : invalid;
}

static enum pix_verdict jws_check_alg(struct pix_jws *jws)
{
	const json_t *value = json_object_get(jws->header, "alg");
	const char *alg = pix_json_str(jws->header, "alg");

	if (value == NULL)
		return PIX_TOKEN_ALG_MISSING;
	if (alg == NULL)
		return PIX_TOKEN_HEADER_INVALID;
	if (pix_jwa_is_none(alg) || *alg == '\0')
		return PIX_TOKEN_ALG_NONE;
	if (pix_jwa_is_symmetric(alg))
		return PIX_TOKEN_ALG_SYMMETRIC;
	if (!pix_jwa_find(alg, &jws->alg))
		return PIX_TOKEN_ALG_UNKNOWN;
	return PIX_TOKEN_OK;
}

static enum pix_verdict jws_check_header(struct pix_jws *jws)
{
	static const char *const keys[] = { "jwk", "jku", "x5u", "x5c" };
	enum pix_verdict verdict = jws_check_alg(jws);

	if (verdict != PIX_TOKEN_OK)
		return verdict;
	if (json_object_get(jws->header, "enc") != NULL)
		return PIX_TOKEN_ENCRYPTED;
	/* RFC 7515 §4.1.11: what isn't understood must be refused, and b64
	   (RFC 7797) isn't for JWTs */
	if (json_object_get(jws->header, "crit") != NULL ||
	    json_object_get(jws->header, "b64") != NULL)
		return PIX_TOKEN_CRITICAL_HEADER;
	for (unsigned int i = 0; i < N_ELEMENTS(keys); i++) {
		if (json_object_get(jws->header, keys[i]) != NULL)
			return PIX_TOKEN_EMBEDDED_KEY;
	}
	jws->kid = pix_json_str(jws->header, "kid");
	jws->typ = pix_json_str(jws->header, "typ");
	if ((jws->kid == NULL && json_object_get(jws->header, "kid") != NULL) ||
	    (jws->typ == NULL && json_object_get(jws->header, "typ") != NULL) ||
	    (jws->kid != NULL && strlen(jws->kid) > PIX_JWK_KID_MAX))
		return PIX_TOKEN_HEADER_INVALID;
	return PIX_TOKEN_OK;
}

static enum pix_verdict
jws_split(const char *token, size_t size, const char *dots_r[2])
{
	unsigned int dots = 0;

	for (size_t i = 0; i < size; i++) {
		if (token[i] != '.')
			continue;
		if (dots < 2)
			dots_r[dots] = token + i;
		dots++;
	}
	return dots == 2 ? PIX_TOKEN_OK :
		dots == 4 ? PIX_TOKEN_ENCRYPTED : PIX_TOKEN_MALFORMED;
}

enum pix_verdict
pix_jws_parse(const char *token, size_t size, struct pix_jws *jws_r)
{
	const char *dots[2] = { NULL, NULL }, *end = token + size;
	enum pix_verdict verdict;
	buffer_t *header;

	i_zero(jws_r);
	if (size > PIX_JWS_MAX_SIZE)
		return PIX_TOKEN_TOO_LONG;
	verdict = jws_split(token, size, dots);
	if (verdict != PIX_TOKEN_OK)
		return verdict;

	jws_r->signing_input = token;
	jws_r->signing_size = (size_t)(dots[1] - token);
	jws_r->payload = buffer_create_dynamic(default_pool, size);
	jws_r->signature = buffer_create_dynamic(default_pool, 64);
	header = buffer_create_dynamic(default_pool, 256);
	if (!pix_base64url_decode(token, (size_t)(dots[0] - token), header) ||
	    !pix_base64url_decode(dots[0] + 1, (size_t)(dots[1] - dots[0] - 1),
				  jws_r->payload) ||
	    !pix_base64url_decode(dots[1] + 1, (size_t)(end - dots[1] - 1),
				  jws_r->signature))
		verdict = PIX_TOKEN_ENCODING;
	else
		verdict = jws_parse_object(header, PIX_TOKEN_HEADER_INVALID,
					   &jws_r->header);
	buffer_free(&header);
	if (verdict == PIX_TOKEN_OK)
		verdict = jws_check_header(jws_r);
	if (verdict != PIX_TOKEN_OK)
		pix_jws_deinit(jws_r);
	return verdict;
}

void pix_jws_deinit(struct pix_jws *jws)
{
	json_decref(jws->header);
	if (jws->payload != NULL)
		pix_secret_wipe_buffer(jws->payload);
	buffer_free(&jws->payload);
	buffer_free(&jws->signature);
	i_zero(jws);
}

enum pix_verdict
pix_jws_verify(const struct pix_jws *jws, struct pix_jwks *set,
	       const struct pix_jwk **key_r)
{
	struct pix_jwk *keys[PIX_JWKS_MAX_TRIES];
	unsigned int count;

	switch (pix_jwks_find(set, jws->kid, jws->alg, keys, &count)) {
	case PIX_JWKS_UNKNOWN:
		return PIX_TOKEN_KEY_UNKNOWN;
	case PIX_JWKS_UNSUITABLE:
		return PIX_TOKEN_KEY_UNSUITABLE;
	case PIX_JWKS_FOUND:
		break;
	}
	for (unsigned int i = 0; i < count; i++) {
		if (pix_jwk_verify(keys[i], jws->alg,
				   jws->signing_input, jws->signing_size,
				   jws->signature->data, jws->signature->used)) {
			if (key_r != NULL)
				*key_r = keys[i];
			return PIX_TOKEN_OK;
		}
	}
	return PIX_TOKEN_SIGNATURE;
}
