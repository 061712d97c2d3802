/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-conf.h"

struct pix_conf {
	pool_t pool;
	pix_conf_include_t *include;
	void *context;
	ARRAY_TYPE(pix_conf_node) nodes;
	const struct pix_conf_node *section;
	unsigned int include_depth;
};

struct pix_conf *pix_conf_init(pool_t pool, pix_conf_include_t *include,
			       void *context)
{
	struct pix_conf *conf = p_new(pool, struct pix_conf, 1);

	conf->pool = pool;
	conf->include = include;
	conf->context = context;
	p_array_init(&conf->nodes, pool, 128);
	return conf;
}

static bool pix_conf_is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static const char *pix_conf_trim(const char *start, const char *end)
{
	while (start < end && pix_conf_is_space(*start))
		start++;
	while (end > start && pix_conf_is_space(end[-1]))
		end--;
	return t_strdup_until(start, end);
}

/* Cuts a comment off: # at the beginning or behind white space, outside quotes. */
static const char *pix_conf_uncomment(const char *line)
{
	char quote = '\0';

	for (const char *p = line; *p != '\0'; p++) {
		if (quote != '\0') {
			if (*p == '\\' && p[1] != '\0')
				p++;
			else if (*p == quote)
				quote = '\0';
		} else if (*p == '"' || *p == '\'') {
			/* only a value that begins with a quote is quoted */
			const char *q = p;

			while (q > line && pix_conf_is_space(q[-1]))
				q--;
			if (q == line || q[-1] == '=')
				quote = *p;
		} else if (*p == '#' &&
			   (p == line || pix_conf_is_space(p[-1]))) {
			return t_strdup_until(line, p);
		}
	}
	return line;
}

static const char *pix_conf_unquote(const char *value)
{
	size_t len = strlen(value);
	string_t *str;

	if (len < 2 || (value[0] != '"' && value[0] != '\'') ||
	    value[len - 1] != value[0])
		return value;
	str = t_str_new(len);
	for (size_t i = 1; i < len - 1; i++) {
		if (value[i] == '\\' && i + 1 < len - 1)
			i++;
		str_append_c(str, value[i]);
	}
	return str_c(str);
}

static const struct pix_conf_node *
pix_conf_add(struct pix_conf *conf, enum pix_conf_type type, const char *file,
	     unsigned int line, const char *key, const char *value)
{
	struct pix_conf_node *node = p_new(conf->pool, struct pix_conf_node, 1);
	const struct pix_conf_node *added = node;

	node->type = type;
	node->file = p_strdup(conf->pool, file);
	node->line = line;
	node->parent = conf->section;
	node->key = p_strdup(conf->pool, key);
	node->value = p_strdup(conf->pool, value);
	node->seq = array_count(&conf->nodes);
	array_push_back(&conf->nodes, &added);
	return node;
}

static void
pix_conf_include(struct pix_conf *conf, const char *file, unsigned int line,
		 const char *text, bool try)
{
	const char *slash = strrchr(file, '/');
	const char *pattern = pix_conf_unquote(pix_conf_trim(text, text + strlen(text)));

	if (pattern[0] != '/' && slash != NULL)
		pattern = t_strconcat(t_strdup_until(file, slash + 1), pattern, NULL);
	conf->include_depth++;
	conf->include(conf, file, line, pattern, try, conf->context);
	conf->include_depth--;
}

static void
pix_conf_open(struct pix_conf *conf, const char *file, unsigned int line,
	      const char *text)
{
	const char *end = text + strcspn(text, " \t");
	const char *name = pix_conf_trim(end, text + strlen(text));

	conf->section = pix_conf_add(conf, PIX_CONF_SECTION, file, line,
				     t_strdup_until(text, end),
				     pix_conf_unquote(name));
}

static void
pix_conf_statement(struct pix_conf *conf, const char *file, unsigned int line,
		   const char *text)
{
	size_t len = strlen(text);
	const char *equal;

	if (len == 0)
		return;
	if (strncmp(text, "!include_try", 12) == 0 && pix_conf_is_space(text[12])) {
		pix_conf_include(conf, file, line, text + 12, TRUE);
	} else if (strncmp(text, "!include", 8) == 0 && pix_conf_is_space(text[8])) {
		pix_conf_include(conf, file, line, text + 8, FALSE);
	} else if (strcmp(text, "}") == 0) {
		if (conf->section == NULL)
			pix_conf_add(conf, PIX_CONF_JUNK, file, line, "", text);
		else
			conf->section = conf->section->parent;
	} else if (text[len - 1] == '{' && strchr(text, '=') == NULL) {
		pix_conf_open(conf, file, line, pix_conf_trim(text, text + len - 1));
	} else if ((equal = strchr(text, '=')) != NULL && equal != text) {
		pix_conf_add(conf, PIX_CONF_SETTING, file, line,
			     pix_conf_trim(text, equal),
			     pix_conf_unquote(pix_conf_trim(equal + 1, text + len)));
	} else {
		pix_conf_add(conf, PIX_CONF_JUNK, file, line, "", text);
	}
}

void pix_conf_parse(struct pix_conf *conf, const char *file, const char *text)
{
	unsigned int line = 0, first = 0;
	string_t *joined = str_new(conf->pool, 256);

	while (*text != '\0') T_BEGIN {
		size_t len = strcspn(text, "\n");
		const char *part, *raw = t_strndup(text, len);

		line++;
		text += len + (text[len] == '\n' ? 1 : 0);
		part = pix_conf_uncomment(raw);
		part = pix_conf_trim(part, part + strlen(part));
		if (str_len(joined) == 0)
			first = line;
		str_append(joined, part);
		len = str_len(joined);
		if (len > 0 && str_c(joined)[len - 1] == '\\' && *text != '\0') {
			/* goes on in the next line */
			str_truncate(joined, len - 1);
			str_append_c(joined, ' ');
		} else {
			pix_conf_statement(conf, file, first, t_strdup(str_c(joined)));
			str_truncate(joined, 0);
		}
	} T_END;
}

unsigned int pix_conf_include_depth(const struct pix_conf *conf)
{
	return conf->include_depth;
}

const struct pix_conf_node *pix_conf_unclosed(const struct pix_conf *conf)
{
	return conf->section;
}

const ARRAY_TYPE(pix_conf_node) *pix_conf_nodes(const struct pix_conf *conf)
{
	return &conf->nodes;
}

bool pix_conf_is_in(const struct pix_conf_node *node, const char *key,
		    const char *name)
{
	const struct pix_conf_node *section = node->parent;

	return section != NULL && section->parent == NULL &&
		strcmp(section->key, key) == 0 &&
		(name == NULL || strcmp(section->value, name) == 0);
}

const struct pix_conf_node *pix_conf_protocol(const struct pix_conf_node *node)
{
	for (node = node->parent; node != NULL; node = node->parent) {
		if (strcmp(node->key, "protocol") == 0)
			return node;
	}
	return NULL;
}

bool pix_conf_protocol_is(const struct pix_conf_node *block, const char *protocol)
{
	const char *const *names = t_strsplit_spaces(block->value, " \t");
	bool negated = FALSE;

	for (; *names != NULL; names++) {
		const char *name = *names;

		if (name[0] == '!') {
			negated = TRUE;
			if (strcmp(name + 1, protocol) == 0)
				return FALSE;
		} else if (strcmp(name, protocol) == 0) {
			return TRUE;
		}
	}
	return negated;
}

const struct pix_conf_node *
pix_conf_last(const struct pix_conf *conf, const struct pix_conf_node *section,
	      const char *key)
{
	const struct pix_conf_node *const *nodep, *last = NULL;

	array_foreach(&conf->nodes, nodep) {
		if ((*nodep)->type == PIX_CONF_SETTING &&
		    (*nodep)->parent == section && strcmp((*nodep)->key, key) == 0)
			last = *nodep;
	}
	return last;
}
