/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-keyring.h"
#include "test-common.h"

static struct pix_secret *test_key(unsigned char c)
{
	unsigned char key[PIX_KEYRING_KEY_SIZE];

	memset(key, c, sizeof(key));
	return pix_secret_copy(key, sizeof(key));
}

static void test_keyring_seal(void)
{
	static const unsigned char nonce[PIX_KEYRING_NONCE_SIZE] = { 1, 2, 3 };
	struct pix_keyring *old = pix_keyring_init(), *both = pix_keyring_init();
	struct pix_secret *plain;
	const char *sealed, *error;

	test_begin("keyring seal");
	pix_keyring_add(old, test_key('a'));
	pix_keyring_add(both, test_key('b'));
	sealed = t_pix_keyring_seal(old, "totp/1/alice", "secret", 6, nonce);
	test_assert(strstr(sealed, "secret") == NULL);
	test_assert(pix_keyring_open(old, "totp/1/alice", sealed, &plain, &error) == 0);
	test_assert(pix_secret_size(plain) == 6 &&
		    memcmp(pix_secret_data(plain), "secret", 6) == 0);
	pix_secret_free(&plain);
	/* moved to another user, changed, cut, key not known */
	test_assert(pix_keyring_open(old, "totp/1/bob", sealed, &plain, &error) < 0);
	for (unsigned int i = 0; i < strlen(sealed); i++) {
		char *bad = t_strdup_noconst(sealed);

		bad[i] = bad[i] == 'A' ? 'B' : 'A';
		test_assert_idx(pix_keyring_open(old, "totp/1/alice", bad, &plain, &error) < 0, i);
		test_assert_idx(pix_keyring_open(old, "totp/1/alice",
			t_strdup_until(sealed, sealed + i), &plain, &error) < 0, i);
	}
	test_assert(pix_keyring_open(both, "totp/1/alice", sealed, &plain, &error) < 0);
	test_assert(strstr(error, pix_keyring_kid(old, 0)) != NULL);
	/* an old key still reads, the new one writes */
	pix_keyring_add(both, test_key('a'));
	test_assert(pix_keyring_open(both, "totp/1/alice", sealed, &plain, &error) == 0);
	pix_secret_free(&plain);
	sealed = t_pix_keyring_seal(both, "x", "secret", 6, nonce);
	test_assert(strncmp(sealed, pix_keyring_kid(both, 0), 8) == 0);
	pix_keyring_deinit(&old);
	pix_keyring_deinit(&both);
	test_end();
}

static void test_keyring_mac(void)
{
	struct pix_keyring *keyring = pix_keyring_init();
	char mac[PIX_KEYRING_MAC_LEN + 1], hash[PIX_KEYRING_MAC_LEN + 1];
	char hash2[PIX_KEYRING_MAC_LEN + 1];
	const char *kid;

	test_begin("keyring mac");
	pix_keyring_add(keyring, test_key('a'));
	pix_keyring_add(keyring, test_key('b'));
	kid = pix_keyring_kid(keyring, 0);
	test_assert(strcmp(kid, pix_keyring_kid(keyring, 1)) != 0);
	test_assert(pix_keyring_mac(keyring, kid, "row", 3, mac));
	test_assert(pix_keyring_mac_ok(keyring, kid, "row", 3, mac));
	test_assert(!pix_keyring_mac_ok(keyring, pix_keyring_kid(keyring, 1), "row", 3, mac));
	test_assert(!pix_keyring_mac_ok(keyring, kid, "roW", 3, mac));
	test_assert(!pix_keyring_mac_ok(keyring, "00000000", "row", 3, mac));
	test_assert(!pix_keyring_mac_ok(keyring, kid, "row", 3, ""));
	mac[5] = mac[5] == '0' ? '1' : '0';
	test_assert(!pix_keyring_mac_ok(keyring, kid, "row", 3, mac));
	pix_keyring_hash(keyring, 0, "a", "bc", hash);
	pix_keyring_hash(keyring, 0, "ab", "c", hash2);
	test_assert(strcmp(hash, hash2) != 0);
	pix_keyring_hash(keyring, 1, "a", "bc", hash2);
	test_assert(strcmp(hash, hash2) != 0);
	pix_keyring_deinit(&keyring);
	test_end();
}

int main(void)
{
	static void (*const test_functions[])(void) = {
		test_keyring_seal,
		test_keyring_mac,
		NULL
	};
	return test_run(test_functions);
}
