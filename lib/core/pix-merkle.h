/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */
#ifndef PIX_MERKLE_H
#define PIX_MERKLE_H

/* The Merkle tree of the audit log (RFC 6962 §2.1, RFC 9162 §2.1) cut into the
   tiles of C2SP tlog-tiles. Pure C and OpenSSL: the stand-alone verifier links
   this without Dovecot (docs/design/decisions/audit-verify-alone.md). */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PIX_HASH_SIZE 32
#define PIX_TILE_HEIGHT 8
#define PIX_TILE_WIDTH 256
/* levels of tiles that a 64 bit size can have */
#define PIX_TILE_LEVELS 8
/* Size of the buffers for error texts. */
#define PIX_ERR_SIZE 512

struct pix_hash {
	unsigned char b[PIX_HASH_SIZE];
};

/* A reusable SHA-256 context. */
struct pix_hasher;
/* NULL only without memory or SHA-256. */
struct pix_hasher *pix_hasher_new(void);
void pix_hasher_free(struct pix_hasher **hasher);

void pix_hash_bytes(struct pix_hasher *hasher, const void *data, size_t size,
		    struct pix_hash *hash_r);
/* RFC 6962 §2.1: SHA-256(0x00 || data) */
void pix_merkle_leaf(struct pix_hasher *hasher, const void *data, size_t size,
		     struct pix_hash *hash_r);
/* RFC 6962 §2.1: SHA-256(0x01 || left || right); hash_r may be left or right */
void pix_merkle_node(struct pix_hasher *hasher, const struct pix_hash *left,
		     const struct pix_hash *right, struct pix_hash *hash_r);
bool pix_hash_equal(const struct pix_hash *a, const struct pix_hash *b);

/* The right edge of a growing tree: all that appending needs. */
struct pix_merkle_tree {
	uint64_t size;
	/* stack[i] is valid if bit i of size is set: the root of the complete
	   subtree of 2^i leaves */
	struct pix_hash stack[64];
};

/* A complete subtree of 256^level leaves became known while appending. */
typedef void pix_merkle_tile_hash_t(void *context, unsigned int level,
				    const struct pix_hash *hash);
/* Appends the hash of a subtree of 256^level leaves (level 0: a leaf). The size
   must be a multiple of 256^level. func (may be NULL) is called for it and
   for each subtree of a tile that it completes, lowest level first. */
void pix_merkle_append(struct pix_hasher *hasher, struct pix_merkle_tree *tree,
		       unsigned int level, const struct pix_hash *hash,
		       pix_merkle_tile_hash_t *func, void *context);
/* RFC 6962 §2.1: MTH(D[n]) */
void pix_merkle_root(struct pix_hasher *hasher,
		     const struct pix_merkle_tree *tree, struct pix_hash *root_r);
/* Root of the complete subtree over count hashes (a power of two). */
void pix_merkle_subtree(struct pix_hasher *hasher, const struct pix_hash *hashes,
			unsigned int count, struct pix_hash *root_r);

/* Gives the root of the complete subtree of 2^level leaves that begins with
   leaf index << level. Returns 0 or -1. */
typedef int pix_merkle_read_t(void *context, unsigned int level, uint64_t index,
			      struct pix_hash *hash_r);

#define PIX_MERKLE_MAX_PROOF 64
/* RFC 9162 §2.1.3.1: the inclusion proof of leaf index in the tree of the first
   size leaves (index < size). Returns the number of hashes, or -1 when
   read failed. */
int pix_merkle_inclusion(struct pix_hasher *hasher, uint64_t index, uint64_t size,
			 pix_merkle_read_t *read, void *context,
			 struct pix_hash proof_r[PIX_MERKLE_MAX_PROOF]);
/* RFC 9162 §2.1.3.2 */
bool pix_merkle_inclusion_verify(struct pix_hasher *hasher, uint64_t index,
				 uint64_t size, const struct pix_hash *leaf,
				 const struct pix_hash *proof, unsigned int count,
				 const struct pix_hash *root);
/* Root of the tree of the first size leaves, by subtrees. Returns 0 or -1. */
int pix_merkle_root_read(struct pix_hasher *hasher, uint64_t size,
			 pix_merkle_read_t *read, void *context,
			 struct pix_hash *root_r);
/* RFC 9162 §2.1.4.1: consistency of the first old_size leaves with the first
   size leaves (0 < old_size <= size). Returns the count, or -1. */
int pix_merkle_consistency(struct pix_hasher *hasher, uint64_t old_size,
			   uint64_t size, pix_merkle_read_t *read, void *context,
			   struct pix_hash proof_r[PIX_MERKLE_MAX_PROOF]);
/* RFC 9162 §2.1.4.2 */
bool pix_merkle_consistency_verify(struct pix_hasher *hasher, uint64_t old_size,
				   uint64_t size, const struct pix_hash *old_root,
				   const struct pix_hash *root,
				   const struct pix_hash *proof,
				   unsigned int count);

#endif
