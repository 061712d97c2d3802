/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-mail-signs.h"
#include "test-common.h"

static void test_signs_display_name(void)
{
	static const struct { const char *name, *domain; bool sign; } tests[] = {
		{ "ceo@example.org", "evil.example", TRUE },
		{ "The CEO (ceo@example.org)", "evil.example", TRUE },
		{ "ceo@example.org", "example.org", FALSE },
		{ "ceo@example.org", "mail.example.org", FALSE },
		{ "a@x.example and ceo@example.org", "x.example", TRUE },
		{ "The CEO", "evil.example", FALSE },
		{ "Alice @ home", "evil.example", FALSE },
		{ "Alice @home", "evil.example", FALSE },
		{ "@", "evil.example", FALSE },
		{ "x@.", "evil.example", FALSE },
		{ "x@example.org.", "example.org", FALSE },
		{ "", "evil.example", FALSE },
	};

	test_begin("signs: display name");
	for (unsigned int i = 0; i < N_ELEMENTS(tests); i++) {
		test_assert_idx(pix_sign_display_name(tests[i].name,
			tests[i].domain) == tests[i].sign, i);
	}
	test_end();
}

static void test_signs_look_alike(void)
{
	static const char *const own[] = { "example.org", "abc.de", NULL };
	static const struct { const char *domain; bool sign; } tests[] = {
		{ "example.org", FALSE },
		{ "mail.Example.ORG", FALSE },
		{ "abc.de", FALSE },
		{ "exarnple.org", TRUE },
		{ "examp1e.org", TRUE },
		{ "example.0rg", TRUE },
		{ "exam-ple.org", TRUE },
		{ "exmple.org", TRUE },
		{ "exxample.org", TRUE },
		{ "exapmle.org", TRUE },
		{ "exanple.org", TRUE },
		{ "example.org.evil.net", TRUE },
		{ "example.or", TRUE },
		{ "exaple.or", FALSE },
		{ "example.net", FALSE },
		{ "sample.org", FALSE },
		{ "other.example", FALSE },
		/* too short to count edits in, but folded it is the same */
		{ "abd.de", FALSE },
		{ "a-bc.de", TRUE },
		{ "", FALSE },
		{ ".", FALSE },
	};
	static const char *const none[] = { NULL };

	test_begin("signs: look-alike");
	for (unsigned int i = 0; i < N_ELEMENTS(tests); i++) {
		test_assert_idx(pix_sign_look_alike(tests[i].domain, own) ==
				tests[i].sign, i);
		test_assert_idx(!pix_sign_look_alike(tests[i].domain, none), i);
	}
	test_end();
}

int main(void)
{
	static void (*const tests[])(void) = {
		test_signs_display_name,
		test_signs_look_alike,
		NULL
	};
	return test_run(tests);
}
