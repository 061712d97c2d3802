/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-mfa-code.h"
#include "test-common.h"

static const struct {
	const char *password, *separator;
	unsigned int digits;
	enum pix_mfa_code_kind kind;
	const char *rest, *code;
} splits[] = {
	{ "pass123456", "", 6, PIX_MFA_CODE_TOTP, "pass", "123456" },
	{ "123456", "", 6, PIX_MFA_CODE_TOTP, "", "123456" },
	{ "pass12345678", "", 6, PIX_MFA_CODE_TOTP, "pass12", "345678" },
	{ "pass12345678", "", 8, PIX_MFA_CODE_TOTP, "pass", "12345678" },
	{ "pass1234567", "", 8, PIX_MFA_CODE_NONE, "pass1234567", "" },
	{ "pass12345", "", 6, PIX_MFA_CODE_NONE, "pass12345", "" },
	{ "", "", 6, PIX_MFA_CODE_NONE, "", "" },
	{ "pass", "", 6, PIX_MFA_CODE_NONE, "pass", "" },
	{ "pass,123456", ",", 6, PIX_MFA_CODE_TOTP, "pass", "123456" },
	{ "pass123456", ",", 6, PIX_MFA_CODE_NONE, "pass123456", "" },
	{ "pass,123456", "", 6, PIX_MFA_CODE_TOTP, "pass,", "123456" },
	{ "passab0de-12345", "", 6, PIX_MFA_CODE_RECOVERY, "pass", "ab0de-12345" },
	/* typed in upper case, with letters for digits */
	{ "passABODE-I2L45", "", 6, PIX_MFA_CODE_RECOVERY, "pass", "ab0de-12145" },
	{ "pass12345-67890", "", 6, PIX_MFA_CODE_RECOVERY, "pass", "12345-67890" },
	{ "passabude-12345", "", 6, PIX_MFA_CODE_NONE, "passabude-12345", "" },
	{ "passabcd-1234-wxyz", "", 6, PIX_MFA_CODE_ACCESS_PASS, "pass", "abcd-1234-wxyz" },
	{ "pass,abcd-1234-wxyz", ",", 8, PIX_MFA_CODE_ACCESS_PASS, "pass", "abcd-1234-wxyz" },
	{ "pass\xff" "123456", "", 6, PIX_MFA_CODE_TOTP, "pass\xff", "123456" },
};

static void test_mfa_code_split(void)
{
	struct pix_mfa_code code;

	test_begin("mfa code split");
	for (unsigned int i = 0; i < N_ELEMENTS(splits); i++) {
		size_t len = pix_mfa_code_split(splits[i].password,
						splits[i].separator,
						splits[i].digits, &code);
		test_assert_idx(code.kind == splits[i].kind, i);
		test_assert_idx(len == strlen(splits[i].rest) &&
				strncmp(splits[i].password, splits[i].rest, len) == 0, i);
		test_assert_strcmp_idx(code.code, splits[i].code, i);
	}
	test_end();
}

static void test_mfa_code_make(void)
{
	unsigned char random[PIX_ACCESS_PASS_RANDOM];
	struct pix_mfa_code code;
	string_t *str = t_str_new(32);

	test_begin("mfa code make");
	for (unsigned int i = 0; i < 256; i++) {
		for (unsigned int j = 0; j < sizeof(random); j++)
			random[j] = (unsigned char)(i + j * 37);
		str_truncate(str, 0);
		pix_recovery_code_make(str, random);
		test_assert_idx(pix_mfa_code_parse(str_c(str), 6, &code) &&
				code.kind == PIX_MFA_CODE_RECOVERY, i);
		test_assert_strcmp_idx(code.code, str_c(str), i);
		str_truncate(str, 0);
		pix_access_pass_make(str, random);
		test_assert_idx(pix_mfa_code_parse(str_c(str), 6, &code) &&
				code.kind == PIX_MFA_CODE_ACCESS_PASS, i);
		test_assert_strcmp_idx(code.code, str_c(str), i);
	}
	test_end();
}

int main(void)
{
	static void (*const test_functions[])(void) = {
		test_mfa_code_split,
		test_mfa_code_make,
		NULL
	};
	return test_run(test_functions);
}
