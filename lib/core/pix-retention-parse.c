/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-retention.h"

/* Statements of words; "{" opens a block; a statement ends with its line or
   with ";". See pix-retention.policy(5). */

#define MAX_WORDS 512

struct parser {
	const char *p, *end;
	unsigned int line, column;
	struct pix_retention_policy *policy;
	/* the words of the current statement and where they stand */
	ARRAY_TYPE(const_string) words;
	ARRAY(unsigned int) columns;
	unsigned int stmt_line;
	bool version_seen;
	const char *error;
};

enum stmt_end { STMT_PLAIN, STMT_OPEN, STMT_CLOSE, STMT_EOF, STMT_ERROR };

static void ATTR_FORMAT(4, 5)
fail(struct parser *parser, unsigned int line, unsigned int column,
     const char *fmt, ...)
{
	va_list args;

	if (parser->error != NULL)
		return;
	va_start(args, fmt);
	parser->error = t_strdup_printf("line %u, column %u: %s", line, column,
					t_strdup_vprintf(fmt, args));
	va_end(args);
}

/* Fails at word idx of the current statement. */
#define fail_word(parser, idx, ...) \
	fail(parser, (parser)->stmt_line, \
	     *array_idx(&(parser)->columns, idx), __VA_ARGS__)

static char next_char(struct parser *parser)
{
	char c = *parser->p++;

	if (c == '\n') {
		parser->line++;
		parser->column = 1;
	} else {
		parser->column++;
	}
	return c;
}

static bool word_char(char c)
{
	return c != ' ' && c != '\t' && c != '\r' && c != '\n' && c != '{' &&
		c != '}' && c != ';' && c != '#' && c != '"';
}

static const char *read_quoted(struct parser *parser)
{
	unsigned int line = parser->line, column = parser->column;
	string_t *str = str_new(parser->policy->pool, 32);
	char c;

	(void)next_char(parser);
	while (parser->p < parser->end && *parser->p != '\n') {
		c = next_char(parser);
		if (c == '"')
			return str_c(str);
		if (c == '\\') {
			if (parser->p == parser->end ||
			    (*parser->p != '"' && *parser->p != '\\')) {
				fail(parser, parser->line, parser->column,
				     "only \\\" and \\\\ are known in a quoted word");
				return NULL;
			}
			c = next_char(parser);
		}
		str_append_c(str, c);
	}
	fail(parser, line, column, "the quoted word has no end on its line");
	return NULL;
}

static const char *read_word(struct parser *parser)
{
	const char *begin = parser->p;

	if (*begin == '"')
		return read_quoted(parser);
	while (parser->p < parser->end && word_char(*parser->p))
		(void)next_char(parser);
	return p_strdup_until(parser->policy->pool, begin, parser->p);
}

static enum stmt_end read_statement(struct parser *parser)
{
	unsigned int column;
	const char *word;

	array_clear(&parser->words);
	array_clear(&parser->columns);
	for (;;) {
		if (parser->p == parser->end)
			return array_count(&parser->words) > 0 ? STMT_PLAIN : STMT_EOF;
		switch (*parser->p) {
		case ' ': case '\t': case '\r':
			(void)next_char(parser);
			continue;
		case '#':
			while (parser->p < parser->end && *parser->p != '\n')
				(void)next_char(parser);
			continue;
		case '\n': case ';':
			(void)next_char(parser);
			if (array_count(&parser->words) > 0)
				return STMT_PLAIN;
			continue;
		case '{':
			if (array_count(&parser->words) == 0) {
				fail(parser, parser->line, parser->column,
				     "\"{\" without a word before it");
				return STMT_ERROR;
			}
			(void)next_char(parser);
			return STMT_OPEN;
		case '}':
			/* "a b }": the statement first, the brace next time */
			if (array_count(&parser->words) > 0)
				return STMT_PLAIN;
			parser->stmt_line = parser->line;
			column = parser->column;
			array_push_back(&parser->columns, &column);
			(void)next_char(parser);
			return STMT_CLOSE;
		default:
			break;
		}
		if (array_count(&parser->words) == MAX_WORDS) {
			fail(parser, parser->line, parser->column,
			     "more than %d words in one statement", MAX_WORDS);
			return STMT_ERROR;
		}
		if (array_count(&parser->words) == 0)
			parser->stmt_line = parser->line;
		column = parser->column;
		if ((word = read_word(parser)) == NULL)
			return STMT_ERROR;
		array_push_back(&parser->words, &word);
		array_push_back(&parser->columns, &column);
	}
}

static const char *word_at(struct parser *parser, unsigned int idx)
{
	return array_idx_elem(&parser->words, idx);
}

/* TRUE if the statement has exactly count words behind its name. */
static bool want_words(struct parser *parser, unsigned int count)
{
	unsigned int have = array_count(&parser->words) - 1;

	if (have == count)
		return TRUE;
	if (have < count)
		fail_word(parser, 0, "\"%s\" needs %u word%s behind it",
			  word_at(parser, 0), count, count == 1 ? "" : "s");
	else
		fail_word(parser, count + 1, "unexpected word behind \"%s\"",
			  word_at(parser, 0));
	return FALSE;
}

static bool
take_period(struct parser *parser, struct pix_retention_period *period_r)
{
	if (!want_words(parser, 1))
		return FALSE;
	if (pix_retention_period_parse(word_at(parser, 1), period_r))
		return TRUE;
	fail_word(parser, 1, "no period: use for example 10y, 1y6m, 30d or forever");
	return FALSE;
}

static int
take_choice(struct parser *parser, unsigned int count,
	    const char *(*name)(unsigned int), unsigned int *value_r)
{
	string_t *choices = t_str_new(64);

	if (!want_words(parser, 1))
		return -1;
	for (unsigned int i = 0; i < count; i++) {
		if (strcmp(word_at(parser, 1), name(i)) == 0) {
			*value_r = i;
			return 0;
		}
		str_printfa(choices, "%s%s", i == 0 ? "" : ", ", name(i));
	}
	fail_word(parser, 1, "\"%s\" must be one of: %s", word_at(parser, 0),
		  str_c(choices));
	return -1;
}

static const char *start_name(unsigned int i)
{
	return pix_retention_start_name((enum pix_retention_start)i);
}

static const char *then_name(unsigned int i)
{
	return pix_retention_then_name((enum pix_retention_then)i);
}

static const char *bool_name(unsigned int i)
{
	return i == 0 ? "no" : "yes";
}

static void label_statement(struct parser *parser, struct pix_retention_label *label,
			    bool *period_seen)
{
	const char *name = word_at(parser, 0);
	unsigned int value;

	if (strcmp(name, "period") == 0) {
		*period_seen = TRUE;
		(void)take_period(parser, &label->period);
	} else if (strcmp(name, "start") == 0) {
		if (take_choice(parser, PIX_RETENTION_START_DELETED, start_name, &value) == 0)
			label->start = (enum pix_retention_start)value;
	} else if (strcmp(name, "then") == 0) {
		if (take_choice(parser, PIX_RETENTION_THEN_KEEP + 1, then_name, &value) == 0)
			label->then = (enum pix_retention_then)value;
	} else if (strcmp(name, "retain") == 0) {
		if (take_choice(parser, 2, bool_name, &value) == 0)
			label->retain = value == 1;
	} else if (strcmp(name, "archive-after") == 0) {
		label->archive_set = take_period(parser, &label->archive_after);
		if (label->archive_set && label->archive_after.forever)
			fail_word(parser, 1, "\"archive-after\" needs a period that ends");
	} else if (strcmp(name, "description") == 0) {
		if (want_words(parser, 1))
			label->description = word_at(parser, 1);
	} else {
		fail_word(parser, 0, "unknown word \"%s\" in a label: use period, start, then, retain, archive-after or description", name);
	}
}

static void parse_label(struct parser *parser, enum stmt_end how)
{
	struct pix_retention_label *label;
	unsigned int line = parser->stmt_line, column;
	bool period_seen = FALSE;

	if (!want_words(parser, 1))
		return;
	column = *array_idx(&parser->columns, 1);
	if (how != STMT_OPEN) {
		fail_word(parser, 0, "\"label\" needs a block: label %s { period 1y }",
			  word_at(parser, 1));
		return;
	}
	if (!pix_retention_label_name_ok(word_at(parser, 1))) {
		fail_word(parser, 1, "a label's name is made of a-z, 0-9 and \"-_.\", at most %d",
			  PIX_RETENTION_LABEL_MAX);
		return;
	}
	if (strcmp(word_at(parser, 1), "grace") == 0 ||
	    pix_retention_label_find(parser->policy, word_at(parser, 1)) != NULL) {
		fail_word(parser, 1, "the label \"%s\" exists already", word_at(parser, 1));
		return;
	}
	label = p_new(parser->policy->pool, struct pix_retention_label, 1);
	label->name = word_at(parser, 1);
	label->description = "";
	label->retain = TRUE;
	label->line = line;
	while ((how = read_statement(parser)) == STMT_PLAIN && parser->error == NULL)
		label_statement(parser, label, &period_seen);
	if (how != STMT_CLOSE && parser->error == NULL)
		fail(parser, line, column, "the block of this label has no end");
	else if (!period_seen)
		fail(parser, line, column, "the label \"%s\" has no period", label->name);
	else if (!label->retain && label->period.forever)
		fail(parser, line, column, "the label \"%s\" retains nothing and never ends", label->name);
	array_push_back(&parser->policy->labels, &label);
}

static void
take_list(struct parser *parser, ARRAY_TYPE(const_string) *list)
{
	const char *word;

	if (array_count(&parser->words) < 2) {
		fail_word(parser, 0, "\"%s\" needs at least one word behind it",
			  word_at(parser, 0));
		return;
	}
	for (unsigned int i = 1; i < array_count(&parser->words); i++) {
		word = word_at(parser, i);
		if (*word == '\0') {
			fail_word(parser, i, "empty pattern");
			return;
		}
		array_push_back(list, &word);
	}
}

static void rule_statement(struct parser *parser, struct pix_retention_rule *rule)
{
	const struct {
		const char *name;
		ARRAY_TYPE(const_string) *list;
	} lists[] = {
		{ "user", &rule->users }, { "domain", &rule->domains },
		{ "group", &rule->groups }, { "folder", &rule->folders },
		{ "special-use", &rule->special_uses },
	};
	const char *word;

	for (unsigned int i = 0; i < N_ELEMENTS(lists); i++) {
		if (strcmp(word_at(parser, 0), lists[i].name) == 0) {
			take_list(parser, lists[i].list);
			if (lists[i].list != &rule->special_uses)
				return;
			for (unsigned int w = 1; w < array_count(&parser->words); w++) {
				word = word_at(parser, w);
				if (word[0] != '\\')
					fail_word(parser, w, "a special use begins with a backslash: \\Sent");
			}
			return;
		}
	}
	fail_word(parser, 0, "unknown word \"%s\" in a rule: use user, domain, group, folder or special-use",
		  word_at(parser, 0));
}

static void
parse_rule(struct parser *parser, enum stmt_end how,
	   ARRAY_TYPE(pix_retention_rule) *dest)
{
	pool_t pool = parser->policy->pool;
	struct pix_retention_rule *rule;
	unsigned int line = parser->stmt_line, column;

	if (!want_words(parser, 1))
		return;
	column = *array_idx(&parser->columns, 1);
	rule = p_new(pool, struct pix_retention_rule, 1);
	rule->line = line;
	rule->label = pix_retention_label_find(parser->policy, word_at(parser, 1));
	if (rule->label == NULL) {
		fail_word(parser, 1, "there is no label \"%s\" above this line", word_at(parser, 1));
		return;
	}
	p_array_init(&rule->users, pool, 2);
	p_array_init(&rule->domains, pool, 2);
	p_array_init(&rule->groups, pool, 2);
	p_array_init(&rule->folders, pool, 2);
	p_array_init(&rule->special_uses, pool, 2);
	if (how == STMT_OPEN) {
		while ((how = read_statement(parser)) == STMT_PLAIN && parser->error == NULL)
			rule_statement(parser, rule);
		if (how != STMT_CLOSE && parser->error == NULL)
			fail(parser, line, column, "the block of this rule has no end");
	}
	if (dest == &parser->policy->journal &&
	    array_count(&rule->folders) + array_count(&rule->special_uses) > 0)
		fail(parser, line, column, "the journal has no folders: use user, domain or group");
	array_push_back(dest, &rule);
}

static void parse_timezone(struct parser *parser)
{
	const char *str;
	unsigned int hours, minutes;

	if (!want_words(parser, 1))
		return;
	str = word_at(parser, 1);
	if (strcmp(str, "UTC") == 0) {
		parser->policy->tz_offset = 0;
		return;
	}
	if (strlen(str) != 6 || (str[0] != '+' && str[0] != '-') || str[3] != ':' ||
	    str_to_uint(t_strndup(str + 1, 2), &hours) < 0 ||
	    str_to_uint(str + 4, &minutes) < 0 || hours > 14 || minutes > 59) {
		fail_word(parser, 1, "no time zone: use UTC or an offset like +01:00");
		return;
	}
	parser->policy->tz_offset = (int)(hours * 3600 + minutes * 60) *
		(str[0] == '-' ? -1 : 1);
}

static void parse_fiscal(struct parser *parser)
{
	const char *str;
	unsigned int month, day;

	if (!want_words(parser, 1))
		return;
	str = word_at(parser, 1);
	if (strlen(str) != 5 || str[2] != '-' ||
	    str_to_uint(t_strndup(str, 2), &month) < 0 ||
	    str_to_uint(str + 3, &day) < 0 || month < 1 || month > 12 || day < 1 ||
	    day > pix_retention_month_days(2000, month)) {
		fail_word(parser, 1, "no day of the year: use MM-DD, for example 12-31");
		return;
	}
	parser->policy->fiscal_month = month;
	parser->policy->fiscal_day = day;
}

static void parse_grace(struct parser *parser)
{
	struct pix_retention_label *label;

	if (parser->policy->grace != NULL) {
		fail_word(parser, 0, "\"grace\" stands twice");
		return;
	}
	label = p_new(parser->policy->pool, struct pix_retention_label, 1);
	label->name = "grace";
	label->description = "deleted mail without a label";
	label->start = PIX_RETENTION_START_DELETED;
	label->then = PIX_RETENTION_THEN_DISPOSE;
	label->retain = TRUE;
	label->line = parser->stmt_line;
	if (take_period(parser, &label->period) && label->period.forever)
		fail_word(parser, 1, "\"grace\" needs a period that ends");
	parser->policy->grace = label;
}

static void parse_version(struct parser *parser)
{
	parser->version_seen = TRUE;
	if (want_words(parser, 1) && strcmp(word_at(parser, 1), "1") != 0)
		fail_word(parser, 1, "this is not version 1");
}

static void parse_statement(struct parser *parser, enum stmt_end how)
{
	const char *name = word_at(parser, 0);

	if (!parser->version_seen && strcmp(name, "version") != 0) {
		fail_word(parser, 0, "the first statement must be: version 1");
		return;
	}
	if (array_count(&parser->policy->labels) +
	    array_count(&parser->policy->rules) >= PIX_RETENTION_MAX_ITEMS) {
		fail_word(parser, 0, "more than %d labels and rules", PIX_RETENTION_MAX_ITEMS);
		return;
	}
	if (strcmp(name, "label") == 0) {
		parse_label(parser, how);
		return;
	}
	if (strcmp(name, "rule") == 0) {
		parse_rule(parser, how, &parser->policy->rules);
		return;
	}
	if (strcmp(name, "journal") == 0) {
		parse_rule(parser, how, &parser->policy->journal);
		return;
	}
	if (how == STMT_OPEN)
		fail_word(parser, 0, "only label, rule and journal have a block");
	else if (strcmp(name, "version") == 0)
		parse_version(parser);
	else if (strcmp(name, "grace") == 0)
		parse_grace(parser);
	else if (strcmp(name, "timezone") == 0)
		parse_timezone(parser);
	else if (strcmp(name, "fiscal-year-end") == 0)
		parse_fiscal(parser);
	else if (strcmp(name, "private") == 0)
		take_list(parser, &parser->policy->private_folders);
	else
		fail_word(parser, 0, "unknown word \"%s\": use version, label, rule, journal, grace, timezone, fiscal-year-end or private", name);
}

int pix_retention_policy_parse(const void *data, size_t size,
			       struct pix_retention_policy **policy_r,
			       const char **error_r)
{
	pool_t pool;
	struct parser parser = { .p = data, .line = 1, .column = 1 };
	enum stmt_end how;

	*policy_r = NULL;
	if (size > PIX_RETENTION_MAX_SIZE) {
		*error_r = t_strdup_printf("line 1, column 1: the file is larger than %d bytes",
					   PIX_RETENTION_MAX_SIZE);
		return -1;
	}
	pool = pool_alloconly_create("pix retention policy", 4096);
	parser.end = parser.p + size;
	parser.policy = p_new(pool, struct pix_retention_policy, 1);
	parser.policy->pool = pool;
	parser.policy->fiscal_month = 12;
	parser.policy->fiscal_day = 31;
	p_array_init(&parser.policy->labels, pool, 16);
	p_array_init(&parser.policy->rules, pool, 16);
	p_array_init(&parser.policy->journal, pool, 4);
	p_array_init(&parser.policy->private_folders, pool, 4);
	t_array_init(&parser.words, 16);
	t_array_init(&parser.columns, 16);

	if (memchr(data, '\0', size) != NULL)
		fail(&parser, 1, 1, "the file holds a NUL byte");
	while (parser.error == NULL) {
		how = read_statement(&parser);
		if (how == STMT_EOF || how == STMT_ERROR)
			break;
		if (how == STMT_CLOSE)
			fail_word(&parser, 0, "\"}\" without a block");
		else
			parse_statement(&parser, how);
	}
	if (parser.error == NULL && !parser.version_seen)
		fail(&parser, 1, 1, "the first statement must be: version 1");
	if (parser.error != NULL) {
		*error_r = parser.error;
		pool_unref(&pool);
		return -1;
	}
	*policy_r = parser.policy;
	return 0;
}
