/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */
#ifndef PIX_NOTE_H
#define PIX_NOTE_H

/* Signed notes (C2SP signed-note) with Ed25519, and the checkpoints of a tlog
   (C2SP tlog-checkpoint). Pure C and OpenSSL, like pix-merkle.h. */

#include "pix-merkle.h"

#define PIX_NOTE_NAME_MAX 200
/* a note with its signatures is never larger, in bytes */
#define PIX_NOTE_MAX 8192
#define PIX_ED25519_SIZE 32
#define PIX_ED25519_SIG_SIZE 64

/* A public key of a known name. */
struct pix_note_verifier {
	char name[PIX_NOTE_NAME_MAX + 1];
	unsigned char id[4];
	unsigned char key[PIX_ED25519_SIZE];
};

struct pix_note_signer;

struct pix_checkpoint {
	char origin[PIX_NOTE_NAME_MAX + 1];
	uint64_t size;
	struct pix_hash root;
};

/* A name of a key: 1..200 bytes, no space, no control character, no '+'. */
bool pix_note_name_ok(const char *name);
/* Reads the PEM text of an Ed25519 private key. NULL and error_r. The name is
   copied. */
struct pix_note_signer *
pix_note_signer_new(const char *name, const char *pem, size_t pem_size,
		    char error_r[PIX_ERR_SIZE]);
void pix_note_signer_free(struct pix_note_signer **signer);
const struct pix_note_verifier *
pix_note_signer_verifier(const struct pix_note_signer *signer);

/* Fills id from name and key. */
void pix_note_verifier_init(struct pix_note_verifier *verifier, const char *name,
			    const unsigned char key[PIX_ED25519_SIZE]);
/* The form "name+id+base64" of a public key ("vkey"), as in Go's
   golang.org/x/mod/sumdb/note. White space around it is ignored. Returns 0 or -1
   and error_r. */
int pix_note_verifier_parse(const char *vkey, struct pix_note_verifier *verifier_r,
			    char error_r[PIX_ERR_SIZE]);
#define PIX_NOTE_VKEY_MAX (PIX_NOTE_NAME_MAX + 96)
void pix_note_verifier_print(const struct pix_note_verifier *verifier,
			     char out[PIX_NOTE_VKEY_MAX]);

/* Writes text (ends with LF), an empty line and our signature. Returns the
   length, or 0 if it doesn't fit. out is NUL-terminated. */
size_t pix_note_sign(const struct pix_note_signer *signer, const char *text,
		     char *out, size_t out_size);

enum pix_note_result {
	PIX_NOTE_OK,
	PIX_NOTE_MALFORMED,
	/* no signature line of this key */
	PIX_NOTE_UNSIGNED,
	/* a signature line of this key that doesn't verify */
	PIX_NOTE_BAD_SIGNATURE,
};
/* Finds the signature of verifier and checks it. text_len_r: bytes of the
   signed text with its last LF. */
enum pix_note_result
pix_note_verify(const char *note, size_t size,
		const struct pix_note_verifier *verifier, size_t *text_len_r);
const char *pix_note_result_text(enum pix_note_result result);

/* Text of a checkpoint. Returns the length, or 0 if it doesn't fit. */
size_t pix_checkpoint_print(const struct pix_checkpoint *cp, char *out, size_t size);
/* Parses the first three lines; more lines (extensions) are accepted. Returns 0 or -1. */
int pix_checkpoint_parse(const char *text, size_t size,
			 struct pix_checkpoint *cp_r);

/* Strict base64 (RFC 4648 §4). Encoding: out needs 4 * ((size + 2) / 3) + 1.
   Decoding returns the length, or -1; out needs max bytes. */
void pix_base64_enc(const void *data, size_t size, char *out);
int pix_base64_dec(const char *in, size_t len, unsigned char *out, size_t max);

#endif
