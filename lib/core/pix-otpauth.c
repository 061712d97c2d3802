/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-otpauth.h"
#include "pix-secret.h"
#include "base32.h"
#include "hex-dec.h"
#include "strnum.h"
#include "unichar.h"

#include <ctype.h>

static void pix_otpauth_escape(string_t *dest, const char *text)
{
	for (; *text != '\0'; text++) {
		unsigned char c = (unsigned char)*text;

		if (i_isalnum(c) || strchr("-._~@", c) != NULL)
			str_append_c(dest, c);
		else
			str_printfa(dest, "%%%02X", c);
	}
}

string_t *t_pix_otpauth_uri(const char *issuer, const char *account,
			    const struct pix_totp_params *params,
			    const unsigned char *secret, size_t secret_size)
{
	string_t *uri = t_str_new(512);
	const char *alg = pix_totp_algorithm_name(params->algorithm);

	str_append(uri, "otpauth://totp/");
	pix_otpauth_escape(uri, issuer);
	str_append_c(uri, ':');
	pix_otpauth_escape(uri, account);
	str_append(uri, "?secret=");
	base32_encode(FALSE, secret, secret_size, uri);
	str_append(uri, "&issuer=");
	pix_otpauth_escape(uri, issuer);
	str_printfa(uri, "&algorithm=%s&digits=%u&period=%u",
		    t_str_ucase(alg), params->digits, params->period);
	return uri;
}

static bool pix_otpauth_unescape(const char *text, size_t len, const char **str_r)
{
	string_t *str = t_str_new(len + 1);
	unsigned long num;

	for (size_t i = 0; i < len; i++) {
		if (text[i] != '%') {
			str_append_c(str, text[i]);
			continue;
		}
		if (len - i < 3 || !i_isxdigit(text[i + 1]) ||
		    !i_isxdigit(text[i + 2]))
			return FALSE;
		num = hex2dec((const unsigned char *)text + i + 1, 2);
		if (num == 0)
			return FALSE;
		str_append_c(str, (char)num);
		i += 2;
	}
	*str_r = str_c(str);
	return uni_utf8_str_is_valid(*str_r);
}

bool pix_otpauth_secret(const char *text, unsigned char secret_r[128],
			size_t *size_r)
{
	string_t *clean;
	buffer_t *buf;
	bool ok;

	if (strlen(text) > 512)
		return FALSE;
	clean = t_str_new(strlen(text) + 8);
	for (; *text != '\0' && *text != '='; text++) {
		if (*text == ' ' || *text == '-')
			continue;
		str_append_c(clean, i_toupper(*text));
	}
	text += strspn(text, "= ");
	/* our decoder wants the padding that people leave out */
	while (str_len(clean) % 8 != 0)
		str_append_c(clean, '=');
	buf = t_buffer_create(MAX_BASE32_DECODED_SIZE(str_len(clean)));
	ok = *text == '\0' &&
		base32_decode(str_data(clean), str_len(clean), NULL, buf) >= 0 &&
		buf->used >= PIX_TOTP_SECRET_MIN &&
		buf->used <= PIX_TOTP_SECRET_MAX;
	if (ok) {
		memcpy(secret_r, buf->data, buf->used);
		*size_r = buf->used;
	}
	pix_secret_wipe_buffer(clean);
	pix_secret_wipe_buffer(buf);
	return ok;
}

static bool
pix_otpauth_param(struct pix_otpauth *otpauth, const char *name,
		  const char *value)
{
	if (strcasecmp(name, "secret") == 0)
		return pix_otpauth_secret(value, otpauth->secret,
					  &otpauth->secret_size);
	if (strcasecmp(name, "algorithm") == 0)
		return pix_totp_algorithm_parse(value, &otpauth->params.algorithm);
	if (strcasecmp(name, "digits") == 0)
		return str_to_uint(value, &otpauth->params.digits) == 0 &&
			(otpauth->params.digits == 6 || otpauth->params.digits == 8);
	if (strcasecmp(name, "period") == 0)
		return str_to_uint(value, &otpauth->params.period) == 0 &&
			otpauth->params.period >= 15 && otpauth->params.period <= 300;
	return TRUE;
}

int pix_otpauth_parse(const char *uri, struct pix_otpauth *otpauth_r,
		      const char **error_r)
{
	static const char scheme[] = "otpauth://totp/";
	const char *query, *label, *colon, *const *params;

	i_zero(otpauth_r);
	otpauth_r->params.algorithm = PIX_TOTP_SHA1;
	otpauth_r->params.digits = 6;
	otpauth_r->params.period = 30;
	if (strncasecmp(uri, scheme, strlen(scheme)) != 0) {
		*error_r = "not an otpauth://totp/ URI";
		return -1;
	}
	uri += strlen(scheme);
	query = strchr(uri, '?');
	if (query == NULL || !pix_otpauth_unescape(uri, query - uri, &label)) {
		*error_r = "URI without a valid label and query";
		return -1;
	}
	colon = strchr(label, ':');
	otpauth_r->account = colon == NULL ? label : colon + 1;
	while (*otpauth_r->account == ' ')
		otpauth_r->account++;
	for (params = t_strsplit(query + 1, "&"); *params != NULL; params++) {
		const char *value = strchr(*params, '=');
		const char *name, *decoded;

		if (value == NULL)
			continue;
		name = t_strdup_until(*params, value);
		if (!pix_otpauth_unescape(value + 1, strlen(value + 1), &decoded) ||
		    !pix_otpauth_param(otpauth_r, name, decoded)) {
			*error_r = t_strdup_printf("invalid value of %s",
				strcasecmp(name, "secret") == 0 ? "secret" : "a parameter");
			explicit_bzero(otpauth_r->secret, sizeof(otpauth_r->secret));
			return -1;
		}
	}
	if (otpauth_r->secret_size == 0) {
		*error_r = "URI without a secret";
		return -1;
	}
	return 0;
}
