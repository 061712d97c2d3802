/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-authres.h"

struct authres_parser {
	pool_t pool;
	const unsigned char *p, *end;
	/* comments since the last result began */
	string_t *comment;
	/* a comment or quoted string that never ends */
	bool broken;
};

static bool authres_is_wsp(unsigned char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* What a name (method, result, ptype, property) is made of. */
static bool authres_is_name(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		(c >= '0' && c <= '9') || c == '-' || c == '_';
}

/* p is behind the opening parenthesis. Comments nest (RFC 5322 3.2.2). */
static void authres_comment(struct authres_parser *parser)
{
	unsigned int depth = 1;

	if (str_len(parser->comment) > 0)
		str_append_c(parser->comment, ' ');
	for (; parser->p < parser->end; parser->p++) {
		unsigned char c = *parser->p;

		if (c == '\\' && parser->p + 1 < parser->end) {
			c = *++parser->p;
		} else if (c == '(') {
			if (++depth > PIX_AUTHRES_MAX_NESTING)
				break;
		} else if (c == ')' && --depth == 0) {
			parser->p++;
			return;
		}
		str_append_c(parser->comment, authres_is_wsp(c) ? ' ' : c);
	}
	parser->broken = TRUE;
	parser->p = parser->end;
}

static void authres_skip_cfws(struct authres_parser *parser)
{
	while (parser->p < parser->end) {
		if (authres_is_wsp(*parser->p)) {
			parser->p++;
		} else if (*parser->p == '(') {
			parser->p++;
			authres_comment(parser);
		} else {
			break;
		}
	}
}

static bool authres_at(const struct authres_parser *parser, unsigned char c)
{
	return parser->p < parser->end && *parser->p == c;
}

static bool authres_take(struct authres_parser *parser, unsigned char c)
{
	if (!authres_at(parser, c))
		return FALSE;
	parser->p++;
	return TRUE;
}

static void authres_quoted(struct authres_parser *parser, string_t *dest)
{
	for (; parser->p < parser->end; parser->p++) {
		unsigned char c = *parser->p;

		if (c == '"') {
			parser->p++;
			return;
		}
		if (c == '\\' && parser->p + 1 < parser->end)
			c = *++parser->p;
		if (c != '\r' && c != '\n')
			str_append_c(dest, c);
	}
	parser->broken = TRUE;
}

/* A value as it is found in the wild: quoted strings and everything up to
   white space, a semicolon or a comment. */
static const char *authres_value(struct authres_parser *parser)
{
	string_t *value = t_str_new(64);

	while (parser->p < parser->end && !authres_is_wsp(*parser->p) &&
	       *parser->p != ';' && *parser->p != '(') {
		unsigned char c = *parser->p++;

		if (c == '"')
			authres_quoted(parser, value);
		else
			str_append_c(value, c);
	}
	return p_strdup(parser->pool, str_c(value));
}

/* A name in lower case, or NULL if none begins here. */
static const char *authres_name(struct authres_parser *parser)
{
	const unsigned char *begin = parser->p;

	while (parser->p < parser->end && authres_is_name(*parser->p))
		parser->p++;
	if (parser->p == begin)
		return NULL;
	return str_lcase(p_strdup_until(parser->pool, begin, parser->p));
}

/* Goes to the next semicolon outside quotes and comments. */
static void authres_skip_part(struct authres_parser *parser)
{
	T_BEGIN {
		string_t *ignored = t_str_new(64);

		while (parser->p < parser->end && *parser->p != ';') {
			unsigned char c = *parser->p++;

			if (c == '"')
				authres_quoted(parser, ignored);
			else if (c == '(')
				authres_comment(parser);
		}
	} T_END;
}

/* TRUE if no value stands behind "=", but the end or the next property.
   White space before the value is skipped. */
static bool authres_no_value(struct authres_parser *parser)
{
	const unsigned char *begin = parser->p, *p;

	authres_skip_cfws(parser);
	if (parser->p == begin)
		return authres_at(parser, ';');
	for (p = parser->p; p < parser->end; p++) {
		if (!authres_is_name(*p) && *p != '.')
			break;
	}
	return parser->p >= parser->end || *parser->p == ';' ||
		(p > parser->p && p < parser->end && *p == '=');
}

/* [ptype "."] property "=" value. FALSE where something else stands. */
static bool
authres_property(struct authres_parser *parser,
		 struct pix_authres_property *prop_r)
{
	const char *name = authres_name(parser);

	if (name == NULL)
		return FALSE;
	authres_skip_cfws(parser);
	prop_r->ptype = "";
	prop_r->property = name;
	if (authres_take(parser, '.')) {
		authres_skip_cfws(parser);
		prop_r->ptype = name;
		prop_r->property = authres_name(parser);
		if (prop_r->property == NULL)
			return FALSE;
		authres_skip_cfws(parser);
	}
	if (!authres_take(parser, '='))
		return FALSE;
	if (authres_no_value(parser)) {
		prop_r->value = "";
		return TRUE;
	}
	T_BEGIN {
		prop_r->value = authres_value(parser);
	} T_END;
	return TRUE;
}

static void
authres_properties(struct authres_parser *parser,
		   struct pix_authres_result *result)
{
	ARRAY(struct pix_authres_property) props;
	struct pix_authres_property prop;

	p_array_init(&props, parser->pool, 4);
	for (;;) {
		authres_skip_cfws(parser);
		if (parser->p >= parser->end || *parser->p == ';')
			break;
		if (array_count(&props) >= PIX_AUTHRES_MAX_PROPERTIES ||
		    !authres_property(parser, &prop)) {
			authres_skip_part(parser);
			break;
		}
		if (prop.ptype[0] == '\0' && strcmp(prop.property, "reason") == 0) {
			if (result->reason == NULL)
				result->reason = prop.value;
			continue;
		}
		array_push_back(&props, &prop);
	}
	result->properties = array_get(&props, &result->property_count);
}

/* method ["/" version] "=" result … up to the semicolon. */
static bool
authres_result(struct authres_parser *parser, struct pix_authres_result *result_r)
{
	i_zero(result_r);
	str_truncate(parser->comment, 0);
	authres_skip_cfws(parser);
	result_r->method = authres_name(parser);
	if (result_r->method == NULL)
		return FALSE;
	authres_skip_cfws(parser);
	if (authres_take(parser, '/')) {
		authres_skip_cfws(parser);
		/* only version 1 exists (RFC 8601 section 2.7) */
		const char *version = authres_name(parser);

		if (version == NULL || strcmp(version, "1") != 0)
			return FALSE;
		authres_skip_cfws(parser);
	}
	if (!authres_take(parser, '='))
		return FALSE;
	authres_skip_cfws(parser);
	result_r->result = authres_name(parser);
	if (result_r->result == NULL)
		return FALSE;
	/* "pass@evil" is no result */
	if (parser->p < parser->end && !authres_is_wsp(*parser->p) &&
	    *parser->p != ';' && *parser->p != '(')
		return FALSE;
	authres_properties(parser, result_r);
	result_r->comment = p_strdup(parser->pool, str_c(parser->comment));
	return TRUE;
}

/* "i=1;" in front of ARC-Authentication-Results. */
static void
authres_arc_instance(struct authres_parser *parser, struct pix_authres *authres)
{
	const unsigned char *begin = parser->p;
	const char *name, *value;

	authres_skip_cfws(parser);
	name = authres_name(parser);
	authres_skip_cfws(parser);
	if (name != NULL && strcmp(name, "i") == 0 && authres_take(parser, '=')) {
		authres_skip_cfws(parser);
		value = authres_name(parser);
		authres_skip_cfws(parser);
		if (value != NULL && authres_take(parser, ';') &&
		    str_to_uint(value, &authres->arc_instance) == 0 &&
		    authres->arc_instance > 0 && authres->arc_instance <= 50)
			return;
		authres->arc_instance = 0;
	}
	parser->p = begin;
}

/* [authserv-id [version]], up to the first semicolon. Where a method stands
   in the place of the authserv-id, nothing is taken. */
static void
authres_head(struct authres_parser *parser, struct pix_authres *authres)
{
	const unsigned char *begin;
	const char *id, *version;

	authres_skip_cfws(parser);
	begin = parser->p;
	id = authres_value(parser);
	authres_skip_cfws(parser);
	if (id[0] == '\0')
		return;
	if (strchr(id, '=') != NULL || authres_at(parser, '=')) {
		parser->p = begin;
		return;
	}
	authres->authserv_id = id;
	if (parser->p < parser->end && *parser->p != ';') {
		version = authres_value(parser);
		/* an unknown version must not be read as one that we know */
		if (str_to_uint(version, &authres->version) < 0)
			authres->version = 0;
		authres_skip_part(parser);
	}
	(void)authres_take(parser, ';');
}

static void
authres_results(struct authres_parser *parser, struct pix_authres *authres)
{
	ARRAY(struct pix_authres_result) results;
	struct pix_authres_result result;

	p_array_init(&results, parser->pool, 4);
	while (parser->p < parser->end &&
	       array_count(&results) < PIX_AUTHRES_MAX_RESULTS) {
		const unsigned char *begin = parser->p;
		bool ok;

		T_BEGIN {
			ok = authres_result(parser, &result);
		} T_END;
		if (ok) {
			array_push_back(&results, &result);
		} else {
			/* "none" alone is no result (RFC 8601 section 2.2) */
			parser->p = begin;
			authres_skip_cfws(parser);
			if (parser->p < parser->end && *parser->p != ';')
				authres->skipped_count++;
			authres_skip_part(parser);
		}
		(void)authres_take(parser, ';');
	}
	authres->results = array_get(&results, &authres->result_count);
}

int pix_authres_parse(pool_t pool, const unsigned char *data, size_t size,
		      const struct pix_authres **authres_r,
		      const char **error_r)
{
	struct authres_parser parser = {
		.pool = pool, .p = data, .end = data + size,
	};
	struct pix_authres *authres;

	*authres_r = NULL;
	if (size > PIX_AUTHRES_MAX_SIZE) {
		*error_r = "the field is too long";
		return -1;
	}
	if (size > 0 && memchr(data, '\0', size) != NULL) {
		*error_r = "the field has a NUL in it";
		return -1;
	}
	authres = p_new(pool, struct pix_authres, 1);
	authres->version = 1;
	T_BEGIN {
		/* grows while inner frames of the data stack are open */
		parser.comment = str_new(pool, 128);
		authres_arc_instance(&parser, authres);
		authres_head(&parser, authres);
		authres_results(&parser, authres);
	} T_END;
	/* Where a comment or a quote never ends, text of others may have
	   swallowed results or posed as one. */
	if (parser.broken) {
		*error_r = "a comment or a quoted string does not end";
		return -1;
	}
	*authres_r = authres;
	return 0;
}
