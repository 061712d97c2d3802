/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-conf.h"
#include "test-common.h"

static unsigned int includes;

static void
include_other(struct pix_conf *conf, const char *file ATTR_UNUSED,
	      unsigned int line, const char *pattern, bool try,
	      void *context ATTR_UNUSED)
{
	includes++;
	test_assert(line == 2);
	test_assert_strcmp(pattern, try ? "/etc/d/may.conf" : "/abs/other.conf");
	test_assert(pix_conf_include_depth(conf) == 1);
	if (!try)
		pix_conf_parse(conf, pattern, "inner = 1\n");
}

static const struct pix_conf_node *
node_at(const struct pix_conf *conf, unsigned int idx)
{
	return array_idx_elem(pix_conf_nodes(conf), idx);
}

static const struct {
	const char *text;
	enum pix_conf_type type;
	const char *key, *value;
} lines[] = {
	{ "a = b", PIX_CONF_SETTING, "a", "b" },
	{ "  a=b  ", PIX_CONF_SETTING, "a", "b" },
	{ "a = b # comment", PIX_CONF_SETTING, "a", "b" },
	{ "a = b#not", PIX_CONF_SETTING, "a", "b#not" },
	{ "a = \"b # c\" # d", PIX_CONF_SETTING, "a", "b # c" },
	{ "a = it's # c", PIX_CONF_SETTING, "a", "it's" },
	{ "a = 'x \"y'", PIX_CONF_SETTING, "a", "x \"y" },
	{ "a = \"x\\\"y\"", PIX_CONF_SETTING, "a", "x\"y" },
	{ "a =", PIX_CONF_SETTING, "a", "" },
	{ "a = <file", PIX_CONF_SETTING, "a", "<file" },
	{ "a/b/c = d", PIX_CONF_SETTING, "a/b/c", "d" },
	{ "a = b \\\n  c\\\n d", PIX_CONF_SETTING, "a", "b  c d" },
	{ "protocol imap {", PIX_CONF_SECTION, "protocol", "imap" },
	{ "protocol !lmtp {  # x", PIX_CONF_SECTION, "protocol", "!lmtp" },
	{ "mailbox \"Sent Items\" {", PIX_CONF_SECTION, "mailbox", "Sent Items" },
	{ "plugin {", PIX_CONF_SECTION, "plugin", "" },
	{ "plugin{", PIX_CONF_SECTION, "plugin", "" },
	{ "}", PIX_CONF_JUNK, "", "}" },
	{ "nonsense", PIX_CONF_JUNK, "", "nonsense" },
	{ "= x", PIX_CONF_JUNK, "", "= x" },
	{ "a = b\r\n", PIX_CONF_SETTING, "a", "b" },
};

static void test_conf_lines(void)
{
	for (unsigned int i = 0; i < N_ELEMENTS(lines); i++) {
		pool_t pool = pool_alloconly_create("test", 1024);
		struct pix_conf *conf = pix_conf_init(pool, include_other, NULL);

		test_begin(t_strdup_printf("conf line: %s", lines[i].text));
		pix_conf_parse(conf, "/etc/d/x.conf", lines[i].text);
		test_assert(array_count(pix_conf_nodes(conf)) == 1);
		if (array_count(pix_conf_nodes(conf)) == 1) {
			const struct pix_conf_node *node = node_at(conf, 0);

			test_assert(node->type == lines[i].type);
			test_assert_strcmp(node->key, lines[i].key);
			test_assert_strcmp(node->value, lines[i].value);
			test_assert(node->line == 1);
		}
		test_end();
		pool_unref(&pool);
	}
}

static void test_conf_structure(void)
{
	static const char text[] =
		"# a comment = x\n"
		"\n"
		"a = 1\n"
		"protocol imap pop3 {\n"
		"  passdb x {\n"
		"    args = y\n"
		"  }\n"
		"  a = 2\n"
		"}\n"
		"a = 3\n"
		"service x {\n";
	pool_t pool = pool_alloconly_create("test", 1024);
	struct pix_conf *conf = pix_conf_init(pool, include_other, NULL);
	const struct pix_conf_node *node;

	test_begin("conf structure");
	pix_conf_parse(conf, "/etc/d/x.conf", text);
	test_assert(array_count(pix_conf_nodes(conf)) == 7);
	node = node_at(conf, 3);
	test_assert_strcmp(node->key, "args");
	test_assert(node->line == 6);
	test_assert(!pix_conf_is_in(node, "passdb", "x"));
	test_assert(pix_conf_protocol(node) == node_at(conf, 1));
	test_assert(pix_conf_is_in(node_at(conf, 4), "protocol", NULL));
	test_assert(pix_conf_protocol(node_at(conf, 0)) == NULL);
	test_assert(pix_conf_protocol_is(node_at(conf, 1), "pop3"));
	test_assert(!pix_conf_protocol_is(node_at(conf, 1), "lmtp"));
	test_assert(pix_conf_last(conf, NULL, "a") == node_at(conf, 5));
	test_assert(pix_conf_last(conf, node_at(conf, 1), "a") == node_at(conf, 4));
	test_assert(pix_conf_last(conf, NULL, "args") == NULL);
	test_assert(pix_conf_unclosed(conf) == node_at(conf, 6));
	test_end();
	pool_unref(&pool);
}

static void test_conf_include(void)
{
	pool_t pool = pool_alloconly_create("test", 1024);
	struct pix_conf *conf = pix_conf_init(pool, include_other, NULL);

	test_begin("conf include");
	includes = 0;
	pix_conf_parse(conf, "/etc/d/x.conf", "a = 1\n!include /abs/other.conf\nb = 2\n");
	pix_conf_parse(conf, "/etc/d/y.conf", "\n!include_try may.conf\n");
	test_assert(includes == 2);
	test_assert(array_count(pix_conf_nodes(conf)) == 3);
	test_assert_strcmp(node_at(conf, 1)->key, "inner");
	test_assert_strcmp(node_at(conf, 1)->file, "/abs/other.conf");
	test_assert_strcmp(node_at(conf, 2)->key, "b");
	test_end();
	pool_unref(&pool);
}

static void test_conf_not_for(void)
{
	static const struct pix_conf_node block = { .key = "protocol", .value = "!lmtp !lda" };

	test_begin("conf protocol !x");
	test_assert(pix_conf_protocol_is(&block, "imap"));
	test_assert(!pix_conf_protocol_is(&block, "lmtp"));
	test_assert(!pix_conf_protocol_is(&block, "lda"));
	test_end();
}

int main(void)
{
	static void (*const test_functions[])(void) = {
		test_conf_lines,
		test_conf_structure,
		test_conf_include,
		test_conf_not_for,
		NULL
	};

	return test_run(test_functions);
}
