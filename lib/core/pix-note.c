/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-note.h"

#include <inttypes.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* the signature algorithm byte of C2SP signed-note */
#define PIX_NOTE_ALG_ED25519 0x01
/* U+2014 and a space begin a signature line */
#define PIX_NOTE_DASH "\xe2\x80\x94 "
#define PIX_NOTE_DASH_LEN 4

struct pix_note_signer {
	EVP_PKEY *pkey;
	struct pix_note_verifier verifier;
};

void pix_base64_enc(const void *data, size_t size, char *out)
{
	EVP_EncodeBlock((unsigned char *)out, data, (int)size);
}

int pix_base64_dec(const char *in, size_t len, unsigned char *out, size_t max)
{
	unsigned char buf[1024];
	char again[sizeof(buf) / 3 * 4 + 8];
	size_t pad = 0, size;

	if (len == 0 || len % 4 != 0 || len / 4 * 3 > sizeof(buf))
		return -1;
	while (pad < 2 && in[len - 1 - pad] == '=')
		pad++;
	if (EVP_DecodeBlock(buf, (const unsigned char *)in, (int)len) < 0)
		return -1;
	size = len / 4 * 3 - pad;
	/* EVP_DecodeBlock() ignores white space and stray bits: only the one
	   form that encodes the same bytes counts */
	pix_base64_enc(buf, size, again);
	if (size > max || strlen(again) != len || memcmp(again, in, len) != 0)
		return -1;
	memcpy(out, buf, size);
	return (int)size;
}

bool pix_note_name_ok(const char *name)
{
	size_t len = strlen(name);

	if (len == 0 || len > PIX_NOTE_NAME_MAX)
		return false;
	for (size_t i = 0; i < len; i++) {
		if ((unsigned char)name[i] <= ' ' || name[i] == '+' ||
		    (unsigned char)name[i] >= 0x7f)
			return false;
	}
	return true;
}

void pix_note_verifier_init(struct pix_note_verifier *verifier, const char *name,
			    const unsigned char key[PIX_ED25519_SIZE])
{
	unsigned char buf[PIX_NOTE_NAME_MAX + 2 + PIX_ED25519_SIZE];
	unsigned char md[EVP_MAX_MD_SIZE];
	size_t len = strlen(name);

	memset(verifier, 0, sizeof(*verifier));
	memcpy(verifier->name, name, len);
	memcpy(verifier->key, key, PIX_ED25519_SIZE);
	memcpy(buf, name, len);
	buf[len++] = '\n';
	buf[len++] = PIX_NOTE_ALG_ED25519;
	memcpy(buf + len, key, PIX_ED25519_SIZE);
	len += PIX_ED25519_SIZE;
	if (EVP_Digest(buf, len, md, NULL, EVP_sha256(), NULL) != 1)
		abort();
	memcpy(verifier->id, md, sizeof(verifier->id));
}

void pix_note_verifier_print(const struct pix_note_verifier *verifier,
			     char out[PIX_NOTE_VKEY_MAX])
{
	unsigned char key[1 + PIX_ED25519_SIZE];
	char b64[64];

	key[0] = PIX_NOTE_ALG_ED25519;
	memcpy(key + 1, verifier->key, PIX_ED25519_SIZE);
	pix_base64_enc(key, sizeof(key), b64);
	snprintf(out, PIX_NOTE_VKEY_MAX, "%s+%02x%02x%02x%02x+%s", verifier->name,
		 verifier->id[0], verifier->id[1], verifier->id[2],
		 verifier->id[3], b64);
}

int pix_note_verifier_parse(const char *vkey, struct pix_note_verifier *verifier_r,
			    char error_r[PIX_ERR_SIZE])
{
	char name[PIX_NOTE_NAME_MAX + 1], again[PIX_NOTE_VKEY_MAX];
	unsigned char key[1 + PIX_ED25519_SIZE];
	const char *id, *b64;
	size_t len;

	while (*vkey == ' ' || *vkey == '\n' || *vkey == '\t' || *vkey == '\r')
		vkey++;
	len = strcspn(vkey, " \n\t\r");
	id = memchr(vkey, '+', len);
	b64 = id == NULL ? NULL : memchr(id + 1, '+', len - (size_t)(id + 1 - vkey));
	if (b64 == NULL || b64 - id != 9 || (size_t)(id - vkey) >= sizeof(name)) {
		snprintf(error_r, PIX_ERR_SIZE, "not of the form name+id+base64");
		return -1;
	}
	memcpy(name, vkey, (size_t)(id - vkey));
	name[id - vkey] = '\0';
	b64++;
	if (!pix_note_name_ok(name) ||
	    pix_base64_dec(b64, len - (size_t)(b64 - vkey), key, sizeof(key)) !=
	    (int)sizeof(key) || key[0] != PIX_NOTE_ALG_ED25519) {
		snprintf(error_r, PIX_ERR_SIZE, "not an Ed25519 key");
		return -1;
	}
	pix_note_verifier_init(verifier_r, name, key + 1);
	pix_note_verifier_print(verifier_r, again);
	if (strncmp(again, vkey, len) != 0 || again[len] != '\0') {
		snprintf(error_r, PIX_ERR_SIZE, "its id doesn't belong to name and key");
		return -1;
	}
	return 0;
}

struct pix_note_signer *
pix_note_signer_new(const char *name, const char *pem, size_t pem_size,
		    char error_r[PIX_ERR_SIZE])
{
	unsigned char key[PIX_ED25519_SIZE];
	size_t key_size = sizeof(key);
	struct pix_note_signer *signer;
	EVP_PKEY *pkey;
	BIO *bio;

	if (!pix_note_name_ok(name)) {
		snprintf(error_r, PIX_ERR_SIZE, "the name has a space, '+' or control character, or isn't 1..%d bytes long", PIX_NOTE_NAME_MAX);
		return NULL;
	}
	bio = BIO_new_mem_buf(pem, (int)pem_size);
	/* an empty password: never ask on a terminal */
	pkey = bio == NULL ? NULL :
		PEM_read_bio_PrivateKey(bio, NULL, NULL, (void *)"");
	BIO_free(bio);
	if (pkey == NULL || EVP_PKEY_get_base_id(pkey) != EVP_PKEY_ED25519 ||
	    EVP_PKEY_get_raw_public_key(pkey, key, &key_size) != 1) {
		EVP_PKEY_free(pkey);
		snprintf(error_r, PIX_ERR_SIZE, "not the PEM of an Ed25519 private key");
		return NULL;
	}
	signer = calloc(1, sizeof(*signer));
	if (signer == NULL)
		abort();
	signer->pkey = pkey;
	pix_note_verifier_init(&signer->verifier, name, key);
	return signer;
}

void pix_note_signer_free(struct pix_note_signer **signer)
{
	if (*signer == NULL)
		return;
	EVP_PKEY_free((*signer)->pkey);
	free(*signer);
	*signer = NULL;
}

const struct pix_note_verifier *
pix_note_signer_verifier(const struct pix_note_signer *signer)
{
	return &signer->verifier;
}

size_t pix_note_sign(const struct pix_note_signer *signer, const char *text,
		     char *out, size_t out_size)
{
	unsigned char sig[4 + PIX_ED25519_SIG_SIZE];
	char b64[(sizeof(sig) + 2) / 3 * 4 + 1];
	size_t sig_size = PIX_ED25519_SIG_SIZE;
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	int len;

	memcpy(sig, signer->verifier.id, 4);
	if (ctx == NULL ||
	    EVP_DigestSignInit(ctx, NULL, NULL, NULL, signer->pkey) != 1 ||
	    EVP_DigestSign(ctx, sig + 4, &sig_size, (const unsigned char *)text,
			   strlen(text)) != 1) {
		EVP_MD_CTX_free(ctx);
		return 0;
	}
	EVP_MD_CTX_free(ctx);
	pix_base64_enc(sig, sizeof(sig), b64);
	len = snprintf(out, out_size, "%s\n" PIX_NOTE_DASH "%s %s\n",
		       text, signer->verifier.name, b64);
	return len < 0 || (size_t)len >= out_size ? 0 : (size_t)len;
}

static bool
pix_note_verify_sig(const struct pix_note_verifier *verifier,
		    const char *text, size_t len, const unsigned char *sig)
{
	EVP_PKEY *pkey = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL,
						     verifier->key,
						     PIX_ED25519_SIZE);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool ok = pkey != NULL && ctx != NULL &&
		EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, pkey) == 1 &&
		EVP_DigestVerify(ctx, sig, PIX_ED25519_SIG_SIZE,
				 (const unsigned char *)text, len) == 1;

	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(pkey);
	return ok;
}

enum pix_note_result
pix_note_verify(const char *note, size_t size,
		const struct pix_note_verifier *verifier, size_t *text_len_r)
{
	size_t name_len = strlen(verifier->name), text_len;
	const char *p, *end = note + size, *split = NULL;

	if (size == 0 || size > PIX_NOTE_MAX || note[size - 1] != '\n' ||
	    memchr(note, '\0', size) != NULL)
		return PIX_NOTE_MALFORMED;
	/* the last empty line ends the text */
	for (p = note; p + 1 < end; p++) {
		if (p[0] == '\n' && p[1] == '\n')
			split = p;
	}
	if (split == NULL || split + 2 >= end)
		return PIX_NOTE_MALFORMED;
	text_len = (size_t)(split + 1 - note);
	for (p = split + 2; p < end; ) {
		const char *eol = memchr(p, '\n', (size_t)(end - p));
		const char *name = p + PIX_NOTE_DASH_LEN;
		unsigned char sig[512];
		const char *b64;
		int len;

		if (eol - p <= PIX_NOTE_DASH_LEN ||
		    memcmp(p, PIX_NOTE_DASH, PIX_NOTE_DASH_LEN) != 0 ||
		    (b64 = memchr(name, ' ', (size_t)(eol - name))) == NULL)
			return PIX_NOTE_MALFORMED;
		len = pix_base64_dec(b64 + 1, (size_t)(eol - b64 - 1), sig, sizeof(sig));
		if (len < 5)
			return PIX_NOTE_MALFORMED;
		p = eol + 1;
		if ((size_t)(b64 - name) != name_len ||
		    memcmp(name, verifier->name, name_len) != 0 ||
		    memcmp(sig, verifier->id, 4) != 0)
			continue;
		*text_len_r = text_len;
		return len == 4 + PIX_ED25519_SIG_SIZE &&
			pix_note_verify_sig(verifier, note, text_len, sig + 4) ?
			PIX_NOTE_OK : PIX_NOTE_BAD_SIGNATURE;
	}
	return PIX_NOTE_UNSIGNED;
}

const char *pix_note_result_text(enum pix_note_result result)
{
	switch (result) {
	case PIX_NOTE_OK:
		return "signature is right";
	case PIX_NOTE_MALFORMED:
		return "not a signed note";
	case PIX_NOTE_UNSIGNED:
		return "no signature of this key";
	case PIX_NOTE_BAD_SIGNATURE:
		return "signature is wrong";
	}
	return "unknown";
}

size_t pix_checkpoint_print(const struct pix_checkpoint *cp, char *out, size_t size)
{
	char b64[(PIX_HASH_SIZE + 2) / 3 * 4 + 1];
	int len;

	pix_base64_enc(cp->root.b, PIX_HASH_SIZE, b64);
	len = snprintf(out, size, "%s\n%" PRIu64 "\n%s\n", cp->origin, cp->size, b64);
	return len < 0 || (size_t)len >= size ? 0 : (size_t)len;
}

int pix_checkpoint_parse(const char *text, size_t size, struct pix_checkpoint *cp_r)
{
	const char *line[3], *end = text + size, *p = text;
	size_t len[3];
	uint64_t num = 0;

	for (unsigned int i = 0; i < 3; i++) {
		const char *eol = p >= end ? NULL : memchr(p, '\n', (size_t)(end - p));

		if (eol == NULL || eol == p)
			return -1;
		line[i] = p;
		len[i] = (size_t)(eol - p);
		p = eol + 1;
	}
	memset(cp_r, 0, sizeof(*cp_r));
	if (len[0] > PIX_NOTE_NAME_MAX || len[1] > 19 ||
	    (len[1] > 1 && line[1][0] == '0'))
		return -1;
	memcpy(cp_r->origin, line[0], len[0]);
	for (size_t i = 0; i < len[1]; i++) {
		if (line[1][i] < '0' || line[1][i] > '9')
			return -1;
		num = num * 10 + (uint64_t)(line[1][i] - '0');
	}
	cp_r->size = num;
	return pix_base64_dec(line[2], len[2], cp_r->root.b, PIX_HASH_SIZE) ==
		PIX_HASH_SIZE ? 0 : -1;
}
