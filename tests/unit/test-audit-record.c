/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-core.h"
#include "pix-audit-record.h"
#include "pix-json.h"
#include "istream.h"
#include "test-common.h"

static enum pix_audit_verdict
scan(const char *text, bool leaf, struct pix_audit_record *record_r)
{
	return pix_audit_record_scan(text, strlen(text), leaf, record_r);
}

static void test_audit_record_verdicts(void)
{
	static const struct {
		const char *text;
		enum pix_audit_verdict verdict;
	} tests[] = {
		{ "{\"kind\":\"mail.bind\",\"t\":1}", PIX_AUDIT_OK },
		{ "{\"t\":0,\"kind\":\"a.b\"}", PIX_AUDIT_OK },
		{ "{\"kind\":\"mail.bind\",\"t\":1,\"a\":true,\"b\":false,\"c\":-5,\"d\":\"\"}", PIX_AUDIT_OK },
		{ "{\"kind\":\"mail.bind\",\"t\":9007199254740991}", PIX_AUDIT_OK },
		{ "{\"kind\":\"mail.bind\",\"t\":9007199254740992}", PIX_AUDIT_BAD_NUMBER },
		{ "{\"kind\":\"mail.bind\",\"t\":1e3}", PIX_AUDIT_BAD_NUMBER },
		{ "{\"kind\":\"mail.bind\",\"t\":-}", PIX_AUDIT_BAD_NUMBER },
		{ "{\"kind\":\"mail.bind\",\"t\":-1}", PIX_AUDIT_NO_TIME },
		{ "{\"kind\":\"mail.bind\",\"t\":\"1\"}", PIX_AUDIT_NO_TIME },
		{ "{\"kind\":\"mail\",\"t\":1}", PIX_AUDIT_NO_KIND },
		{ "{\"kind\":\"mail.\",\"t\":1}", PIX_AUDIT_NO_KIND },
		{ "{\"kind\":\".mail\",\"t\":1}", PIX_AUDIT_NO_KIND },
		{ "{\"kind\":\"a.b.c\",\"t\":1}", PIX_AUDIT_NO_KIND },
		{ "{\"kind\":\"Mail.bind\",\"t\":1}", PIX_AUDIT_NO_KIND },
		{ "{\"kind\":5,\"t\":1}", PIX_AUDIT_NO_KIND },
		{ "{\"kind\":\"a.b\",\"t\":1,}", PIX_AUDIT_NOT_JSON },
		{ "{\"kind\":\"a.b\" ,\"t\":1}", PIX_AUDIT_NOT_JSON },
		{ "{\"kind\":\"a.b\",\"t\":1}x", PIX_AUDIT_NOT_JSON },
		{ "{\"kind\":\"a.b\",\"t\":1", PIX_AUDIT_NOT_JSON },
		{ "[]", PIX_AUDIT_NOT_JSON },
		{ "{\"kind\":\"a.b\",\"t\":tru}", PIX_AUDIT_NOT_JSON },
		{ "{\"kind\":\"a.b\",\"t\":1,\"x\":[]}", PIX_AUDIT_NOT_FLAT },
		{ "{\"kind\":\"a.b\",\"t\":1,\"x\":\"\\x\"}", PIX_AUDIT_NOT_JSON },
		{ "{\"kind\":\"a.b\",\"t\":1,\"x\":\"\\u12g4\"}", PIX_AUDIT_NOT_JSON },
		{ "{\"kind\":\"a.b\",\"t\":1,\"x\":\"\\udc00\"}", PIX_AUDIT_NOT_JSON },
		{ "{\"kind\":\"a.b\",\"t\":1,\"x\":\"\\ud83d\\ude00\"}", PIX_AUDIT_OK },
		{ "{\"kind\":\"a.b\",\"t\":1,\"x\":\"\\ud83dx\"}", PIX_AUDIT_NOT_JSON },
		{ "{\"kind\":\"a.b\",\"t\":1,\"x\":\"\n\"}", PIX_AUDIT_NOT_JSON },
		{ "{\"kind\":\"a.b\",\"t\":1,\"x\":\"\xf0\x9f\x98\x80\"}", PIX_AUDIT_OK },
		{ "{\"kind\":\"a.b\",\"t\":1,\"x\":\"\xc0\x80\"}", PIX_AUDIT_BAD_UTF8 },
		{ "{\"kind\":\"a.b\",\"t\":1,\"x\":\"\xe0\x80\x80\"}", PIX_AUDIT_BAD_UTF8 },
		{ "{\"kind\":\"a.b\",\"t\":1,\"x\":\"\xf4\x90\x80\x80\"}", PIX_AUDIT_BAD_UTF8 },
		{ "{\"kind\":\"a.b\",\"t\":1,\"x\":\"\xe2\x82\"}", PIX_AUDIT_BAD_UTF8 },
		{ "{\"kind\":\"a.b\",\"t\":1,\"\":1}", PIX_AUDIT_BAD_NAME },
		{ "{\"kind\":\"a.b\",\"t\":1,\"1a\":1}", PIX_AUDIT_BAD_NAME },
		{ "{\"kind\":\"a.b\",\"t\":1,\"a-b\":1}", PIX_AUDIT_BAD_NAME },
		{ "{\"kind\":\"a.b\",\"t\":1,\"a23456789012345678901234567890123\":1}", PIX_AUDIT_BAD_NAME },
		{ "{\"kind\":\"a.b\",\"t\":1,\"kind\":\"a.b\"}", PIX_AUDIT_DUPLICATE_NAME },
		{ "{\"kind\":\"a.b\",\"t\":1,\"uid\":1}", PIX_AUDIT_RESERVED_NAME },
		{ "{\"kind\":\"a.b\",\"t\":1,\"attest\":\"root\"}", PIX_AUDIT_RESERVED_NAME },
	};
	struct pix_audit_record record;

	test_begin("audit record verdicts");
	for (unsigned int i = 0; i < N_ELEMENTS(tests); i++)
		test_assert_idx(scan(tests[i].text, FALSE, &record) == tests[i].verdict, i);
	test_assert(scan("{\"ct\":1,\"producer\":\"p\",\"seq\":1,\"attest\":\"root\",\"kind\":\"a.b\",\"t\":1}",
			 TRUE, &record) == PIX_AUDIT_OK);
	test_end();
}

/* Whatever the scanner accepts, a JSON parser accepts too, and reads the same. */
static void test_audit_record_against_jansson(void)
{
	static const char *const values[] = {
		"alice", "a\\\"b", "\\u00e9\\u20ac", "\\ud83d\\ude00", "tab\\tnl\\ncr\\r\\b\\f", "\\/\\\\",
		"\xc3\xa9", "", "\\u0001",
	};
	struct pix_audit_record record;
	char buf[256];

	test_begin("audit record values");
	for (unsigned int i = 0; i < N_ELEMENTS(values); i++) {
		const char *text = t_strdup_printf("{\"kind\":\"mail.bind\",\"t\":77,\"owner\":\"%s\"}", values[i]);
		const char *error, *expected;
		size_t size;
		json_t *json;

		test_assert_idx(scan(text, FALSE, &record) == PIX_AUDIT_OK, i);
		size = pix_audit_value_unescape(&record.field[PIX_AUDIT_FIELD_OWNER], buf);
		json = pix_json_parse_object(text, strlen(text), 4, &error);
		test_assert_idx(json != NULL, i);
		expected = pix_json_str(json, "owner");
		test_assert_idx(expected != NULL && size == strlen(expected) &&
				memcmp(buf, expected, size) == 0, i);
		test_assert_idx(expected != NULL &&
			pix_audit_value_equals(&record.field[PIX_AUDIT_FIELD_OWNER], expected), i);
		test_assert_idx(!pix_audit_value_equals(&record.field[PIX_AUDIT_FIELD_OWNER], "other"), i);
		test_assert_idx(record.t == 77, i);
		json_decref(json);
	}
	test_end();
}

static void test_audit_kinds(void)
{
	static const struct {
		const char *service, *kind;
		bool allowed;
	} tests[] = {
		{ "imap", "mail.bind", TRUE }, { "imap", "auth.attempt", FALSE },
		{ "imap", "audit.prune", FALSE }, { "imap", "mails.x", FALSE }, { "imap", "mai.x", FALSE },
		{ "imap-login", "connection.end", TRUE }, { "imap-login", "auth.attempt", TRUE },
		{ "imap-login", "mail.bind", FALSE }, { "auth", "auth.attempt", TRUE },
		{ "lmtp", "delivery.receipt", TRUE }, { "doveadm", "admin.command", TRUE },
		{ "pix-archive", "hold.add", TRUE }, { "pix-archive", "mail.bind", FALSE },
		{ "nobody", "mail.bind", FALSE }, { "-login", "auth.attempt", FALSE },
	};

	test_begin("audit kinds of services");
	for (unsigned int i = 0; i < N_ELEMENTS(tests); i++) {
		test_assert_idx(pix_audit_kind_allowed(tests[i].service, tests[i].kind,
				strlen(tests[i].kind)) == tests[i].allowed, i);
	}
	test_end();
}

/* The fields that the scanner knows stand on the page of the vocabulary. */
static void test_audit_vocabulary(void)
{
	const char *srcdir = getenv("PIX_SRCDIR");
	const char *path = t_strconcat(srcdir == NULL ? "." : srcdir,
				       "/docs/protocol/audit-record.md", NULL);
	struct istream *input = i_stream_create_file(path, 65536);
	string_t *page = t_str_new(32768);
	const char *line;

	test_begin("audit vocabulary");
	while ((line = i_stream_read_next_line(input)) != NULL)
		str_printfa(page, "%s\n", line);
	i_stream_destroy(&input);
	test_assert(str_len(page) > 4096);
	for (unsigned int i = 0; i < PIX_AUDIT_FIELD_COUNT; i++) {
		const char *row = t_strdup_printf("\n| `%s` |", pix_audit_field_name(i));

		test_assert_idx(strstr(str_c(page), row) != NULL, i);
	}
	test_end();
}

int main(void)
{
	static void (*const test_functions[])(void) = {
		test_audit_record_verdicts,
		test_audit_record_against_jansson,
		test_audit_kinds,
		test_audit_vocabulary,
		NULL
	};
	return test_run(test_functions);
}
