/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-json.h"
#include "test-common.h"

static void test_json_refused(void)
{
	static const char *const texts[] = {
		"", "{", "{}x", "{\"a\":1,\"a\":2}", "{\"a\":{\"b\":1,\"b\":1}}",
		"{'a':1}", "{\"a\":\"\xff\"}", "{\"a\":01}", "{\"a\":1,}", "[1 2]",
		"[[[[[1]]]]]", "{\"a\":\"\x01\"}",
	};
	const char *error;

	test_begin("json refused");
	for (unsigned int i = 0; i < N_ELEMENTS(texts); i++) {
		error = NULL;
		test_assert_idx(pix_json_parse(texts[i], strlen(texts[i]), 4,
					       &error) == NULL, i);
		test_assert_idx(error != NULL && error[0] != '\0', i);
	}
	test_assert(pix_json_parse_object("[]", 2, 4, &error) == NULL);
	test_end();
}

static void test_json_depth(void)
{
	static const char brackets[] = "{\"a\":\"[[[[[[[[\\\"[[\"}";
	const char *error;
	json_t *obj;

	test_begin("json depth");
	/* brackets inside strings do not count */
	obj = pix_json_parse_object(brackets, strlen(brackets), 1, &error);
	test_assert(obj != NULL);
	json_decref(obj);
	test_assert(pix_json_parse("[[1]]", 5, 1, &error) == NULL);
	obj = pix_json_parse("[[1]]", 5, 2, &error);
	test_assert(obj != NULL);
	json_decref(obj);
	test_end();
}

static void test_json_members(void)
{
	static const char text[] =
		"{\"s\":\"x\",\"nul\":\"a\\u0000b\",\"i\":7,\"f\":7.0,\"t\":true,\"n\":1}";
	const char *error;
	int64_t num;
	json_t *obj;

	test_begin("json members");
	obj = pix_json_parse_object(text, strlen(text), 4, &error);
	test_assert(obj != NULL);
	test_assert_strcmp(pix_json_str(obj, "s"), "x");
	test_assert(pix_json_str(obj, "nul") == NULL);
	test_assert(pix_json_str(obj, "i") == NULL);
	test_assert(pix_json_int(obj, "i", 0, 7, &num) && num == 7);
	test_assert(!pix_json_int(obj, "i", 0, 6, &num));
	test_assert(!pix_json_int(obj, "f", 0, 10, &num));
	test_assert(pix_json_true(obj, "t") && !pix_json_true(obj, "n"));
	/* outside data never makes a member vanish */
	pix_json_set_str(obj, "bad", "a\xff""b");
	test_assert_strcmp(pix_json_str(obj, "bad"), "a\xef\xbf\xbd""b");
	json_decref(obj);
	test_end();
}

int main(void)
{
	static void (*const test_functions[])(void) = {
		test_json_refused,
		test_json_depth,
		test_json_members,
		NULL
	};
	return test_run(test_functions);
}
