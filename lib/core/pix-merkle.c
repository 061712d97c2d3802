/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-merkle.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

struct pix_hasher {
	EVP_MD *md;
	EVP_MD_CTX *ctx;
};

struct pix_hasher *pix_hasher_new(void)
{
	struct pix_hasher *hasher = calloc(1, sizeof(*hasher));

	if (hasher == NULL)
		return NULL;
	/* fetched once: a fetch by name for each hash costs more than the hash */
	hasher->md = EVP_MD_fetch(NULL, "SHA256", NULL);
	hasher->ctx = EVP_MD_CTX_new();
	if (hasher->md == NULL || hasher->ctx == NULL ||
	    EVP_DigestInit_ex2(hasher->ctx, hasher->md, NULL) != 1)
		pix_hasher_free(&hasher);
	return hasher;
}

void pix_hasher_free(struct pix_hasher **_hasher)
{
	struct pix_hasher *hasher = *_hasher;

	if (hasher == NULL)
		return;
	*_hasher = NULL;
	EVP_MD_CTX_free(hasher->ctx);
	EVP_MD_free(hasher->md);
	free(hasher);
}

static void
pix_hash_parts(struct pix_hasher *hasher, const void *a, size_t a_size,
	       const void *b, size_t b_size, struct pix_hash *hash_r)
{
	if (EVP_DigestInit_ex2(hasher->ctx, NULL, NULL) != 1 ||
	    EVP_DigestUpdate(hasher->ctx, a, a_size) != 1 ||
	    EVP_DigestUpdate(hasher->ctx, b, b_size) != 1 ||
	    EVP_DigestFinal_ex(hasher->ctx, hash_r->b, NULL) != 1) {
		/* SHA-256 over memory can't fail; a log with made-up hashes
		   would be worse than none */
		abort();
	}
}

void pix_hash_bytes(struct pix_hasher *hasher, const void *data, size_t size,
		    struct pix_hash *hash_r)
{
	pix_hash_parts(hasher, data, size, "", 0, hash_r);
}

void pix_merkle_leaf(struct pix_hasher *hasher, const void *data, size_t size,
		     struct pix_hash *hash_r)
{
	static const unsigned char prefix = 0x00;

	pix_hash_parts(hasher, &prefix, 1, data, size, hash_r);
}

void pix_merkle_node(struct pix_hasher *hasher, const struct pix_hash *left,
		     const struct pix_hash *right, struct pix_hash *hash_r)
{
	unsigned char buf[1 + 2 * PIX_HASH_SIZE];

	buf[0] = 0x01;
	memcpy(buf + 1, left->b, PIX_HASH_SIZE);
	memcpy(buf + 1 + PIX_HASH_SIZE, right->b, PIX_HASH_SIZE);
	pix_hash_parts(hasher, buf, sizeof(buf), "", 0, hash_r);
}

bool pix_hash_equal(const struct pix_hash *a, const struct pix_hash *b)
{
	return CRYPTO_memcmp(a->b, b->b, PIX_HASH_SIZE) == 0;
}

void pix_merkle_append(struct pix_hasher *hasher, struct pix_merkle_tree *tree,
		       unsigned int level, const struct pix_hash *hash,
		       pix_merkle_tile_hash_t *func, void *context)
{
	unsigned int bit = level * PIX_TILE_HEIGHT;
	struct pix_hash h = *hash;

	if (func != NULL)
		func(context, level, &h);
	for (; (tree->size >> bit & 1) != 0; ) {
		pix_merkle_node(hasher, &tree->stack[bit], &h, &h);
		bit++;
		if (bit % PIX_TILE_HEIGHT == 0 && func != NULL)
			func(context, bit / PIX_TILE_HEIGHT, &h);
	}
	tree->stack[bit] = h;
	tree->size += (uint64_t)1 << (level * PIX_TILE_HEIGHT);
}

void pix_merkle_root(struct pix_hasher *hasher,
		     const struct pix_merkle_tree *tree, struct pix_hash *root_r)
{
	bool have = false;

	if (tree->size == 0) {
		pix_hash_bytes(hasher, "", 0, root_r);
		return;
	}
	for (unsigned int bit = 0; bit < 64; bit++) {
		if ((tree->size >> bit & 1) == 0)
			continue;
		if (!have)
			*root_r = tree->stack[bit];
		else
			pix_merkle_node(hasher, &tree->stack[bit], root_r, root_r);
		have = true;
	}
}

void pix_merkle_subtree(struct pix_hasher *hasher, const struct pix_hash *hashes,
			unsigned int count, struct pix_hash *root_r)
{
	struct pix_hash work[PIX_TILE_WIDTH];

	if (count == 1) {
		*root_r = hashes[0];
		return;
	}
	for (unsigned int i = 0; i < count / 2; i++)
		pix_merkle_node(hasher, &hashes[2 * i], &hashes[2 * i + 1], &work[i]);
	for (count /= 2; count > 1; count /= 2) {
		for (unsigned int i = 0; i < count / 2; i++)
			pix_merkle_node(hasher, &work[2 * i], &work[2 * i + 1], &work[i]);
	}
	*root_r = work[0];
}
