/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-issuer.h"

/* More than any real file has; a mistaken path may be anything. */
#define ISSUERS_FILE_MAX (1024 * 1024)

struct issuers_parser {
	struct pix_issuers *issuers;
	ARRAY_TYPE(const_string) *errors;
	const char *name;
	unsigned int line;
	/* the section that is being read, NULL before the first and in a
	   section that was refused */
	struct pix_issuer *issuer;
	unsigned int issuer_line, issuer_keys;
	bool in_section;
	bool failed;
};

static void
parser_error(struct issuers_parser *parser, unsigned int line,
	     size_t column, const char *text)
{
	const char *error = t_strdup_printf("%s:%u:%zu: %s", parser->name,
					    line, column + 1, text);

	array_push_back(parser->errors, &error);
	parser->failed = TRUE;
}

static void parser_end_section(struct issuers_parser *parser)
{
	const char *error;

	if (parser->issuer == NULL)
		return;
	error = pix_issuer_check(parser->issuer);
	if (error != NULL)
		parser_error(parser, parser->issuer_line, 0, error);
	parser->issuer = NULL;
}

static void parser_section(struct issuers_parser *parser, const char *line, size_t indent)
{
	const char *end = strchr(line, ']');
	const char *name, *error;

	parser_end_section(parser);
	parser->in_section = TRUE;
	if (end == NULL) {
		parser_error(parser, parser->line, indent, "] is missing");
		return;
	}
	if (end[1 + strspn(end + 1, " \t")] != '\0') {
		parser_error(parser, parser->line, indent + (size_t)(end - line) + 1,
			     "nothing may follow the ]");
		return;
	}
	name = t_strdup_until(line + 1, end);
	parser->issuer = pix_issuers_add(parser->issuers, name,
		t_strdup_printf("%s:%u", parser->name, parser->line), &error);
	if (parser->issuer == NULL)
		parser_error(parser, parser->line, indent + 1, error);
	parser->issuer_line = parser->line;
	parser->issuer_keys = 0;
}

static void parser_key(struct issuers_parser *parser, const char *line, size_t indent)
{
	const char *equals = strchr(line, '='), *end, *key, *value, *error;
	size_t offset;

	if (!parser->in_section) {
		parser_error(parser, parser->line, indent,
			     "a section [ISSUER URL] must come first");
		return;
	}
	if (equals == NULL || equals == line) {
		parser_error(parser, parser->line, indent, "KEY = VALUE expected");
		return;
	}
	for (end = equals; end > line && (end[-1] == ' ' || end[-1] == '\t'); end--) ;
	key = t_strdup_until(line, end);
	value = equals + 1 + strspn(equals + 1, " \t");
	if (parser->issuer == NULL)
		return;
	if (strcmp(key, "profile") == 0 && parser->issuer_keys > 0) {
		parser_error(parser, parser->line, indent,
			     "profile must be the first key of its section");
		return;
	}
	parser->issuer_keys++;
	if (pix_issuer_set(parser->issuers, parser->issuer, key, value,
			   &offset, &error) < 0) {
		parser_error(parser, parser->line, offset == SIZE_MAX ? indent :
			     indent + (size_t)(value - line) + offset, error);
	}
}

static void parser_line(struct issuers_parser *parser, const char *line)
{
	size_t indent = strspn(line, " \t"), len = strlen(line);

	while (len > indent && (line[len - 1] == ' ' || line[len - 1] == '\t' ||
				line[len - 1] == '\r'))
		len--;
	line = t_strndup(line + indent, len - indent);
	if (*line == '\0' || *line == '#')
		return;
	if (*line == '[')
		parser_section(parser, line, indent);
	else
		parser_key(parser, line, indent);
}

bool pix_issuers_parse(struct pix_issuers *issuers, const char *name,
		       const char *text, ARRAY_TYPE(const_string) *errors)
{
	struct issuers_parser parser = {
		.issuers = issuers,
		.errors = errors,
		.name = name,
	};
	const char *end;

	if (strlen(text) > ISSUERS_FILE_MAX) {
		parser_error(&parser, 1, 0, "the file is too large");
		return FALSE;
	}
	for (; *text != '\0'; text = *end == '\0' ? end : end + 1) {
		end = text + strcspn(text, "\n");
		parser.line++;
		parser_line(&parser, t_strdup_until(text, end));
	}
	parser_end_section(&parser);
	return !parser.failed;
}
