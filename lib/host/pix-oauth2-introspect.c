/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-oauth2-introspect.h"
#include "pix-oauth2-config.h"
#include "pix-client-assertion.h"
#include "pix-secret.h"
#include "base64.h"
#include "hex-binary.h"
#include "randgen.h"

#define INTROSPECT_ANSWER_MAX (256 * 1024)
#define INTROSPECT_SECRET_MAX 16384

struct pix_oauth2_introspect {
	const struct pix_issuer *issuer;
	pix_oauth2_introspect_callback_t *callback;
	void *context;
};

static bool introspect_is_google(const struct pix_issuer *issuer)
{
	return strcmp(issuer->profile, "google") == 0;
}

/* Google's tokeninfo has no "active", and numbers and truths as strings. */
static void introspect_normalise_google(json_t *obj)
{
	const char *exp = pix_json_str(obj, "exp");
	intmax_t secs;

	if (exp != NULL && str_to_intmax(exp, &secs) == 0)
		pix_json_set_int(obj, "exp", secs);
	if (null_strcmp(pix_json_str(obj, "email_verified"), "false") == 0)
		pix_json_set_bool(obj, "email_verified", FALSE);
	pix_json_set_bool(obj, "active", TRUE);
}

static void
introspect_answer(struct pix_oauth2_introspect *request,
		  const struct pix_http_answer *answer)
{
	const char *error, *iss;
	json_t *obj;

	/* Google answers 400 for a token that isn't good */
	if (answer->status == 400 && introspect_is_google(request->issuer)) {
		request->callback(PIX_INTROSPECT_INACTIVE, NULL, NULL, request->context);
		return;
	}
	if (answer->status != 200) {
		request->callback(PIX_INTROSPECT_UNAVAILABLE, NULL, t_strdup_printf(
			"HTTP status %u%s", answer->status,
			answer->status == 401 || answer->status == 403 ?
			" (check client_id and the client's secret or key)" : ""),
			request->context);
		return;
	}
	obj = pix_json_parse_object(answer->body->data, answer->body->used, 12, &error);
	if (obj == NULL) {
		request->callback(PIX_INTROSPECT_UNAVAILABLE, NULL, error, request->context);
		return;
	}
	if (introspect_is_google(request->issuer))
		introspect_normalise_google(obj);
	iss = pix_json_str(obj, "iss");
	if (!json_is_boolean(json_object_get(obj, "active"))) {
		request->callback(PIX_INTROSPECT_UNAVAILABLE, NULL,
				  "the answer has no member active", request->context);
	} else if (!pix_json_true(obj, "active") ||
		   (json_object_get(obj, "iss") != NULL &&
		    null_strcmp(iss, request->issuer->name) != 0)) {
		request->callback(PIX_INTROSPECT_INACTIVE, NULL, NULL, request->context);
	} else {
		request->callback(PIX_INTROSPECT_ACTIVE, obj, NULL, request->context);
	}
	json_decref(obj);
}

static void
introspect_callback(const struct pix_http_answer *answer, const char *error,
		    void *context)
{
	struct pix_oauth2_introspect *request = context;

	if (answer == NULL) {
		request->callback(PIX_INTROSPECT_UNAVAILABLE, NULL, error,
				  request->context);
	} else {
		introspect_answer(request, answer);
	}
	i_free(request);
}

static int
introspect_read_secret(const char *path, const char **secret_r, const char **error_r)
{
	char *text;

	if (pix_oauth2_read_text(path, INTROSPECT_SECRET_MAX, secret_r, error_r) < 0)
		return -1;
	text = (char *)*secret_r;
	text[strcspn(text, "\r\n")] = '\0';
	if (*text == '\0') {
		*error_r = t_strdup_printf("%s is empty", path);
		return -1;
	}
	return 0;
}

/* RFC 6749 §2.3.1: both halves are form-encoded first. */
static const char *introspect_basic(const char *id, const char *secret)
{
	string_t *plain = t_str_new(128), *text = t_str_new(256);

	pix_http_append_encoded(plain, id);
	str_append_c(plain, ':');
	pix_http_append_encoded(plain, secret);
	str_append(text, "Basic ");
	base64_encode(str_data(plain), str_len(plain), text);
	pix_secret_wipe_buffer(plain);
	return str_c(text);
}

static int
introspect_client_auth(const struct pix_issuer *issuer, const char *url, int64_t now,
		       string_t *form, const char **header_r, const char **error_r)
{
	const char *secret, *pem, *assertion, *error;
	unsigned char jti[16];
	int ret = 0;

	*header_r = NULL;
	switch (issuer->client_auth) {
	case PIX_CLIENT_AUTH_NONE:
		break;
	case PIX_CLIENT_AUTH_BASIC:
	case PIX_CLIENT_AUTH_POST:
		if (introspect_read_secret(issuer->client_secret_file, &secret, error_r) < 0)
			return -1;
		if (issuer->client_auth == PIX_CLIENT_AUTH_BASIC) {
			*header_r = introspect_basic(issuer->client_id, secret);
		} else {
			str_append(form, "&client_id=");
			pix_http_append_encoded(form, issuer->client_id);
			str_append(form, "&client_secret=");
			pix_http_append_encoded(form, secret);
		}
		pix_secret_wipe_str((char *)secret);
		break;
	case PIX_CLIENT_AUTH_PRIVATE_KEY_JWT:
		if (pix_oauth2_read_text(issuer->client_key_file, INTROSPECT_SECRET_MAX,
					 &pem, error_r) < 0)
			return -1;
		random_fill(jti, sizeof(jti));
		assertion = pix_client_assertion(pem, issuer->client_id, url, now,
			binary_to_hex(jti, sizeof(jti)), &error);
		pix_secret_wipe_str((char *)pem);
		if (assertion == NULL) {
			*error_r = t_strdup_printf("%s: %s", issuer->client_key_file, error);
			ret = -1;
			break;
		}
		str_append(form, "&client_id=");
		pix_http_append_encoded(form, issuer->client_id);
		str_append(form, "&client_assertion_type="
			   "urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer"
			   "&client_assertion=");
		pix_http_append_encoded(form, assertion);
		break;
	}
	return ret;
}

int pix_oauth2_introspect(struct pix_http *http, const struct pix_issuer *issuer,
			  const char *url, const char *token, int64_t now,
			  pix_oauth2_introspect_callback_t *callback, void *context,
			  const char **error_r)
{
	struct pix_oauth2_introspect *request;
	string_t *form = t_str_new(2048);
	const char *header;

	str_append(form, introspect_is_google(issuer) ? "access_token=" : "token=");
	pix_http_append_encoded(form, token);
	if (!introspect_is_google(issuer))
		str_append(form, "&token_type_hint=access_token");
	if (introspect_client_auth(issuer, url, now, form, &header, error_r) < 0) {
		pix_secret_wipe_buffer(form);
		return -1;
	}
	request = i_new(struct pix_oauth2_introspect, 1);
	request->issuer = issuer;
	request->callback = callback;
	request->context = context;
	(void)pix_http_post_form(http, url, str_c(form), header, INTROSPECT_ANSWER_MAX,
				 introspect_callback, request);
	pix_secret_wipe_buffer(form);
	return 0;
}
