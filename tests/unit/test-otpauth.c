/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-otpauth.h"
#include "test-common.h"

static void test_otpauth_round(void)
{
	const struct pix_totp_params params = {
		.algorithm = PIX_TOTP_SHA256, .digits = 8, .period = 60,
	};
	const unsigned char secret[] = "12345678901234567890";
	struct pix_otpauth parsed;
	const char *error;
	string_t *uri;

	test_begin("otpauth round");
	uri = t_pix_otpauth_uri("Mail of Ünïx & Co:", "a+b@example.org", &params,
				secret, 20);
	test_assert_strcmp(str_c(uri), "otpauth://totp/Mail%20of%20%C3%9Cn%C3%AFx%20%26%20Co%3A:a%2Bb@example.org?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Mail%20of%20%C3%9Cn%C3%AFx%20%26%20Co%3A&algorithm=SHA256&digits=8&period=60");
	uri = t_pix_otpauth_uri("Mail", "a+b@example.org", &params, secret, 20);
	test_assert(pix_otpauth_parse(str_c(uri), &parsed, &error) == 0);
	test_assert_strcmp(parsed.account, "a+b@example.org");
	test_assert(parsed.params.algorithm == PIX_TOTP_SHA256 &&
		    parsed.params.digits == 8 && parsed.params.period == 60);
	test_assert(parsed.secret_size == 20 && memcmp(parsed.secret, secret, 20) == 0);
	test_end();
}

static void test_otpauth_parse(void)
{
	static const struct {
		const char *uri;
		bool ok;
	} uris[] = {
		{ "otpauth://totp/ACME:alice?secret=JBSWY3DPEHPK3PXPJBSWY3DP", TRUE },
		{ "OTPAUTH://TOTP/alice?SECRET=jbswy3dpehpk3pxpjbswy3dp&period=60", TRUE },
		{ "otpauth://totp/alice?secret=JBSW%20Y3DP%20EHPK3PXPJBSWY3DP", TRUE },
		{ "otpauth://hotp/alice?secret=JBSWY3DPEHPK3PXPJBSWY3DP", FALSE },
		{ "otpauth://totp/alice", FALSE },
		{ "otpauth://totp/alice?issuer=x", FALSE },
		{ "otpauth://totp/alice?secret=", FALSE },
		{ "otpauth://totp/alice?secret=JBSWY3DP", FALSE },
		{ "otpauth://totp/alice?secret=18181818181818181818", FALSE },
		{ "otpauth://totp/alice?secret=JBSWY3DPEHPK3PXPJBSWY3DP&digits=7", FALSE },
		{ "otpauth://totp/alice?secret=JBSWY3DPEHPK3PXPJBSWY3DP&period=0", FALSE },
		{ "otpauth://totp/alice?secret=JBSWY3DPEHPK3PXPJBSWY3DP&algorithm=MD5", FALSE },
		{ "otpauth://totp/al%00ice?secret=JBSWY3DPEHPK3PXPJBSWY3DP", FALSE },
		{ "otpauth://totp/al%ffice?secret=JBSWY3DPEHPK3PXPJBSWY3DP", FALSE },
		{ "otpauth://totp/al%f?secret=JBSWY3DPEHPK3PXPJBSWY3DP", FALSE },
		{ "", FALSE },
	};
	struct pix_otpauth parsed;
	const char *error;

	test_begin("otpauth parse");
	for (unsigned int i = 0; i < N_ELEMENTS(uris); i++) {
		error = NULL;
		test_assert_idx((pix_otpauth_parse(uris[i].uri, &parsed, &error) == 0) ==
				uris[i].ok, i);
		test_assert_idx(uris[i].ok ? strcmp(parsed.account, "alice") == 0 :
				error != NULL, i);
	}
	test_end();
}

int main(void)
{
	static void (*const test_functions[])(void) = {
		test_otpauth_round,
		test_otpauth_parse,
		NULL
	};
	return test_run(test_functions);
}
