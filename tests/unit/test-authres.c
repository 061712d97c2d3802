/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-authres.h"
#include "pix-authres-set.h"
#include "test-common.h"

/* The field, and all that was read from it in one line:
   id|method=result[reason]{comment}ptype.property=value,…;… */
struct test_field {
	const char *input, *output;
};

static const struct test_field fields[] = {
	/* RFC 8601 appendix B */
	{ "example.org 1; none", "example.org|" },
	{ "example.com; spf=pass smtp.mailfrom=example.net",
	  "example.com|spf=pass smtp.mailfrom=example.net" },
	{ "example.com; auth=pass (cram-md5) smtp.auth=sender@example.net; spf=pass smtp.mailfrom=example.net",
	  "example.com|auth=pass{cram-md5} smtp.auth=sender@example.net|spf=pass smtp.mailfrom=example.net" },
	{ "example.com; sender-id=pass header.from=example.net",
	  "example.com|sender-id=pass header.from=example.net" },
	{ "example.com; dkim=pass reason=\"good signature\" header.i=@mail-router.example.net; dkim=fail reason=\"bad signature\" header.i=@newyork.example.com",
	  "example.com|dkim=pass[good signature] header.i=@mail-router.example.net|dkim=fail[bad signature] header.i=@newyork.example.com" },
	{ "example.net; dkim=pass (good signature) header.i=@newyork.example.com",
	  "example.net|dkim=pass{good signature} header.i=@newyork.example.com" },
	{ "foo.example.net (foobar) 1 (baz); dkim (Because I like it) / 1 (One yay) = (wait for it) fail policy (A dot can go here) . (like that) expired (this surprised me) = (as I wasn't expecting it) 1362471462",
	  "foo.example.net|dkim=fail{Because I like it One yay wait for it A dot can go here like that this surprised me as I wasn't expecting it} policy.expired=1362471462" },
	/* what servers write */
	{ "mx.example.org; dmarc=fail (p=reject sp=none dis=none) header.from=example.com",
	  "mx.example.org|dmarc=fail{p=reject sp=none dis=none} header.from=example.com" },
	{ "mx.example.org;\r\n\tdkim=none;\r\n\tspf=softfail (mx.example.org: 192.0.2.1 is neither permitted nor denied by domain of a@b.example) smtp.mailfrom=a@b.example;\r\n\tdmarc=fail reason=\"No valid SPF, No valid DKIM\" header.from=b.example (policy=quarantine)",
	  "mx.example.org|dkim=none|spf=softfail{mx.example.org: 192.0.2.1 is neither permitted nor denied by domain of a@b.example} smtp.mailfrom=a@b.example|dmarc=fail[No valid SPF, No valid DKIM]{policy=quarantine} header.from=b.example" },
	{ "spf=pass (sender IP is 192.0.2.1) smtp.mailfrom=example.com; dkim=none (message not signed) header.d=none;dmarc=fail action=oreject header.from=example.com;compauth=fail reason=000",
	  "-|spf=pass{sender IP is 192.0.2.1} smtp.mailfrom=example.com|dkim=none{message not signed} header.d=none|dmarc=fail .action=oreject,header.from=example.com|compauth=fail[000]" },
	{ "mx.google.com; dkim=pass header.i=@example.com header.s=20230601 header.b=AbC/dEf=; arc=pass (i=1 spf=pass dkim=pass); dmarc=pass (p=NONE sp=QUARANTINE dis=NONE) header.from=example.com",
	  "mx.google.com|dkim=pass header.i=@example.com,header.s=20230601,header.b=AbC/dEf=|arc=pass{i=1 spf=pass dkim=pass}|dmarc=pass{p=NONE sp=QUARANTINE dis=NONE} header.from=example.com" },
	{ "OpenDMARC; dmarc=none (p=none dis=none) header.from=a.example",
	  "OpenDMARC|dmarc=none{p=none dis=none} header.from=a.example" },
	{ "mail.example; dkim=pass (2048-bit key; unprotected) header.d=a.example header.i=@a.example header.a=rsa-sha256 header.s=s1 header.b=aBc+; dkim-atps=neutral",
	  "mail.example|dkim=pass{2048-bit key; unprotected} header.d=a.example,header.i=@a.example,header.a=rsa-sha256,header.s=s1,header.b=aBc+|dkim-atps=neutral" },
	{ "mx; iprev=pass policy.iprev=2001:db8::1 (host.example)", "mx|iprev=pass{host.example} policy.iprev=2001:db8::1" },
	{ "mx; spf=none smtp.mailfrom=; spf=pass smtp.helo=h.example", "mx|spf=none smtp.mailfrom=|spf=pass smtp.helo=h.example" },
	{ "mx; spf=none smtp.mailfrom= smtp.helo=h.example", "mx|spf=none smtp.mailfrom=,smtp.helo=h.example" },
	{ "mx; spf=none smtp.mailfrom=", "mx|spf=none smtp.mailfrom=" },
	{ "mx; spf=pass smtp.mailfrom=\"a b\"@x.example", "mx|spf=pass smtp.mailfrom=a b@x.example" },
	{ "mx; spf=pass smtp.mailfrom=<a@x.example>", "mx|spf=pass smtp.mailfrom=<a@x.example>" },
	{ "mx; spf=pass smtp.mailfrom = x.example", "mx|spf=pass smtp.mailfrom=x.example" },
	{ "mx; spf=pass smtp . mailfrom=\"x.example\"", "mx|spf=pass smtp.mailfrom=x.example" },
	{ "mx; bimi=pass header.d=a.example header.selector=default policy.authority=pass policy.authority-uri=https://a.example/v.pem",
	  "mx|bimi=pass header.d=a.example,header.selector=default,policy.authority=pass,policy.authority-uri=https://a.example/v.pem" },
	{ "mx; dmarc=pass policy.published-domain-policy=none policy.applied-disposition=none (p=none,d=none,d.eval=none) policy.policy-from=p header.from=a.example",
	  "mx|dmarc=pass{p=none,d=none,d.eval=none} policy.published-domain-policy=none,policy.applied-disposition=none,policy.policy-from=p,header.from=a.example" },
	{ "MX.Example.ORG; DMARC=Fail Header.From=A.example", "MX.Example.ORG|dmarc=fail header.from=A.example" },
	{ "\"mx.example.org\"; spf=pass", "mx.example.org|spf=pass" },
	{ "mx (a (nested (comment))); spf=pass (x \\) y)", "mx|spf=pass{x ) y}" },
	/* odd, but nothing of it may be taken for a result */
	{ "", "-|" },
	{ ";", "-|" },
	{ "mx", "mx|" },
	{ "mx;", "mx|" },
	{ "mx; none", "mx|" },
	{ "mx;;;; spf=pass;", "mx|spf=pass" },
	{ "mx; =pass; spf=; dkim; dmarc=pass", "mx|dmarc=pass" },
	{ "mx; spf=pass@evil.example; dmarc=fail", "mx|dmarc=fail" },
	{ "mx; spf=fail smtp.mailfrom=\"a; dmarc=pass\"@x.example; dmarc=fail",
	  "mx|spf=fail smtp.mailfrom=a; dmarc=pass@x.example|dmarc=fail" },
	{ "mx; spf=fail (helo; dmarc=pass) smtp.helo=x; dmarc=fail", "mx|spf=fail{helo; dmarc=pass} smtp.helo=x|dmarc=fail" },
	{ "mx; dkim/2=pass; spf=fail", "mx|spf=fail" },
	{ "mx 1; spf=pass", "mx|spf=pass" },
	{ "mx 2; spf=pass", "mx(2)|spf=pass" },
	{ "mx one; spf=pass", "mx(0)|spf=pass" },
	{ "i=3; mx; dmarc=pass", "mx#3|dmarc=pass" },
	{ "i=0; mx; dmarc=pass", "-|mx" },
	{ "mx; spf=pass ; ; dkim=pass header.d=\xc3\xa9.example", "mx|spf=pass|dkim=pass header.d=\xc3\xa9.example" },
	{ "mx; spf=pass garbage ; dkim=pass", "mx|spf=pass|dkim=pass" },
	{ "mx; spf=pass header. =x; dkim=pass", "mx|spf=pass|dkim=pass" },
};

static const char *const broken[] = {
	"mx; spf=pass (never ends",
	"mx; spf=pass reason=\"never ends",
	"mx; dmarc=fail (a(b); dmarc=pass",
	"mx; spf=pass smtp.mailfrom=\"a",
	"(mx; dmarc=pass",
};

static const char *t_print(const struct pix_authres *authres)
{
	string_t *str = t_str_new(256);

	str_append(str, authres->authserv_id == NULL ? "-" : authres->authserv_id);
	if (authres->version != 1)
		str_printfa(str, "(%u)", authres->version);
	if (authres->arc_instance != 0)
		str_printfa(str, "#%u", authres->arc_instance);
	str_append_c(str, '|');
	for (unsigned int i = 0; i < authres->result_count; i++) {
		const struct pix_authres_result *result = &authres->results[i];

		if (i > 0)
			str_append_c(str, '|');
		str_printfa(str, "%s=%s", result->method, result->result);
		if (result->reason != NULL)
			str_printfa(str, "[%s]", result->reason);
		if (result->comment[0] != '\0')
			str_printfa(str, "{%s}", result->comment);
		for (unsigned int j = 0; j < result->property_count; j++) {
			str_printfa(str, "%c%s.%s=%s", j == 0 ? ' ' : ',',
				    result->properties[j].ptype,
				    result->properties[j].property,
				    result->properties[j].value);
		}
	}
	return str_c(str);
}

static void test_authres_fields(void)
{
	pool_t pool = pool_alloconly_create("test", 4096);
	const struct pix_authres *authres;
	const char *error;

	test_begin("authres fields");
	for (unsigned int i = 0; i < N_ELEMENTS(fields); i++) {
		const struct test_field *field = &fields[i];

		test_assert_idx(pix_authres_parse(pool,
			(const unsigned char *)field->input,
			strlen(field->input), &authres, &error) == 0, i);
		if (authres == NULL)
			continue;
		/* "i=0;" is no instance: "i" then is a method without sense */
		if (strcmp(field->input, "i=0; mx; dmarc=pass") == 0) {
			test_assert_idx(authres->authserv_id == NULL &&
					authres->arc_instance == 0, i);
			continue;
		}
		test_assert_strcmp_idx(t_print(authres), field->output, i);
	}
	test_end();
	pool_unref(&pool);
}

static void test_authres_broken(void)
{
	pool_t pool = pool_alloconly_create("test", 4096);
	const struct pix_authres *authres;
	string_t *big = t_str_new(PIX_AUTHRES_MAX_SIZE + 16);
	const char *error;

	test_begin("authres broken");
	for (unsigned int i = 0; i < N_ELEMENTS(broken); i++) {
		error = NULL;
		test_assert_idx(pix_authres_parse(pool,
			(const unsigned char *)broken[i], strlen(broken[i]),
			&authres, &error) < 0, i);
		test_assert_idx(error != NULL && authres == NULL, i);
	}
	test_assert(pix_authres_parse(pool, (const unsigned char *)"mx\0; spf=pass",
				      13, &authres, &error) < 0);
	while (str_len(big) <= PIX_AUTHRES_MAX_SIZE)
		str_append(big, "mx; spf=pass; ");
	test_assert(pix_authres_parse(pool, str_data(big), str_len(big),
				      &authres, &error) < 0);
	/* as many results as are allowed, not one more */
	str_truncate(big, 5000);
	test_assert(pix_authres_parse(pool, str_data(big), str_len(big),
				      &authres, &error) == 0);
	test_assert(authres->result_count == PIX_AUTHRES_MAX_RESULTS);
	/* parentheses nested without an end */
	str_truncate(big, 0);
	for (unsigned int i = 0; i < 10000; i++)
		str_append_c(big, '(');
	test_assert(pix_authres_parse(pool, str_data(big), str_len(big),
				      &authres, &error) < 0);
	test_end();
	pool_unref(&pool);
}

static const struct pix_authres_result *
test_result(pool_t pool, const char *input)
{
	const struct pix_authres *authres;
	const char *error;

	if (pix_authres_parse(pool, (const unsigned char *)input, strlen(input),
			      &authres, &error) < 0 ||
	    authres->result_count == 0)
		i_fatal("no result in %s", input);
	return &authres->results[0];
}

static void test_authres_policy(void)
{
	static const struct { const char *input, *policy; } tests[] = {
		{ "m; dmarc=fail (p=reject dis=none)", "reject" },
		{ "m; dmarc=fail (p=REJECT sp=NONE dis=NONE)", "reject" },
		{ "m; dmarc=fail reason=\"x\" header.from=b (policy=quarantine)", "quarantine" },
		{ "m; dmarc=pass (policy=none)", "none" },
		{ "m; dmarc=fail policy.dmarc=quarantine", "quarantine" },
		{ "m; dmarc=fail policy.published-domain-policy=none (p=none,d=none)", "none" },
		{ "m; dmarc=fail action=oreject header.from=x", "reject" },
		{ "m; dmarc=fail action=quarantine header.from=x", "quarantine" },
		{ "m; dmarc=fail (sp=reject dis=none)", NULL },
		{ "m; dmarc=fail (p=rejected)", NULL },
		{ "m; dmarc=fail", NULL },
		/* the domain's word goes before what somebody did about it */
		{ "m; dmarc=fail action=none (p=reject)", "reject" },
	};
	pool_t pool = pool_alloconly_create("test", 4096);

	test_begin("authres dmarc policy");
	for (unsigned int i = 0; i < N_ELEMENTS(tests); i++) {
		const char *policy = pix_authres_dmarc_policy(
			test_result(pool, tests[i].input));

		test_assert_strcmp_idx(policy == NULL ? "-" : policy,
				       tests[i].policy == NULL ? "-" : tests[i].policy, i);
	}
	test_end();
	pool_unref(&pool);
}

static void test_authres_aligned(void)
{
	pool_t pool = pool_alloconly_create("test", 4096);
	const struct pix_authres_result *result;

	test_begin("authres alignment");
	test_assert(pix_authres_aligned("example.org", "EXAMPLE.org."));
	test_assert(pix_authres_aligned("mail.example.org", "example.org"));
	test_assert(pix_authres_aligned("example.org", "a.b.example.org"));
	test_assert(!pix_authres_aligned("org", "example.org"));
	test_assert(!pix_authres_aligned("evilexample.org", "example.org"));
	test_assert(!pix_authres_aligned("example.org.evil.net", "example.org"));
	test_assert(!pix_authres_aligned("a.example.org", "b.example.org"));
	test_assert(!pix_authres_aligned("", "example.org"));
	test_assert(!pix_authres_aligned(".", "."));
	result = test_result(pool, "m; dkim=pass header.i=@D.example header.d=A.example");
	test_assert_strcmp(t_pix_authres_domain(result), "a.example");
	result = test_result(pool, "m; spf=pass smtp.mailfrom=<u@x.example>");
	test_assert_strcmp(t_pix_authres_domain(result), "x.example");
	result = test_result(pool, "m; spf=pass smtp.mailfrom= smtp.helo=h.example");
	test_assert_strcmp(t_pix_authres_domain(result), "h.example");
	result = test_result(pool, "m; auth=pass smtp.auth=u@x");
	test_assert(t_pix_authres_domain(result) == NULL);
	test_end();
	pool_unref(&pool);
}

/* "Name: value" lines, then method → results of it, in order */
struct test_message {
	const char *headers;
	const char *method, *results;
	unsigned int max_received;
	bool arc;
};

static const struct test_message messages[] = {
	{ "Received: x\nAuthentication-Results: mx.example.org; dmarc=fail\n", "dmarc", "fail", 1, FALSE },
	{ "Authentication-Results: MX.EXAMPLE.ORG; dmarc=fail\n", "dmarc", "fail", 0, FALSE },
	{ "Authentication-Results: mx2.example.org; dmarc=fail\n", "dmarc", "fail", 0, FALSE },
	/* another's id, none, one that only looks like ours, a later version */
	{ "Authentication-Results: evil.example; dmarc=pass\n", "dmarc", "", 1, FALSE },
	{ "Authentication-Results: dmarc=pass; spf=pass\n", "dmarc", "", 1, FALSE },
	{ "Authentication-Results: mx.example.org.evil; dmarc=pass\n", "dmarc", "", 1, FALSE },
	{ "Authentication-Results: mx.example.org 2; dmarc=pass\n", "dmarc", "", 1, FALSE },
	/* a forged one below */
	{ "Received: a\nReceived: b\nAuthentication-Results: mx.example.org; dmarc=pass\n", "dmarc", "", 1, FALSE },
	{ "Received: a\nReceived: b\nAuthentication-Results: mx.example.org; dmarc=pass\n", "dmarc", "pass", 2, FALSE },
	{ "Authentication-Results: mx.example.org; dmarc=fail\nAuthentication-Results: mx.example.org; dmarc=pass; spf=pass\n", "dmarc", "fail", 1, FALSE },
	/* each method from the topmost field that has it */
	{ "Authentication-Results: mx.example.org; dmarc=fail\nAuthentication-Results: mx.example.org; dmarc=pass; spf=pass\n", "spf", "pass", 1, FALSE },
	{ "Authentication-Results: mx.example.org; dkim=fail; dkim=pass\nAuthentication-Results: mx.example.org; dkim=none\n", "dkim", "fail pass", 1, FALSE },
	/* a field that contradicts itself */
	{ "Authentication-Results: mx.example.org; spf=fail smtp.mailfrom=a;dmarc=pass@b; dmarc=fail\n", "dmarc", "fail", 1, FALSE },
	{ "Authentication-Results: mx.example.org; spf=fail smtp.mailfrom=a;dmarc=pass; dmarc=fail\n", "dmarc", "fail", 1, FALSE },
	/* a broken field is no field */
	{ "Authentication-Results: mx.example.org; dmarc=fail (\n", "dmarc", "", 1, FALSE },
	/* ARC */
	{ "Authentication-Results: mx.example.org; arc=pass; dmarc=fail\nARC-Seal: i=1; a=x; d=lists.example; cv=none; b=x\nARC-Authentication-Results: i=1; lists.example; dmarc=pass\n", "dmarc", "pass", 1, TRUE },
	{ "Authentication-Results: mx.example.org; arc=fail\nARC-Seal: i=1; d=lists.example; cv=none\nARC-Authentication-Results: i=1; lists.example; dmarc=pass\n", "dmarc", "", 1, TRUE },
	{ "Authentication-Results: mx.example.org; arc=pass\nARC-Seal: i=1; d=evil.example; cv=none\nARC-Authentication-Results: i=1; lists.example; dmarc=pass\n", "dmarc", "", 1, TRUE },
	{ "Authentication-Results: evil.example; arc=pass\nARC-Seal: i=1; d=lists.example\nARC-Authentication-Results: i=1; lists.example; dmarc=pass\n", "dmarc", "", 1, TRUE },
	{ "Authentication-Results: mx.example.org; arc=pass\nARC-Seal: i=2; d=evil.example\nARC-Seal: i=1; d=lists.example\nARC-Authentication-Results: i=1; lists.example; dmarc=pass\n", "dmarc", "", 1, TRUE },
	{ "Authentication-Results: mx.example.org; arc=pass\nARC-Seal: i=1; d=lists.example\nARC-Authentication-Results: i=1; x; dmarc=pass\nARC-Authentication-Results: i=1; y; dmarc=pass\n", "dmarc", "", 1, TRUE },
};

static void test_authres_set(void)
{
	static const char *const ids[] = { "mx.example.org", "mx2.example.org", NULL };
	static const char *const sealers[] = { "lists.example", NULL };

	test_begin("authres trusted");
	for (unsigned int i = 0; i < N_ELEMENTS(messages); i++) {
		const struct test_message *message = &messages[i];
		const struct pix_authres_params params = {
			.authserv_ids = ids,
			.arc_sealers = sealers,
			.max_received = message->max_received,
		};
		pool_t pool = pool_alloconly_create("test", 4096);
		struct pix_authres_set *set = pix_authres_set_init(pool, &params);
		const char *const *lines = t_strsplit(message->headers, "\n");
		const struct pix_authres_result *const *results;
		string_t *str = t_str_new(32);
		unsigned int count;

		for (; **lines != '\0'; lines++) {
			const char *value = strchr(*lines, ':') + 2;
			const char *name = t_strcut(*lines, ':');

			test_assert_idx(pix_authres_set_wants(name), i);
			pix_authres_set_add(set, name, (const unsigned char *)value,
					    strlen(value));
		}
		results = message->arc ?
			pix_authres_set_find_arc(set, message->method, &count) :
			pix_authres_set_find(set, message->method, &count);
		for (unsigned int j = 0; j < count; j++) {
			if (j > 0)
				str_append_c(str, ' ');
			str_append(str, results[j]->result);
		}
		test_assert_strcmp_idx(str_c(str), message->results, i);
		pool_unref(&pool);
	}
	test_assert(!pix_authres_set_wants("X-Authentication-Results"));
	test_end();
}

static void test_authres_seen(void)
{
	static const char *const ids[] = { "mx", NULL };
	static const struct pix_authres_params params = {
		.authserv_ids = ids, .max_received = 0,
	};
	static const unsigned char own[] = "mx; spf=pass", other[] = "x; spf=pass";
	pool_t pool = pool_alloconly_create("test", 4096);
	struct pix_authres_set *set = pix_authres_set_init(pool, &params);
	const struct pix_authres_seen *seen;
	unsigned int count;

	test_begin("authres seen");
	pix_authres_set_add(set, "Authentication-Results", own, sizeof(own) - 1);
	pix_authres_set_add(set, "Authentication-Results", other, sizeof(other) - 1);
	pix_authres_set_add(set, "received", own, 1);
	pix_authres_set_add(set, "authentication-results", own, sizeof(own) - 1);
	seen = pix_authres_set_seen(set, &count);
	test_assert(count == 3);
	test_assert(seen[0].refused == NULL && seen[0].received_above == 0);
	test_assert_strcmp(seen[1].authserv_id, "x");
	test_assert(seen[1].refused != NULL);
	test_assert(seen[2].refused != NULL && seen[2].received_above == 1);
	/* hostile mail can't make it work without end */
	for (unsigned int i = 0; i < 1000; i++)
		pix_authres_set_add(set, "Authentication-Results", own, sizeof(own) - 1);
	(void)pix_authres_set_seen(set, &count);
	test_assert(count == 50);
	test_end();
	pool_unref(&pool);
}

int main(void)
{
	static void (*const tests[])(void) = {
		test_authres_fields,
		test_authres_broken,
		test_authres_policy,
		test_authres_aligned,
		test_authres_set,
		test_authres_seen,
		NULL
	};
	return test_run(tests);
}
