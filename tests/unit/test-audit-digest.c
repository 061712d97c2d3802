/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-audit-digest.h"
#include "pix-audit-fetch.h"
#include "hex-binary.h"
#include "sha2.h"
#include "test-common.h"

/* The CRLF form by another way: byte by byte. */
static const char *crlf_form(const char *text)
{
	string_t *str = t_str_new(256);

	for (const char *p = text; *p != '\0'; p++) {
		if (*p == '\n' && (p == text || p[-1] != '\r'))
			str_append_c(str, '\r');
		str_append_c(str, *p);
	}
	return str_c(str);
}

static void test_digest(void)
{
	static const char *const messages[] = {
		"Message-ID: <a@b>\nSubject: x\n\nbody\n",
		"Message-ID: <a@b>\r\nSubject: x\r\n\r\nbody\r\n",
		"A: b\n\nmixed\r\nlines\nand \r bare\n\r\n\n\n",
		"A: b\r\n\r\nno end",
		"\n\n\n", "\r", "x",
	};
	unsigned char got[PIX_AUDIT_DIGEST_SIZE], want[SHA256_RESULTLEN];
	struct pix_audit_digest *digest;
	uint64_t size;

	test_begin("audit digest: CRLF form, cut in all ways");
	for (unsigned int i = 0; i < N_ELEMENTS(messages); i++) {
		const char *crlf = crlf_form(messages[i]);
		size_t len = strlen(messages[i]);

		sha256_get_digest(crlf, strlen(crlf), want);
		for (size_t cut = 0; cut <= len; cut++) {
			digest = pix_audit_digest_new();
			pix_audit_digest_more(digest, messages[i], cut);
			pix_audit_digest_more(digest, messages[i] + cut, len - cut);
			pix_audit_digest_finish(digest, got, &size);
			test_assert_idx(memcmp(got, want, sizeof(got)) == 0, i);
			test_assert_idx(size == strlen(crlf), i);
			pix_audit_digest_free(&digest);
		}
		digest = pix_audit_digest_new();
		for (size_t at = 0; at < len; at++)
			pix_audit_digest_more(digest, messages[i] + at, 1);
		pix_audit_digest_finish(digest, got, &size);
		test_assert_idx(memcmp(got, want, sizeof(got)) == 0, i);
		pix_audit_digest_free(&digest);
	}
	test_end();
}

static const char *find(const char *message, const char *name, size_t step)
{
	struct pix_audit_digest *digest = pix_audit_digest_new();
	const char *header, *value;
	size_t size, len = strlen(message);

	for (size_t at = 0; at < len; at += step)
		pix_audit_digest_more(digest, message + at, I_MIN(step, len - at));
	header = pix_audit_digest_header(digest, &size);
	value = pix_audit_header_find(header, size, name, 20);
	pix_audit_digest_free(&digest);
	return value;
}

static void test_header(void)
{
	static const struct {
		const char *message, *value;
	} tests[] = {
		{ "Message-ID: <a@b>\n\n", "<a@b>" },
		{ "X: y\r\nMESSAGE-id:<a@b>  \r\n\r\n", "<a@b>" },
		{ "Message-ID : <a@b>\n", "<a@b>" },
		{ "Message-ID:\n <a@b>\n\tc\n\n", "<a@b>c" },
		{ "Message-ID: <1>\nMessage-ID: <2>\n\n", "<1>" },
		{ "Message-ID: <a\033[2J@b>\n\n", "<a[2J@b>" },
		{ "Message-ID: 0123456789012345678901234567890\n\n", "01234567890123456789" },
		{ "Message-IDs: <a@b>\n\n", NULL },
		{ "X: y\n Message-ID: <a@b>\n\n", NULL },
		/* of the body, not of the header */
		{ "X: y\n\nMessage-ID: <a@b>\n\n", NULL },
		{ "\nMessage-ID: <a@b>\n\n", NULL },
		{ "\r\nMessage-ID: <a@b>\n\n", NULL },
		{ "Message-ID:\n\n", NULL },
		{ "Message-ID", NULL },
		{ "", NULL },
	};

	test_begin("audit digest: header");
	for (unsigned int i = 0; i < N_ELEMENTS(tests); i++) {
		for (size_t step = 1; step < 40; step++) {
			test_assert_idx(null_strcmp(find(tests[i].message, "Message-ID",
							 step), tests[i].value) == 0, i);
		}
	}
	test_end();
}

static void test_fetch(void)
{
	static const struct {
		const char *args, *sections;
	} tests[] = {
		{ "1 (FLAGS)", NULL },
		{ "1 ALL", NULL },
		{ "1:* (FLAGS UID ENVELOPE BODYSTRUCTURE RFC822.SIZE INTERNALDATE)", NULL },
		{ "1 BODY", NULL },
		{ "1 (BODY.PEEK[HEADER.FIELDS (From To TEXT)])", NULL },
		{ "1 (BODY[HEADER] BODY[1.MIME] BODY[2.HEADER] RFC822.HEADER)", NULL },
		{ "1 BODY[]", "BODY[]" },
		{ "1 body.peek[]", "BODY[]" },
		{ "1:5 (UID BODY.PEEK[1.2]<0.1024>)", "BODY[1.2]<0.1024>" },
		{ "1 (BODY[TEXT] BODY[1.text] RFC822.TEXT RFC822)",
		  "BODY[TEXT] BODY[1.TEXT] RFC822.TEXT RFC822" },
		{ "1 (BINARY.PEEK[3] BINARY.SIZE[4])", "BINARY[3]" },
		{ "1 (PREVIEW (LAZY))", "PREVIEW" },
		{ "1 (SNIPPET)", "PREVIEW" },
		{ "1 (BODY[] BODY[])", "BODY[]" },
		{ "1 (BODY[1] BODY[2] BODY[3] BODY[4] BODY[5] BODY[6] BODY[7] BODY[8] BODY[9])",
		  "BODY[1] BODY[2] BODY[3] BODY[4] BODY[5] BODY[6] BODY[7] BODY[8] ..." },
		{ "1 (BODY[HEADER] BODY[1]) (CHANGEDSINCE 5)", "BODY[1]" },
		/* nonsense */
		{ "", NULL }, { "1", NULL }, { "1 (BODY[", NULL }, { "1 BODY[1", NULL },
		{ "1 (BODY[]<", "BODY[]<" }, { "1 ((((", NULL }, { "1 ]]]>", NULL },
	};

	test_begin("audit fetch: sections");
	for (unsigned int i = 0; i < N_ELEMENTS(tests); i++) {
		test_assert_idx(null_strcmp(pix_audit_fetch_sections(tests[i].args),
					    tests[i].sections) == 0, i);
	}
	test_end();
}

int main(void)
{
	static void (*const tests[])(void) = {
		test_digest,
		test_header,
		test_fetch,
		NULL
	};

	return test_run(tests);
}
