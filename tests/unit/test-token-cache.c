/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-token-cache.h"
#include "test-common.h"

static void test_key(unsigned char key[PIX_TOKEN_CACHE_KEY_SIZE], unsigned int n)
{
	memset(key, 0, PIX_TOKEN_CACHE_KEY_SIZE);
	memcpy(key, &n, sizeof(n));
}

static void test_token_cache(void)
{
	static const char *const fields[] = { "a", "b", NULL };
	struct pix_token_cache *cache = pix_token_cache_init(16 * 1024);
	const struct pix_token_entry *found;
	unsigned char key[PIX_TOKEN_CACHE_KEY_SIZE];
	char user[16];

	test_begin("token cache");
	for (unsigned int n = 0; n < 1000; n++) {
		const struct pix_jwt_identity id = {
			.user = user, .expires = n, .fields = fields,
		};
		const struct pix_token_entry entry = {
			.verdict = PIX_TOKEN_OK, .id = &id, .generation = n,
		};

		i_snprintf(user, sizeof(user), "user%u", n);
		test_key(key, n);
		pix_token_cache_insert(cache, key, &entry, 100 + n);
		/* the first stays as long as it is used */
		test_key(key, 0);
		test_assert_idx(pix_token_cache_lookup(cache, key, 10) != NULL, n);
	}
	/* bounded, newest kept */
	test_assert(pix_token_cache_count(cache) > 5 && pix_token_cache_count(cache) < 100);
	test_key(key, 999);
	found = pix_token_cache_lookup(cache, key, 10);
	test_assert(found != NULL && strcmp(found->id->user, "user999") == 0 &&
		    strcmp(found->id->fields[1], "b") == 0 && found->generation == 999);
	test_key(key, 500);
	test_assert(pix_token_cache_lookup(cache, key, 10) == NULL);
	/* until, not after */
	test_key(key, 0);
	test_assert(pix_token_cache_lookup(cache, key, 99) != NULL);
	test_assert(pix_token_cache_lookup(cache, key, 100) == NULL);
	test_assert(pix_token_cache_lookup(cache, key, 10) == NULL);
	pix_token_cache_deinit(&cache);
	test_end();
}

int main(void)
{
	static void (*const tests[])(void) = { test_token_cache, NULL };

	return test_run(tests);
}
