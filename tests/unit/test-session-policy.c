/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-session-policy.h"
#include "test-common.h"

static const struct {
	const char *what;
	struct pix_session_facts facts;
	enum pix_session_verdict verdict;
} decisions[] = {
	{ "a code", { .factor = "totp", .user = "a" }, PIX_SESSION_OK },
	{ "a token", { .factor = "token", .user = "a" }, PIX_SESSION_OK },
	{ "a factor needs no answer",
	  { .factor = "app-password", .user = "a", .answer = PIX_SESSION_ANSWER_ENROLLED },
	  PIX_SESSION_OK },
	{ "an unknown word", { .factor = "TOTP", .user = "a" }, PIX_SESSION_BAD_FIELD },
	{ "an empty word", { .factor = "", .user = "a" }, PIX_SESSION_BAD_FIELD },
	{ "auth knows this name",
	  { .factor = "none", .known_user = "a", .user = "a" }, PIX_SESSION_OK },
	{ "auth knows another name",
	  { .factor = "none", .known_user = "alias", .user = "a" }, PIX_SESSION_ASK },
	{ "the name in other case",
	  { .factor = "none", .known_user = "A", .user = "a" }, PIX_SESSION_ASK },
	{ "a known name without the word none",
	  { .known_user = "a", .user = "a" }, PIX_SESSION_ASK },
	{ "none, no name", { .factor = "none", .user = "a" }, PIX_SESSION_ASK },
	{ "our passdb was passed by", { .user = "a" }, PIX_SESSION_ASK },
	{ "enrolled", { .user = "a", .answer = PIX_SESSION_ANSWER_ENROLLED },
	  PIX_SESSION_NO_FACTOR },
	{ "not enrolled", { .user = "a", .answer = PIX_SESSION_ANSWER_NOT_ENROLLED },
	  PIX_SESSION_OK },
	{ "a master user is asked about, known name or not",
	  { .factor = "none", .known_user = "a", .user = "a", .master = "root" },
	  PIX_SESSION_ASK },
	{ "a master user, someone enrolled",
	  { .user = "a", .master = "root", .answer = PIX_SESSION_ANSWER_ENROLLED },
	  PIX_SESSION_MASTER_NO_FACTOR },
	{ "a master user, nobody enrolled",
	  { .user = "a", .master = "root", .answer = PIX_SESSION_ANSWER_NOT_ENROLLED },
	  PIX_SESSION_OK },
	{ "a master user with a code, refused otherwise",
	  { .factor = "totp", .user = "a", .master = "root",
	    .master_policy = PIX_SESSION_MASTER_REFUSE }, PIX_SESSION_OK },
	{ "master users refused",
	  { .user = "a", .master = "root", .master_policy = PIX_SESSION_MASTER_REFUSE,
	    .answer = PIX_SESSION_ANSWER_NOT_ENROLLED }, PIX_SESSION_MASTER_NO_FACTOR },
	{ "master users allowed",
	  { .user = "a", .master = "root", .master_policy = PIX_SESSION_MASTER_ALLOW,
	    .answer = PIX_SESSION_ANSWER_ENROLLED }, PIX_SESSION_OK },
	{ "the master policy is not for others",
	  { .user = "a", .master_policy = PIX_SESSION_MASTER_ALLOW,
	    .answer = PIX_SESSION_ANSWER_ENROLLED }, PIX_SESSION_NO_FACTOR },
};

static void test_session_decide(void)
{
	for (unsigned int i = 0; i < N_ELEMENTS(decisions); i++) {
		test_begin(t_strdup_printf("session decision: %s", decisions[i].what));
		test_assert(pix_session_decide(&decisions[i].facts) ==
			    decisions[i].verdict);
		test_end();
	}
}

static void test_session_expiry(void)
{
	test_begin("session expiry");
	test_assert(pix_session_expiry_wait(1000, 0, 999000) == 1000);
	test_assert(pix_session_expiry_wait(1000, 0, 999999) == 1);
	test_assert(pix_session_expiry_wait(1000, 0, 1000000) == 0);
	test_assert(pix_session_expiry_wait(1000, 30, 1000000) == 30000);
	test_assert(pix_session_expiry_wait(1000, 30, 1030000) == 0);
	test_assert(pix_session_expiry_wait(0, 0, 1000000) == 0);
	test_assert(pix_session_expiry_wait(-5, 0, 1000000) == 0);
	/* an hour at most, and no overflow */
	test_assert(pix_session_expiry_wait(100000, 0, 1000000) == 3600 * 1000);
	test_assert(pix_session_expiry_wait(INT64_MAX, 0, 0) == 3600 * 1000);
	test_assert(pix_session_expiry_wait(INT64_MAX / 1000, UINT_MAX, 0) == 3600 * 1000);
	test_end();
}

int main(void)
{
	static void (*const test_functions[])(void) = {
		test_session_decide,
		test_session_expiry,
		NULL
	};

	return test_run(test_functions);
}
