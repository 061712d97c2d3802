/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-sasl-oauth.h"

#include <ctype.h>

/* authzid of RFC 5801 §4: =2C is a comma, =3D an equals sign. */
static bool sasl_unescape(pool_t pool, const char *in, const char **out_r)
{
	string_t *out = t_str_new(64);

	for (; *in != '\0'; in++) {
		if (*in == ',')
			return FALSE;
		if (*in != '=') {
			str_append_c(out, *in);
			continue;
		}
		if (strncmp(in, "=2C", 3) == 0)
			str_append_c(out, ',');
		else if (strncmp(in, "=3D", 3) == 0)
			str_append_c(out, '=');
		else
			return FALSE;
		in += 2;
	}
	*out_r = p_strdup(pool, str_c(out));
	return TRUE;
}

/* gs2-header: "n,a=user," */
static bool
sasl_gs2(pool_t pool, const char *header, const char **user_r, const char **error_r)
{
	const char *authzid, *end;

	if (header[0] == 'p') {
		*error_r = "the client wants channel binding, which these mechanisms don't have";
		return FALSE;
	}
	if ((header[0] != 'n' && header[0] != 'y') || header[1] != ',') {
		*error_r = "the message has no valid gs2 header";
		return FALSE;
	}
	authzid = header + 2;
	end = strchr(authzid, ',');
	if (end == NULL || end[1] != '\0') {
		*error_r = "the message has no valid gs2 header";
		return FALSE;
	}
	if (end == authzid)
		return TRUE;
	if (strncmp(authzid, "a=", 2) != 0 ||
	    !sasl_unescape(pool, t_strdup_until(authzid + 2, end), user_r)) {
		*error_r = "the user name in the gs2 header is not valid";
		return FALSE;
	}
	return TRUE;
}

/* b64token of RFC 6750 §2.1 */
static bool sasl_token_ok(const char *token)
{
	const char *p = token;

	while (i_isalnum(*p) || (*p != '\0' && strchr("-._~+/", *p) != NULL))
		p++;
	if (p == token)
		return FALSE;
	return p[strspn(p, "=")] == '\0';
}

static bool
sasl_auth(pool_t pool, const char *value, const char **token_r, const char **error_r)
{
	if (*token_r != NULL) {
		*error_r = "the message has two tokens";
		return FALSE;
	}
	if (strncasecmp(value, "Bearer ", 7) != 0) {
		*error_r = "the message has no bearer token";
		return FALSE;
	}
	value += 7 + strspn(value + 7, " ");
	if (!sasl_token_ok(value)) {
		*error_r = "the token has characters that none may have";
		return FALSE;
	}
	*token_r = p_strdup(pool, value);
	return TRUE;
}

int pix_sasl_oauth_parse(pool_t pool, bool xoauth2, const void *data, size_t size,
			 struct pix_sasl_oauth *out_r, const char **error_r)
{
	const char *const *fields;

	i_zero(out_r);
	if (size == 0) {
		*error_r = "the message is empty";
		return -1;
	}
	if (memchr(data, '\0', size) != NULL) {
		*error_r = "the message holds a NUL";
		return -1;
	}
	fields = t_strsplit(t_strndup(data, size), "\001");
	if (!xoauth2) {
		if (!sasl_gs2(pool, fields[0], &out_r->user, error_r))
			return -1;
		fields++;
	}
	for (; *fields != NULL; fields++) {
		if (xoauth2 && strncmp(*fields, "user=", 5) == 0)
			out_r->user = p_strdup(pool, *fields + 5);
		else if (strncmp(*fields, "auth=", 5) == 0 &&
			 !sasl_auth(pool, *fields + 5, &out_r->token, error_r))
			return -1;
	}
	if (out_r->token == NULL) {
		*error_r = "the message has no token";
		return -1;
	}
	if (out_r->user != NULL && *out_r->user == '\0')
		out_r->user = NULL;
	return 0;
}
