/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-claims.h"

#include <ctype.h>

/* Names joined by dots that are tried as one literal name. */
#define CLAIMS_PATH_MAX 16

static const json_t *
claims_get_depth(const json_t *obj, const char *path, unsigned int depth)
{
	const json_t *value = json_object_get(obj, path);
	const char *dot = path;

	if (value != NULL || depth >= CLAIMS_PATH_MAX || !json_is_object(obj))
		return value;
	while ((dot = strchr(dot, '.')) != NULL) {
		const json_t *next = json_object_getn(obj, path, (size_t)(dot - path));

		dot++;
		if (json_is_object(next)) {
			value = claims_get_depth(next, dot, depth + 1);
			if (value != NULL)
				return value;
		}
	}
	return NULL;
}

const json_t *pix_claims_get(const json_t *claims, const char *path)
{
	const json_t *value = claims_get_depth(claims, path, 0);

	return json_is_null(value) ? NULL : value;
}

/* Text of a scalar, NULL for anything else. */
static const char *claims_text(const json_t *value)
{
	const char *str;

	switch (value == NULL ? JSON_NULL : json_typeof(value)) {
	case JSON_STRING:
		str = json_string_value(value);
		return strlen(str) == json_string_length(value) ? str : NULL;
	case JSON_INTEGER:
		return t_strdup_printf("%" JSON_INTEGER_FORMAT, json_integer_value(value));
	case JSON_TRUE:
		return "true";
	case JSON_FALSE:
		return "false";
	default:
		return NULL;
	}
}

static bool claims_match_scalar(const json_t *value, const char *const *values)
{
	const char *text = claims_text(value);

	for (; text != NULL && *values != NULL; values++) {
		if (strcmp(*values, "*") == 0 || strcmp(*values, text) == 0)
			return TRUE;
	}
	return FALSE;
}

bool pix_claims_match(const json_t *value, const char *const *values)
{
	const json_t *item;
	size_t i;

	if (value == NULL)
		return FALSE;
	if (!json_is_array(value)) {
		return (json_is_object(value) && values[0] != NULL &&
			strcmp(values[0], "*") == 0) ||
			claims_match_scalar(value, values);
	}
	json_array_foreach(value, i, item) {
		if (claims_match_scalar(item, values))
			return TRUE;
	}
	return FALSE;
}

static bool claims_string_has_word(const json_t *value, const char *word)
{
	const char *str = claims_text(value);
	size_t len = strlen(word);

	while (str != NULL && *str != '\0') {
		size_t n = strcspn(str, " ");

		if (n == len && memcmp(str, word, len) == 0)
			return TRUE;
		str += n + strspn(str + n, " ");
	}
	return FALSE;
}

bool pix_claims_has_word(const json_t *value, const char *word)
{
	const json_t *item;
	size_t i;

	if (json_is_string(value))
		return claims_string_has_word(value, word);
	json_array_foreach(value, i, item) {
		if (json_is_string(item) && claims_string_has_word(item, word))
			return TRUE;
	}
	return FALSE;
}

/* One "{path:modifier}", without its braces. */
static enum pix_claims_expand
claims_expand_one(const json_t *claims, const char *field, string_t *dest)
{
	/* a modifier is lower case letters behind the last colon */
	const char *colon = strrchr(field, ':');
	const char *modifier = colon == NULL ? "" : colon + 1;
	const char *path = field, *text, *at;
	const json_t *value;

	if (strcmp(modifier, "lower") == 0 || strcmp(modifier, "local") == 0 ||
	    strcmp(modifier, "domain") == 0)
		path = t_strdup_until(field, colon);
	else
		modifier = "";
	value = pix_claims_get(claims, path);
	if (value == NULL)
		return PIX_CLAIMS_MISSING;
	text = claims_text(value);
	if (text == NULL)
		return PIX_CLAIMS_INVALID;
	at = strrchr(text, '@');
	if (strcmp(modifier, "lower") == 0)
		text = t_str_lcase(text);
	else if (strcmp(modifier, "local") == 0 && at != NULL)
		text = t_strdup_until(text, at);
	else if (strcmp(modifier, "domain") == 0)
		text = at == NULL ? "" : at + 1;
	str_append(dest, text);
	return PIX_CLAIMS_OK;
}

static bool claims_value_ok(const string_t *str)
{
	const unsigned char *data = str_data(str);

	if (str_len(str) == 0 || str_len(str) > PIX_CLAIMS_VALUE_MAX)
		return FALSE;
	for (size_t i = 0; i < str_len(str); i++) {
		if (data[i] < 32 || data[i] == 127)
			return FALSE;
	}
	return TRUE;
}

enum pix_claims_expand
pix_claims_expand(const json_t *claims, const char *tmpl, const char **value_r)
{
	string_t *dest = t_str_new(128);
	enum pix_claims_expand result;

	while (*tmpl != '\0') {
		const char *end;

		if (tmpl[0] != '{' || tmpl[1] == '{') {
			tmpl += tmpl[0] == '{' ? 1 : 0;
			str_append_c(dest, *tmpl++);
			continue;
		}
		end = strchr(tmpl, '}');
		if (end == NULL)
			return PIX_CLAIMS_INVALID;
		result = claims_expand_one(claims, t_strdup_until(tmpl + 1, end), dest);
		if (result != PIX_CLAIMS_OK)
			return result;
		tmpl = end + 1;
	}
	if (!claims_value_ok(dest))
		return PIX_CLAIMS_INVALID;
	*value_r = str_c(dest);
	return PIX_CLAIMS_OK;
}

size_t pix_claims_template_check(const char *tmpl)
{
	const char *p = tmpl;

	if (*p == '\0')
		return 0;
	while (*p != '\0') {
		const char *end;

		if (p[0] != '{' || p[1] == '{') {
			p += p[0] == '{' ? 2 : 1;
			continue;
		}
		end = strchr(p, '}');
		if (end == NULL || end == p + 1)
			return (size_t)(p - tmpl);
		p = end + 1;
	}
	return SIZE_MAX;
}
