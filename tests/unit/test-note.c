/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-core.h"
#include "pix-note.h"
#include "test-common.h"

/* the example of golang.org/x/mod/sumdb/note's documentation */
static const char go_vkey[] =
	"PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
static const char go_note[] =
	"If you think cryptography is the answer to your problem,\n"
	"then you don't know what your problem is.\n"
	"\n"
	"\xe2\x80\x94 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";
/* an Ed25519 key made for this test alone */
static const char test_pem[] =
	"-----BEGIN PRIVATE KEY-----\n"
	"MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n"
	"-----END PRIVATE KEY-----\n";

static void test_note_go(void)
{
	struct pix_note_verifier verifier;
	char error[PIX_ERR_SIZE], copy[sizeof(go_note)];
	size_t len;

	test_begin("note of Go");
	test_assert(pix_note_verifier_parse(go_vkey, &verifier, error) == 0);
	test_assert_strcmp(verifier.name, "PeterNeumann");
	test_assert(pix_note_verify(go_note, sizeof(go_note) - 1, &verifier, &len) == PIX_NOTE_OK);
	test_assert(len == 99);
	/* every changed byte, and every cut */
	for (size_t i = 0; i < sizeof(go_note) - 1; i++) {
		memcpy(copy, go_note, sizeof(copy));
		copy[i] ^= 1;
		test_assert_idx(pix_note_verify(copy, sizeof(copy) - 1, &verifier, &len) != PIX_NOTE_OK, i);
		test_assert_idx(pix_note_verify(go_note, i, &verifier, &len) != PIX_NOTE_OK, i);
	}
	test_end();
}

static void test_note_vkey(void)
{
	static const char *const wrong[] = {
		"", "+", "++", "a+b+c",
		"PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
		"PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10T",
		"PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWxxxx",
		"Peter Neumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
		"PeterNeumann+C74F20A3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
	};
	struct pix_note_verifier verifier;
	char error[PIX_ERR_SIZE], out[PIX_NOTE_VKEY_MAX];

	test_begin("note keys");
	test_assert(pix_note_verifier_parse(t_strconcat("\n ", go_vkey, "\n", NULL),
					    &verifier, error) == 0);
	pix_note_verifier_print(&verifier, out);
	test_assert_strcmp(out, go_vkey);
	for (unsigned int i = 0; i < N_ELEMENTS(wrong); i++)
		test_assert_idx(pix_note_verifier_parse(wrong[i], &verifier, error) < 0, i);
	test_end();
}

static void test_note_sign(void)
{
	struct pix_checkpoint cp, again;
	struct pix_note_signer *signer;
	char error[PIX_ERR_SIZE], text[512], note[1024];
	size_t size, len;

	test_begin("signed checkpoint");
	signer = pix_note_signer_new("log.example.org/a", test_pem, strlen(test_pem), error);
	test_assert(signer != NULL);
	test_assert(pix_note_signer_new("a b", test_pem, strlen(test_pem), error) == NULL);
	test_assert(pix_note_signer_new("a", "x", 1, error) == NULL);
	if (signer != NULL) {
		i_zero(&cp);
		strcpy(cp.origin, "log.example.org/a");
		cp.size = 1234567890123;
		memset(cp.root.b, 7, sizeof(cp.root.b));
		test_assert(pix_checkpoint_print(&cp, text, sizeof(text)) > 0);
		size = pix_note_sign(signer, text, note, sizeof(note));
		test_assert(size > 0 && size == strlen(note));
		test_assert(pix_note_verify(note, size, pix_note_signer_verifier(signer),
					    &len) == PIX_NOTE_OK);
		test_assert(len == strlen(text) && pix_checkpoint_parse(note, len, &again) == 0);
		test_assert(again.size == cp.size && pix_hash_equal(&again.root, &cp.root));
		test_assert(pix_note_sign(signer, text, note, size) == 0);
		test_assert(pix_checkpoint_print(&cp, text, 40) == 0);
	}
	pix_note_signer_free(&signer);
	test_end();
}

static void test_checkpoint_parse(void)
{
	static const struct {
		const char *text;
		bool ok;
	} tests[] = {
		{ "a\n1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n", TRUE },
		{ "a\n1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\nextension\n", TRUE },
		{ "a\n0\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n", TRUE },
		{ "a\n01\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n", FALSE },
		{ "a\n-1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n", FALSE },
		{ "a\n99999999999999999999\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n", FALSE },
		{ "a\n1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB=\n", FALSE },
		{ "a\n1\nAAAA\n", FALSE },
		{ "\n1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n", FALSE },
		{ "a\n1\n", FALSE },
		{ "", FALSE },
	};
	struct pix_checkpoint cp;

	test_begin("checkpoint parse");
	for (unsigned int i = 0; i < N_ELEMENTS(tests); i++) {
		test_assert_idx((pix_checkpoint_parse(tests[i].text, strlen(tests[i].text),
						      &cp) == 0) == tests[i].ok, i);
	}
	test_end();
}

int main(void)
{
	static void (*const test_functions[])(void) = {
		test_note_go,
		test_note_vkey,
		test_note_sign,
		test_checkpoint_parse,
		NULL
	};
	return test_run(test_functions);
}
