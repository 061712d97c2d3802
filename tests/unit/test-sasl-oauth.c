/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-sasl-oauth.h"
#include "test-common.h"

static const struct {
	bool xoauth2;
	const char *message;
	/* NULL: refused */
	const char *token, *user;
} tests[] = {
	{ FALSE, "n,a=user@e.org,\001host=x\001port=143\001auth=Bearer abc.d-_~+/==\001\001", "abc.d-_~+/==", "user@e.org" },
	{ FALSE, "n,,\001auth=Bearer abc\001\001", "abc", NULL },
	{ FALSE, "y,a=a=2Cb=3Dc,\001auth=bearer abc\001\001", "abc", "a,b=c" },
	{ FALSE, "", NULL, NULL },
	{ FALSE, "\001", NULL, NULL },
	{ FALSE, "n,a=u,", NULL, NULL },
	{ FALSE, "n,a=u\001auth=Bearer abc\001\001", NULL, NULL },
	{ FALSE, "n,a=u,x\001auth=Bearer abc\001\001", NULL, NULL },
	{ FALSE, "n,a=u=2c,\001auth=Bearer abc\001\001", NULL, NULL },
	{ FALSE, "p=tls-exporter,,\001auth=Bearer abc\001\001", NULL, NULL },
	{ FALSE, "F,n,,\001auth=Bearer abc\001\001", NULL, NULL },
	{ FALSE, "n,,\001auth=Basic abc\001\001", NULL, NULL },
	{ FALSE, "n,,\001auth=Bearer \001\001", NULL, NULL },
	{ FALSE, "n,,\001auth=Bearer a b\001\001", NULL, NULL },
	{ FALSE, "n,,\001auth=Bearer a=b\001\001", NULL, NULL },
	{ FALSE, "n,,\001auth=Bearer \xc3\xa4\001\001", NULL, NULL },
	{ FALSE, "n,,\001auth=Bearer a\001auth=Bearer b\001\001", NULL, NULL },
	{ TRUE, "user=u@e.org\001auth=Bearer abc\001\001", "abc", "u@e.org" },
	{ TRUE, "user=\001auth=Bearer abc\001\001", "abc", NULL },
	{ TRUE, "user=u\001\001", NULL, NULL },
	{ TRUE, "", NULL, NULL },
};

static void test_sasl_oauth(void)
{
	test_begin("sasl oauth");
	for (unsigned int i = 0; i < N_ELEMENTS(tests); i++) {
		const char *message = tests[i].message, *error = NULL;
		struct pix_sasl_oauth out;
		int ret = pix_sasl_oauth_parse(pool_datastack_create(), tests[i].xoauth2,
					       message, strlen(message), &out, &error);

		test_assert_idx((ret == 0) == (tests[i].token != NULL), i);
		test_assert_idx(ret == 0 || error != NULL, i);
		if (ret == 0) {
			test_assert_strcmp_idx(out.token, tests[i].token, i);
			test_assert_idx(null_strcmp(out.user, tests[i].user) == 0, i);
		}
	}
	test_end();
}

static void test_sasl_oauth_nul(void)
{
	static const char message[] = "n,,\001auth=Bearer abc\0\001\001";
	struct pix_sasl_oauth out;
	const char *error;

	test_begin("sasl oauth nul");
	test_assert(pix_sasl_oauth_parse(pool_datastack_create(), FALSE, message,
					 sizeof(message) - 1, &out, &error) == -1);
	test_end();
}

int main(void)
{
	static void (*const list[])(void) = {
		test_sasl_oauth, test_sasl_oauth_nul, NULL
	};

	return test_run(list);
}
