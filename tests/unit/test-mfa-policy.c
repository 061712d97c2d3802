/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-mfa-policy.h"
#include "test-common.h"

static void test_mfa_policy_decide(void)
{
	static const char text[] =
		"off user=robot,backup-*; enforce domain=example.org network=203.0.113.0/24,2001:db8::/32;\n"
		"report service=pop3,imap domain=example.org;warn network=10.0.0.0/8 ; ;";
	static const struct {
		struct pix_mfa_policy_login login;
		enum pix_mfa_stage stage;
		unsigned int rule;
	} tests[] = {
		{ { "robot", "imap", "203.0.113.7" }, PIX_MFA_STAGE_OFF, 1 },
		{ { "BACKUP-7", "imap", "10.0.0.1" }, PIX_MFA_STAGE_OFF, 1 },
		{ { "a@example.org", "imap", "203.0.113.7" }, PIX_MFA_STAGE_ENFORCE, 2 },
		{ { "a@EXAMPLE.org", "smtp", "2001:db8:1::7" }, PIX_MFA_STAGE_ENFORCE, 2 },
		{ { "a@example.org", "imap", "203.0.114.7" }, PIX_MFA_STAGE_REPORT, 3 },
		{ { "a@example.org", "smtp", "203.0.114.7" }, PIX_MFA_STAGE_OFF, 0 },
		{ { "a@example.org", "smtp", NULL }, PIX_MFA_STAGE_OFF, 0 },
		{ { "a@example.org@evil", "imap", "203.0.113.7" }, PIX_MFA_STAGE_OFF, 0 },
		{ { "a", "sieve", "10.255.0.1" }, PIX_MFA_STAGE_WARN, 4 },
		{ { "a", "sieve", "11.0.0.1" }, PIX_MFA_STAGE_OFF, 0 },
		{ { "a", "sieve", "::ffff:10.0.0.1" }, PIX_MFA_STAGE_OFF, 0 },
		{ { "a@example.org", "smtp", "2001:db9::1" }, PIX_MFA_STAGE_OFF, 0 },
	};
	pool_t pool = pool_alloconly_create("test", 1024);
	struct pix_mfa_policy *policy;
	const char *error;
	unsigned int rule;

	test_begin("mfa policy");
	test_assert(pix_mfa_policy_parse(pool, text, &policy, &error) == 0);
	for (unsigned int i = 0; i < N_ELEMENTS(tests); i++) {
		test_assert_idx(pix_mfa_policy_decide(policy, &tests[i].login, &rule) ==
				tests[i].stage, i);
		test_assert_idx(rule == tests[i].rule, i);
	}
	test_assert_strcmp(pix_mfa_policy_rule(policy, 4), "warn network=10.0.0.0/8");
	test_assert(pix_mfa_policy_parse(pool, "", &policy, &error) == 0);
	test_assert(pix_mfa_policy_decide(policy, &tests[0].login, &rule) ==
		    PIX_MFA_STAGE_OFF && rule == 0);
	pool_unref(&pool);
	test_end();
}

static void test_mfa_policy_errors(void)
{
	static const char *const texts[] = {
		"on", "enforce user", "enforce user=", "enforce group=x",
		"enforce network=10.0.0.0/8 network=10.0.0.0/8",
		"enforce network=10.0.0.0/40", "enforce network=host",
		"off; Enforce", "enforce user=a user=b",
	};
	pool_t pool = pool_alloconly_create("test", 1024);
	struct pix_mfa_policy *policy;
	const char *error;

	test_begin("mfa policy errors");
	for (unsigned int i = 0; i < N_ELEMENTS(texts); i++) {
		error = NULL;
		test_assert_idx(pix_mfa_policy_parse(pool, texts[i], &policy, &error) < 0, i);
		test_assert_idx(error != NULL && strstr(error, "rule ") != NULL, i);
	}
	pool_unref(&pool);
	test_end();
}

int main(void)
{
	static void (*const test_functions[])(void) = {
		test_mfa_policy_decide,
		test_mfa_policy_errors,
		NULL
	};
	return test_run(test_functions);
}
