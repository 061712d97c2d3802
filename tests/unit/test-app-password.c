/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-app-password.h"
#include "test-common.h"

static void test_app_password(void)
{
	unsigned char random[PIX_APP_PASSWORD_RANDOM];
	char normal[PIX_APP_PASSWORD_NORMAL_LEN + 1];
	char other[PIX_APP_PASSWORD_NORMAL_LEN + 1];
	string_t *str = t_str_new(64);
	unsigned int accepted = 0;

	test_begin("app password");
	for (unsigned int i = 0; i < sizeof(random); i++)
		random[i] = (unsigned char)(i * 41 + 7);
	pix_app_password_make(str, random);
	test_assert(str_len(str) == 3 + 27 + 6);
	test_assert(pix_app_password_parse(str_c(str), normal));
	test_assert(strlen(normal) == PIX_APP_PASSWORD_NORMAL_LEN);
	/* as people type it */
	test_assert(pix_app_password_parse(t_str_ucase(str_c(str)), other));
	test_assert_strcmp(normal, other);
	test_assert(pix_app_password_parse(normal, other));
	test_assert_strcmp(normal, other);
	test_assert(pix_app_password_parse(t_str_replace(str_c(str), '-', ' '), other));
	test_assert_strcmp(normal, other);
	/* each single typing error is seen, but for the one in 1024 */
	for (unsigned int i = 4; i < str_len(str); i++) {
		char *typed = t_strdup_noconst(str_c(str));

		if (typed[i] == '-')
			continue;
		typed[i] = typed[i] == '2' ? '3' : '2';
		if (pix_app_password_parse(typed, other))
			accepted++;
	}
	test_assert(accepted <= 1);
	test_end();
}

static void test_app_password_others(void)
{
	static const char *const passwords[] = {
		"", "pix", "pix-", "pass", "pix-aaaaa-aaaaa-aaaaa-aaaaa-aaaaa-aa",
		"px-00000-00000-00000-00000-00000-00",
		"pix-00000-00000-00000-00000-00000-0",
		"pix-00000-00000-00000-00000-00000-000",
		"pix------------------------------------------------------------------------------",
		"pix-uuuuu-uuuuu-uuuuu-uuuuu-uuuuu-uu", "\xff\xfe\xfd",
	};
	char normal[PIX_APP_PASSWORD_NORMAL_LEN + 1];

	test_begin("app password: others");
	for (unsigned int i = 0; i < N_ELEMENTS(passwords); i++)
		test_assert_idx(!pix_app_password_parse(passwords[i], normal), i);
	test_end();
}

int main(void)
{
	static void (*const test_functions[])(void) = {
		test_app_password,
		test_app_password_others,
		NULL
	};
	return test_run(test_functions);
}
