/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-keyring.h"
#include "base64.h"
#include "hex-binary.h"
#include "strfuncs.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#define PIX_KEYRING_TAG_SIZE 16
#define PIX_KEYRING_SEALED_MAX 8192

enum pix_keyring_use {
	PIX_KEYRING_MAC,
	PIX_KEYRING_SEAL,
	PIX_KEYRING_HASH,
	PIX_KEYRING_USES
};

static const char *const pix_keyring_use_names[PIX_KEYRING_USES] = {
	"dovecot-pix row mac v1",
	"dovecot-pix seal v1",
	"dovecot-pix look-up v1",
};

struct pix_keyring_key {
	char kid[PIX_KEYRING_KID_LEN + 1];
	struct pix_secret *use[PIX_KEYRING_USES];
};

struct pix_keyring {
	ARRAY(struct pix_keyring_key) keys;
};

struct pix_keyring *pix_keyring_init(void)
{
	struct pix_keyring *keyring = i_new(struct pix_keyring, 1);

	i_array_init(&keyring->keys, 2);
	return keyring;
}

void pix_keyring_deinit(struct pix_keyring **_keyring)
{
	struct pix_keyring *keyring = *_keyring;
	struct pix_keyring_key *key;

	if (keyring == NULL)
		return;
	*_keyring = NULL;
	array_foreach_modifiable(&keyring->keys, key) {
		for (unsigned int i = 0; i < PIX_KEYRING_USES; i++)
			pix_secret_free(&key->use[i]);
	}
	array_free(&keyring->keys);
	i_free(keyring);
}

static void
pix_keyring_hmac(struct pix_secret *key, const void *data, size_t size,
		 unsigned char digest_r[32])
{
	unsigned int len = 32;

	if (HMAC(EVP_sha256(), pix_secret_data(key), (int)pix_secret_size(key),
		 data, size, digest_r, &len) == NULL || len != 32)
		i_fatal("HMAC-SHA256 is not available in OpenSSL");
}

void pix_keyring_add(struct pix_keyring *keyring, struct pix_secret *master)
{
	struct pix_keyring_key *key = array_append_space(&keyring->keys);
	unsigned char digest[32];

	i_assert(pix_secret_size(master) == PIX_KEYRING_KEY_SIZE);

	pix_keyring_hmac(master, "dovecot-pix key id v1", 21, digest);
	i_snprintf(key->kid, sizeof(key->kid), "%02x%02x%02x%02x",
		   digest[0], digest[1], digest[2], digest[3]);
	for (unsigned int i = 0; i < PIX_KEYRING_USES; i++) {
		pix_keyring_hmac(master, pix_keyring_use_names[i],
				 strlen(pix_keyring_use_names[i]), digest);
		key->use[i] = pix_secret_copy(digest, sizeof(digest));
	}
	explicit_bzero(digest, sizeof(digest));
	pix_secret_free(&master);
}

unsigned int pix_keyring_count(const struct pix_keyring *keyring)
{
	return array_count(&keyring->keys);
}

const char *pix_keyring_kid(const struct pix_keyring *keyring, unsigned int n)
{
	const struct pix_keyring_key *key = array_idx(&keyring->keys, n);

	return key->kid;
}

static const struct pix_keyring_key *
pix_keyring_find(struct pix_keyring *keyring, const char *kid)
{
	const struct pix_keyring_key *key;

	array_foreach(&keyring->keys, key) {
		if (strcmp(key->kid, kid) == 0)
			return key;
	}
	return NULL;
}

static void pix_keyring_hex(const unsigned char digest[32], char *hex_r)
{
	T_BEGIN {
		memcpy(hex_r, binary_to_hex(digest, 32), PIX_KEYRING_MAC_LEN + 1);
	} T_END;
}

bool pix_keyring_mac(struct pix_keyring *keyring, const char *kid,
		     const void *data, size_t size,
		     char mac_r[PIX_KEYRING_MAC_LEN + 1])
{
	const struct pix_keyring_key *key = pix_keyring_find(keyring, kid);
	unsigned char digest[32];

	if (key == NULL)
		return FALSE;
	pix_keyring_hmac(key->use[PIX_KEYRING_MAC], data, size, digest);
	pix_keyring_hex(digest, mac_r);
	return TRUE;
}

bool pix_keyring_mac_ok(struct pix_keyring *keyring, const char *kid,
			const void *data, size_t size, const char *mac)
{
	char want[PIX_KEYRING_MAC_LEN + 1];

	return strlen(mac) == PIX_KEYRING_MAC_LEN &&
		pix_keyring_mac(keyring, kid, data, size, want) &&
		CRYPTO_memcmp(want, mac, PIX_KEYRING_MAC_LEN) == 0;
}

void pix_keyring_hash(struct pix_keyring *keyring, unsigned int n,
		      const char *purpose, const char *text,
		      char hash_r[PIX_KEYRING_MAC_LEN + 1])
{
	const struct pix_keyring_key *key = array_idx(&keyring->keys, n);
	unsigned char digest[32];

	T_BEGIN {
		string_t *str = t_str_new(128);

		/* the NUL ends the purpose, so that none is another's prefix */
		str_append_data(str, purpose, strlen(purpose) + 1);
		str_append(str, text);
		pix_keyring_hmac(key->use[PIX_KEYRING_HASH], str_data(str),
				 str_len(str), digest);
		pix_secret_wipe_buffer(str);
	} T_END;
	pix_keyring_hex(digest, hash_r);
}

/* One AES-256-GCM run. in, out: size bytes. */
static bool
pix_keyring_gcm(struct pix_secret *key, bool encrypt, const char *aad,
		const unsigned char *nonce, const unsigned char *in, size_t size,
		unsigned char *out, unsigned char *tag)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int len, final_len;
	bool ok;

	if (ctx == NULL)
		i_fatal_status(FATAL_OUTOFMEM, "EVP_CIPHER_CTX_new() failed");
	ok = EVP_CipherInit_ex(ctx, EVP_aes_256_gcm(), NULL, pix_secret_data(key),
			       nonce, encrypt ? 1 : 0) == 1 &&
		EVP_CipherUpdate(ctx, NULL, &len, (const unsigned char *)aad,
				 (int)strlen(aad)) == 1 &&
		EVP_CipherUpdate(ctx, out, &len, in, (int)size) == 1 &&
		(encrypt || EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_SET_TAG,
						PIX_KEYRING_TAG_SIZE, tag) == 1) &&
		EVP_CipherFinal_ex(ctx, out + len, &final_len) == 1 &&
		(!encrypt || EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_GET_TAG,
						 PIX_KEYRING_TAG_SIZE, tag) == 1);
	EVP_CIPHER_CTX_free(ctx);
	return ok;
}

const char *t_pix_keyring_seal(struct pix_keyring *keyring, const char *aad,
			       const void *data, size_t size,
			       const unsigned char nonce[PIX_KEYRING_NONCE_SIZE])
{
	const struct pix_keyring_key *key = array_front(&keyring->keys);
	const size_t total = PIX_KEYRING_NONCE_SIZE + size + PIX_KEYRING_TAG_SIZE;
	buffer_t *buf = t_buffer_create(total);
	unsigned char *p = buffer_append_space_unsafe(buf, total);
	string_t *str = t_str_new(PIX_KEYRING_KID_LEN + 2 +
				  MAX_BASE64_ENCODED_SIZE(total));

	i_assert(total <= PIX_KEYRING_SEALED_MAX);

	memcpy(p, nonce, PIX_KEYRING_NONCE_SIZE);
	if (!pix_keyring_gcm(key->use[PIX_KEYRING_SEAL], TRUE, aad, nonce,
			     data, size, p + PIX_KEYRING_NONCE_SIZE,
			     p + PIX_KEYRING_NONCE_SIZE + size))
		i_fatal("AES-256-GCM is not available in OpenSSL");
	str_printfa(str, "%s:", key->kid);
	base64_encode(p, total, str);
	return str_c(str);
}

/* TRUE if text is the one base64 form of data, without anything behind it. */
static bool pix_keyring_is_base64(const buffer_t *data, const char *text)
{
	string_t *str = t_str_new(MAX_BASE64_ENCODED_SIZE(data->used));

	base64_encode(data->data, data->used, str);
	return strcmp(str_c(str), text) == 0;
}

int pix_keyring_open(struct pix_keyring *keyring, const char *aad,
		     const char *sealed, struct pix_secret **data_r,
		     const char **error_r)
{
	const char *p = strchr(sealed, ':');
	const struct pix_keyring_key *key;
	struct pix_secret *secret;
	buffer_t *buf;
	size_t size;
	unsigned char *raw;

	*data_r = NULL;
	key = p == NULL ? NULL : pix_keyring_find(keyring, t_strdup_until(sealed, p));
	if (key == NULL) {
		*error_r = p == NULL ? "not a sealed value" :
			t_strdup_printf("sealed under the unknown key %s",
					t_strdup_until(sealed, I_MIN(p, sealed + 16)));
		return -1;
	}
	p++;
	buf = strlen(p) > PIX_KEYRING_SEALED_MAX * 2 ? NULL : t_base64_decode_str(p);
	if (buf == NULL || !pix_keyring_is_base64(buf, p) ||
	    buf->used <= PIX_KEYRING_NONCE_SIZE + PIX_KEYRING_TAG_SIZE) {
		*error_r = "not a sealed value";
		return -1;
	}
	raw = buffer_get_modifiable_data(buf, NULL);
	size = buf->used - PIX_KEYRING_NONCE_SIZE - PIX_KEYRING_TAG_SIZE;
	secret = pix_secret_new(size);
	if (!pix_keyring_gcm(key->use[PIX_KEYRING_SEAL], FALSE, aad, raw,
			     raw + PIX_KEYRING_NONCE_SIZE, size,
			     pix_secret_data(secret),
			     raw + PIX_KEYRING_NONCE_SIZE + size)) {
		pix_secret_free(&secret);
		*error_r = "sealed value was changed or moved";
		return -1;
	}
	*data_r = secret;
	return 0;
}
