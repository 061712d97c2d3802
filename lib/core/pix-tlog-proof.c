/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-tlog-proof.h"

#include <inttypes.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PIX_TLOG_PROOF_HEAD "c2sp.org/tlog-proof@v1\n"

size_t pix_tlog_proof_print(uint64_t index, const void *leaf, size_t leaf_size,
			    const struct pix_hash *hashes, unsigned int count,
			    const char *note, char *out, size_t out_size)
{
	size_t b64_size = (leaf_size + 2) / 3 * 4, pos;
	size_t need = sizeof(PIX_TLOG_PROOF_HEAD) + b64_size + 64 +
		count * 45 + strlen(note);

	if (need > out_size)
		return 0;
	pos = (size_t)sprintf(out, PIX_TLOG_PROOF_HEAD "extra ");
	pix_base64_enc(leaf, leaf_size, out + pos);
	pos += b64_size;
	pos += (size_t)sprintf(out + pos, "\nindex %" PRIu64 "\n", index);
	for (unsigned int i = 0; i < count; i++) {
		pix_base64_enc(hashes[i].b, PIX_HASH_SIZE, out + pos);
		pos += 44;
		out[pos++] = '\n';
	}
	pos += (size_t)sprintf(out + pos, "\n%s", note);
	return pos;
}

/* The next line without its LF; NULL at the end. */
static const char *pix_tlog_line(const char **p, const char *end, size_t *len_r)
{
	const char *line = *p, *eol = line < end ? memchr(line, '\n', (size_t)(end - line)) : NULL;

	if (eol == NULL)
		return NULL;
	*len_r = (size_t)(eol - line);
	*p = eol + 1;
	return line;
}

/* base64 of any length, the one form only */
static int
pix_tlog_leaf(const char *b64, size_t len, unsigned char *leaf, size_t max)
{
	size_t pos = 0, out = 0;

	while (pos < len) {
		size_t part = len - pos > 1024 ? 1024 : len - pos;
		int ret = pix_base64_dec(b64 + pos, part, leaf + out, max - out);

		/* padding may stand only at the end */
		if (ret < 0 || (pos + part < len && ret != 768))
			return -1;
		pos += part;
		out += (size_t)ret;
	}
	return (int)out;
}

static int
pix_tlog_index(const char *line, size_t len, uint64_t *index_r)
{
	uint64_t num = 0;

	if (len < 7 || len > 6 + 19 || memcmp(line, "index ", 6) != 0 ||
	    (len > 7 && line[6] == '0'))
		return -1;
	for (size_t i = 6; i < len; i++) {
		if (line[i] < '0' || line[i] > '9')
			return -1;
		num = num * 10 + (uint64_t)(line[i] - '0');
	}
	*index_r = num;
	return 0;
}

int pix_tlog_proof_verify(const char *data, size_t size,
			  const struct pix_note_verifier *key,
			  unsigned char *leaf, size_t leaf_max,
			  struct pix_tlog_proof *proof_r, char error_r[PIX_ERR_SIZE])
{
	const char *p = data + strlen(PIX_TLOG_PROOF_HEAD), *end = data + size, *line;
	struct pix_hash hashes[PIX_MERKLE_MAX_PROOF], hash;
	struct pix_hasher *hasher;
	enum pix_note_result result;
	unsigned int count = 0;
	size_t len, text_len;
	int ret;
	bool ok;

	memset(proof_r, 0, sizeof(*proof_r));
	snprintf(error_r, PIX_ERR_SIZE, "not a proof of a record");
	if (size < strlen(PIX_TLOG_PROOF_HEAD) ||
	    memcmp(data, PIX_TLOG_PROOF_HEAD, strlen(PIX_TLOG_PROOF_HEAD)) != 0 ||
	    (line = pix_tlog_line(&p, end, &len)) == NULL ||
	    len < 6 || memcmp(line, "extra ", 6) != 0 ||
	    (ret = pix_tlog_leaf(line + 6, len - 6, leaf, leaf_max)) < 0)
		return -1;
	proof_r->leaf = leaf;
	proof_r->leaf_size = (size_t)ret;
	if ((line = pix_tlog_line(&p, end, &len)) == NULL ||
	    pix_tlog_index(line, len, &proof_r->index) < 0)
		return -1;
	while ((line = pix_tlog_line(&p, end, &len)) != NULL && len > 0) {
		if (count == PIX_MERKLE_MAX_PROOF ||
		    pix_base64_dec(line, len, hashes[count].b, PIX_HASH_SIZE) != PIX_HASH_SIZE)
			return -1;
		count++;
	}
	result = line == NULL ? PIX_NOTE_MALFORMED :
		pix_note_verify(p, (size_t)(end - p), key, &text_len);
	if (result != PIX_NOTE_OK) {
		snprintf(error_r, PIX_ERR_SIZE, "checkpoint: %s", pix_note_result_text(result));
		return -1;
	}
	if (pix_checkpoint_parse(p, text_len, &proof_r->checkpoint) < 0 ||
	    strcmp(proof_r->checkpoint.origin, key->name) != 0) {
		snprintf(error_r, PIX_ERR_SIZE, "checkpoint: not of the log %s", key->name);
		return -1;
	}
	hasher = pix_hasher_new();
	if (hasher == NULL)
		abort();
	pix_merkle_leaf(hasher, leaf, proof_r->leaf_size, &hash);
	ok = pix_merkle_inclusion_verify(hasher, proof_r->index, proof_r->checkpoint.size,
					 &hash, hashes, count, &proof_r->checkpoint.root);
	pix_hasher_free(&hasher);
	if (!ok)
		snprintf(error_r, PIX_ERR_SIZE, "the record isn't in the log that was signed");
	return ok ? 0 : -1;
}
