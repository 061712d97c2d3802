/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

/* Claims against the issuer's policy, the issuers file, templates and paths. */

#include "pix-jwt.h"
#include "pix-claims.h"
#include "test-common.h"

#define NOW 1000000000

static struct pix_issuers *test_parse(const char *text, const char **error_r)
{
	ARRAY_TYPE(const_string) errors;
	struct pix_issuers *issuers = pix_issuers_new();

	t_array_init(&errors, 4);
	*error_r = NULL;
	if (!pix_issuers_parse(issuers, "f", text, &errors))
		*error_r = array_idx_elem(&errors, 0);
	return issuers;
}

static const struct {
	const char *policy, *header, *claims;
	enum pix_verdict verdict;
} claim_tests[] = {
#define GOOD "\"aud\":\"mail\",\"email\":\"a@b\",\"exp\":1000000100"
	{ "", NULL, "{" GOOD "}", PIX_TOKEN_OK },
	{ "", NULL, "{\"aud\":[\"x\",\"mail\"],\"email\":\"a@b\",\"exp\":1000000100.5}", PIX_TOKEN_OK },
	/* times */
	{ "", NULL, "{\"aud\":\"mail\",\"email\":\"a@b\"}", PIX_TOKEN_EXPIRY_MISSING },
	{ "", NULL, "{\"aud\":\"mail\",\"email\":\"a@b\",\"exp\":\"1000000100\"}", PIX_TOKEN_CLAIM_TYPE },
	{ "", NULL, "{\"aud\":\"mail\",\"email\":\"a@b\",\"exp\":-1}", PIX_TOKEN_CLAIM_TYPE },
	{ "", NULL, "{\"aud\":\"mail\",\"email\":\"a@b\",\"exp\":null}", PIX_TOKEN_CLAIM_TYPE },
	{ "", NULL, "{\"aud\":\"mail\",\"email\":\"a@b\",\"exp\":1e300}", PIX_TOKEN_CLAIM_TYPE },
	{ "", NULL, "{\"aud\":\"mail\",\"email\":\"a@b\",\"exp\":9223372036854775807}", PIX_TOKEN_CLAIM_TYPE },
	{ "", NULL, "{\"aud\":\"mail\",\"email\":\"a@b\",\"exp\":999999941}", PIX_TOKEN_OK },
	{ "", NULL, "{\"aud\":\"mail\",\"email\":\"a@b\",\"exp\":999999940}", PIX_TOKEN_EXPIRED },
	{ "leeway_expiry = 0", NULL, "{\"aud\":\"mail\",\"email\":\"a@b\",\"exp\":1000000000}", PIX_TOKEN_EXPIRED },
	{ "", NULL, "{" GOOD ",\"nbf\":1000000060}", PIX_TOKEN_OK },
	{ "", NULL, "{" GOOD ",\"nbf\":1000000061}", PIX_TOKEN_NOT_YET_VALID },
	{ "leeway_not_before = 2m", NULL, "{" GOOD ",\"nbf\":1000000061}", PIX_TOKEN_OK },
	{ "", NULL, "{" GOOD ",\"iat\":1000000061}", PIX_TOKEN_ISSUED_IN_FUTURE },
	{ "max_age = 1h", NULL, "{" GOOD ",\"iat\":999996340}", PIX_TOKEN_OK },
	{ "max_age = 1h", NULL, "{" GOOD ",\"iat\":999996339}", PIX_TOKEN_TOO_OLD },
	{ "max_age = 1h", NULL, "{" GOOD "}", PIX_TOKEN_ISSUE_TIME_MISSING },
	/* audience and client */
	{ "", NULL, "{\"email\":\"a@b\",\"exp\":1000000100}", PIX_TOKEN_AUDIENCE_MISSING },
	{ "", NULL, "{\"aud\":\"Mail\",\"email\":\"a@b\",\"exp\":1000000100}", PIX_TOKEN_AUDIENCE },
	{ "", NULL, "{\"aud\":\"mail2\",\"email\":\"a@b\",\"exp\":1000000100}", PIX_TOKEN_AUDIENCE },
	{ "", NULL, "{\"aud\":\"mail\\u0000x\",\"email\":\"a@b\",\"exp\":1000000100}", PIX_TOKEN_AUDIENCE },
	{ "", NULL, "{\"aud\":[],\"email\":\"a@b\",\"exp\":1000000100}", PIX_TOKEN_AUDIENCE },
	{ "", NULL, "{\"aud\":[[\"mail\"]],\"email\":\"a@b\",\"exp\":1000000100}", PIX_TOKEN_CLAIM_TYPE },
	{ "", NULL, "{\"aud\":[1,\"mail\"],\"email\":\"a@b\",\"exp\":1000000100}", PIX_TOKEN_CLAIM_TYPE },
	{ "", NULL, "{\"aud\":{\"mail\":1},\"email\":\"a@b\",\"exp\":1000000100}", PIX_TOKEN_CLAIM_TYPE },
	{ "audience = *", NULL, "{\"email\":\"a@b\",\"exp\":1000000100}", PIX_TOKEN_OK },
	{ "client = tb", NULL, "{" GOOD ",\"azp\":\"tb\"}", PIX_TOKEN_OK },
	{ "client = tb", NULL, "{" GOOD ",\"client_id\":\"tb\"}", PIX_TOKEN_OK },
	{ "client = tb", NULL, "{" GOOD "}", PIX_TOKEN_CLIENT },
	{ "client = tb", NULL, "{" GOOD ",\"azp\":\"x\"}", PIX_TOKEN_CLIENT },
	{ "client = tb", NULL, "{" GOOD ",\"azp\":\"tb\",\"client_id\":\"x\"}", PIX_TOKEN_CLIENT },
	{ "", NULL, "{" GOOD ",\"azp\":[\"tb\"]}", PIX_TOKEN_CLAIM_TYPE },
	/* scopes */
	{ "scope = mail imap", NULL, "{" GOOD ",\"scope\":\"imap openid mail\"}", PIX_TOKEN_OK },
	{ "scope = mail imap", NULL, "{" GOOD ",\"scp\":[\"imap\",\"mail\"]}", PIX_TOKEN_OK },
	{ "scope = mail imap", NULL, "{" GOOD ",\"scope\":\"mail\"}", PIX_TOKEN_SCOPE },
	{ "scope = mail", NULL, "{" GOOD ",\"scope\":\"mailx xmail\"}", PIX_TOKEN_SCOPE },
	{ "scope = mail", NULL, "{" GOOD ",\"scope\":7}", PIX_TOKEN_SCOPE },
	{ "scope = mail", NULL, "{" GOOD "}", PIX_TOKEN_SCOPE },
	/* claims by path */
	{ "require = realm_access.roles mail admin", NULL, "{" GOOD ",\"realm_access\":{\"roles\":[\"x\",\"mail\"]}}", PIX_TOKEN_OK },
	{ "require = realm_access.roles mail", NULL, "{" GOOD ",\"realm_access\":{\"roles\":[\"x\"]}}", PIX_TOKEN_CLAIM_REQUIRED },
	{ "require = realm_access.roles mail", NULL, "{" GOOD ",\"realm_access\":null}", PIX_TOKEN_CLAIM_REQUIRED },
	{ "require = realm_access.roles mail", NULL, "{" GOOD ",\"realm_access\":[\"mail\"]}", PIX_TOKEN_CLAIM_REQUIRED },
	{ "require = https://e.org/g staff", NULL, "{" GOOD ",\"https://e.org/g\":\"staff\"}", PIX_TOKEN_OK },
	{ "require = email_verified true", NULL, "{" GOOD ",\"email_verified\":true}", PIX_TOKEN_OK },
	{ "require = level 3", NULL, "{" GOOD ",\"level\":3}", PIX_TOKEN_OK },
	{ "require = any *", NULL, "{" GOOD ",\"any\":{}}", PIX_TOKEN_OK },
	{ "require = any *", NULL, "{" GOOD ",\"any\":null}", PIX_TOKEN_CLAIM_REQUIRED },
	/* factor */
	{ "amr = mfa otp", NULL, "{" GOOD ",\"amr\":[\"pwd\",\"otp\"]}", PIX_TOKEN_OK },
	{ "amr = mfa", NULL, "{" GOOD ",\"amr\":[\"pwd\"]}", PIX_TOKEN_FACTOR },
	{ "acr = gold", NULL, "{" GOOD "}", PIX_TOKEN_FACTOR },
	{ "max_login_age = 1h", NULL, "{" GOOD ",\"auth_time\":999999000}", PIX_TOKEN_OK },
	{ "max_login_age = 1h", NULL, "{" GOOD ",\"auth_time\":999990000}", PIX_TOKEN_LOGIN_TOO_OLD },
	{ "max_login_age = 1h", NULL, "{" GOOD ",\"auth_time\":1000001000}", PIX_TOKEN_LOGIN_TOO_OLD },
	{ "max_login_age = 1h", NULL, "{" GOOD "}", PIX_TOKEN_LOGIN_TOO_OLD },
	/* services: the test logs in by imap */
	{ "service = imap groups mail", NULL, "{" GOOD ",\"groups\":[\"mail\"]}", PIX_TOKEN_OK },
	{ "service = imap groups mail", NULL, "{" GOOD "}", PIX_TOKEN_SERVICE },
	{ "service = pop3 groups mail", NULL, "{" GOOD "}", PIX_TOKEN_OK },
	/* type */
	{ "", "at+jwt", "{" GOOD ",\"nonce\":\"x\"}", PIX_TOKEN_OK },
	{ "", "application/at+JWT", "{" GOOD "}", PIX_TOKEN_OK },
	{ "", "JWT", "{" GOOD "}", PIX_TOKEN_OK },
	{ "type = at+jwt", "JWT", "{" GOOD "}", PIX_TOKEN_TYPE_REFUSED },
	{ "type = at+jwt", NULL, "{" GOOD "}", PIX_TOKEN_TYPE_REFUSED },
	{ "", "logout+jwt", "{" GOOD "}", PIX_TOKEN_TYPE_REFUSED },
	{ "", "secevent+jwt", "{" GOOD "}", PIX_TOKEN_TYPE_REFUSED },
	{ "", NULL, "{" GOOD ",\"events\":{}}", PIX_TOKEN_TYPE_REFUSED },
	{ "", "JWT", "{" GOOD ",\"nonce\":\"x\"}", PIX_TOKEN_ID_TOKEN },
	{ "", "JWT", "{" GOOD ",\"at_hash\":\"x\"}", PIX_TOKEN_ID_TOKEN },
	{ "", "JWT", "{" GOOD ",\"typ\":\"ID\"}", PIX_TOKEN_ID_TOKEN },
	{ "", "JWT", "{" GOOD ",\"typ\":\"Refresh\"}", PIX_TOKEN_TYPE_REFUSED },
	{ "nonce_allowed = yes", "JWT", "{" GOOD ",\"nonce\":\"x\"}", PIX_TOKEN_OK },
	{ "", NULL, "{" GOOD ",\"cnf\":{\"jkt\":\"x\"}}", PIX_TOKEN_SENDER_BOUND },
	/* user */
	{ "", NULL, "{\"aud\":\"mail\",\"exp\":1000000100}", PIX_TOKEN_USER_MISSING },
	{ "", NULL, "{\"aud\":\"mail\",\"exp\":1000000100,\"email\":[\"a\"]}", PIX_TOKEN_USER_INVALID },
	{ "", NULL, "{\"aud\":\"mail\",\"exp\":1000000100,\"email\":\"\"}", PIX_TOKEN_USER_INVALID },
	{ "", NULL, "{\"aud\":\"mail\",\"exp\":1000000100,\"email\":\"a\\u0000b\"}", PIX_TOKEN_USER_INVALID },
	{ "", NULL, "{\"aud\":\"mail\",\"exp\":1000000100,\"email\":\"a\\nb\"}", PIX_TOKEN_USER_INVALID },
	{ "", NULL, "{" GOOD ",\"email_verified\":false}", PIX_TOKEN_USER_INVALID },
	{ "unverified_email = yes", NULL, "{" GOOD ",\"email_verified\":false}", PIX_TOKEN_OK },
	{ "user_domain = b c", NULL, "{" GOOD "}", PIX_TOKEN_OK },
	{ "user_domain = c", NULL, "{" GOOD "}", PIX_TOKEN_USER_DOMAIN },
	{ "", NULL, "{" GOOD ",\"sub\":[1]}", PIX_TOKEN_CLAIM_TYPE },
};

static void test_jwt_claims(void)
{
	const struct pix_jwt_context ctx = { .now = NOW, .service = "imap" };

	test_begin("jwt claims");
	for (unsigned int i = 0; i < N_ELEMENTS(claim_tests); i++) T_BEGIN {
		const char *error, *text = claim_tests[i].claims;
		struct pix_issuers *issuers = test_parse(t_strdup_printf(
			"[https://i]\naudience = mail\n%s\n", claim_tests[i].policy), &error);
		struct pix_jws jws = { .typ = claim_tests[i].header };
		struct pix_jwt_identity id;
		json_t *claims = pix_json_parse_object(text, strlen(text), 8, &error);

		test_assert_idx(claims != NULL && array_count(&issuers->list) == 1, i);
		test_assert_idx(pix_jwt_check(array_idx_elem(&issuers->list, 0), &jws,
			claims, &ctx, pool_datastack_create(), &id) ==
			claim_tests[i].verdict, i);
		json_decref(claims);
		pix_issuers_free(&issuers);
	} T_END;
	test_end();
}

static void test_issuers_file(void)
{
	static const struct {
		const char *text, *error;
	} tests[] = {
		{ "[https://i]\naudience = m\n", NULL },
		{ "# c\n\n  [https://i]  \r\n\taudience = m  \r\n", NULL },
		{ "[https://i]\n", "f:1:1: no audience: name what the tokens must be for, or * to accept any" },
		{ "audience = m\n", "f:1:1: a section [ISSUER URL] must come first" },
		{ "[https://i\n", "f:1:1: ] is missing" },
		{ "[https://i] x\n", "f:1:12: nothing may follow the ]" },
		{ "[]\n", "f:1:2: the name of the issuer is empty or too long" },
		{ "[http://i]\naudience = m\n", "f:1:1: keys = discovery needs an issuer that is an https URL" },
		{ "[https://i]\naudience = m\n[https://i]\naudience = m\n", "f:3:2: this issuer stands twice" },
		{ "[https://i]\naudience = m\n  colour = red\n", "f:3:3: unknown key colour" },
		{ "[https://i]\naudience = m\nnonsense\n", "f:3:1: KEY = VALUE expected" },
		{ "[https://i]\naudience = m\nprofile = entra\n", "f:3:1: profile must be the first key of its section" },
		{ "[https://i]\nprofile = okta\n", "f:2:11: profile: unknown value: use generic, keycloak, authentik, authelia, entra, google" },
		{ "[https://i]\naudience = m\nalgorithms = RS256 HS256\n", "f:3:14: algorithms: an algorithm with a shared secret or none is never accepted" },
		{ "[https://i]\naudience = m\nmax_age = 5 parsecs\n", "f:3:13: max_age: not a unit of time: use s, m, h or d" },
		{ "[https://i]\naudience = m\nuser = {email\n", "f:3:8: user: not a template: a claim stands in braces, as in {email}" },
		{ "[https://i]\naudience = m\nuser = root\n", "f:3:8: user: the user would be the same for all tokens: name a claim, as in {email}" },
		{ "[https://i]\naudience = m\nkeys = http://e.org/k\n", "f:3:8: keys: use discovery, none, an https URL (http only for localhost) or an absolute path" },
		{ "[https://i]\naudience = m\nfield = userdb_pix_factor x\n", "f:3:9: field: this field may not come from a token" },
		{ "[https://i]\naudience = \"m\n", "f:2:12: audience: the quote is not closed" },
		{ "[https://i]\naudience = m\nkeys = none\n", "f:1:1: keys = none needs introspection = always" },
	};

	test_begin("issuers file");
	for (unsigned int i = 0; i < N_ELEMENTS(tests); i++) T_BEGIN {
		const char *error;
		struct pix_issuers *issuers = test_parse(tests[i].text, &error);

		if (tests[i].error == NULL)
			test_assert_idx(error == NULL, i);
		else
			test_assert_strcmp_idx(error, tests[i].error, i);
		pix_issuers_free(&issuers);
	} T_END;
	test_end();
}

static void test_claims_expand(void)
{
	static const char text[] = "{\"a\":\"Max@Ex.org\",\"n\":7,\"o\":{\"b.c\":\"d\"},\"l\":[\"x\"],\"u\":\"{a}\"}";
	static const struct {
		const char *tmpl, *value;
		enum pix_claims_expand result;
	} tests[] = {
		{ "{a}", "Max@Ex.org", PIX_CLAIMS_OK },
		{ "{a:lower}", "max@ex.org", PIX_CLAIMS_OK },
		{ "{a:local}+{a:domain}", "Max+Ex.org", PIX_CLAIMS_OK },
		{ "{n}@x", "7@x", PIX_CLAIMS_OK },
		{ "{o.b.c}", "d", PIX_CLAIMS_OK },
		{ "{{a", "{a", PIX_CLAIMS_OK },
		/* what a claim says is never a template */
		{ "{u}", "{a}", PIX_CLAIMS_OK },
		{ "{z}", NULL, PIX_CLAIMS_MISSING },
		{ "{l}", NULL, PIX_CLAIMS_INVALID },
		{ "{o}", NULL, PIX_CLAIMS_INVALID },
		{ "{n:domain}", NULL, PIX_CLAIMS_INVALID },
	};
	const char *error, *value;
	json_t *claims = pix_json_parse_object(text, strlen(text), 8, &error);

	test_begin("claims expand");
	for (unsigned int i = 0; i < N_ELEMENTS(tests); i++) {
		value = NULL;
		test_assert_idx(pix_claims_expand(claims, tests[i].tmpl, &value) ==
				tests[i].result, i);
		if (tests[i].value != NULL)
			test_assert_strcmp_idx(value, tests[i].value, i);
	}
	json_decref(claims);
	test_end();
}

static void test_verdicts(void)
{
	test_begin("verdicts");
	for (unsigned int i = 0; i < PIX_TOKEN_VERDICT_COUNT; i++) {
		test_assert_idx(pix_verdict_name((enum pix_verdict)i) != NULL &&
				pix_verdict_text((enum pix_verdict)i) != NULL, i);
		for (unsigned int j = 0; j < i; j++) {
			test_assert_idx(strcmp(pix_verdict_name((enum pix_verdict)i),
					       pix_verdict_name((enum pix_verdict)j)) != 0, i);
		}
	}
	test_assert_strcmp(pix_verdict_json(PIX_TOKEN_EXPIRED, FALSE, "mail", "https://i/c"),
		"{\"status\":\"invalid_token\",\"scope\":\"mail\",\"openid-configuration\":\"https://i/c\"}");
	test_assert_strcmp(pix_verdict_json(PIX_TOKEN_SCOPE, TRUE, NULL, NULL),
		"{\"status\":\"403\",\"schemes\":\"Bearer\"}");
	test_end();
}

int main(void)
{
	static void (*const tests[])(void) = {
		test_jwt_claims, test_issuers_file, test_claims_expand,
		test_verdicts, NULL
	};

	return test_run(tests);
}
