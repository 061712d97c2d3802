/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-merkle.h"

/* MTH of the leaves begin..end, of which begin is a multiple of the largest
   power of two below end - begin, as in every range of RFC 9162. */
static int
pix_merkle_range(struct pix_hasher *hasher, uint64_t begin, uint64_t end,
		 pix_merkle_read_t *read, void *context, struct pix_hash *root_r)
{
	struct pix_hash part[64];
	unsigned int count = 0;

	while (begin < end) {
		unsigned int level = 63 - (unsigned int)__builtin_clzll(end - begin);

		if (read(context, level, begin >> level, &part[count++]) < 0)
			return -1;
		begin += (uint64_t)1 << level;
	}
	*root_r = part[--count];
	while (count > 0) {
		count--;
		pix_merkle_node(hasher, &part[count], root_r, root_r);
	}
	return 0;
}

int pix_merkle_root_read(struct pix_hasher *hasher, uint64_t size,
			 pix_merkle_read_t *read, void *context,
			 struct pix_hash *root_r)
{
	if (size == 0) {
		pix_hash_bytes(hasher, "", 0, root_r);
		return 0;
	}
	return pix_merkle_range(hasher, 0, size, read, context, root_r);
}

/* The largest power of two smaller than n (n > 1). */
static uint64_t pix_merkle_split(uint64_t n)
{
	return (uint64_t)1 << (63 - (unsigned int)__builtin_clzll(n - 1));
}

static void
pix_merkle_reverse(struct pix_hash *hashes, unsigned int count)
{
	for (unsigned int i = 0; i < count / 2; i++) {
		struct pix_hash tmp = hashes[i];

		hashes[i] = hashes[count - 1 - i];
		hashes[count - 1 - i] = tmp;
	}
}

int pix_merkle_inclusion(struct pix_hasher *hasher, uint64_t index, uint64_t size,
			 pix_merkle_read_t *read, void *context,
			 struct pix_hash proof_r[PIX_MERKLE_MAX_PROOF])
{
	uint64_t begin = 0, end = size;
	unsigned int count = 0;

	/* from the root downwards: the last hash of the proof comes first */
	while (end - begin > 1) {
		uint64_t mid = begin + pix_merkle_split(end - begin);
		int ret;

		if (index < mid) {
			ret = pix_merkle_range(hasher, mid, end, read, context,
					       &proof_r[count]);
			end = mid;
		} else {
			ret = pix_merkle_range(hasher, begin, mid, read, context,
					       &proof_r[count]);
			begin = mid;
		}
		if (ret < 0)
			return -1;
		count++;
	}
	pix_merkle_reverse(proof_r, count);
	return (int)count;
}

bool pix_merkle_inclusion_verify(struct pix_hasher *hasher, uint64_t index,
				 uint64_t size, const struct pix_hash *leaf,
				 const struct pix_hash *proof, unsigned int count,
				 const struct pix_hash *root)
{
	uint64_t fn = index, sn = size - 1;
	struct pix_hash r = *leaf;

	if (index >= size)
		return false;
	for (unsigned int i = 0; i < count; i++) {
		if (sn == 0)
			return false;
		if ((fn & 1) != 0 || fn == sn) {
			pix_merkle_node(hasher, &proof[i], &r, &r);
			while ((fn & 1) == 0 && fn != 0) {
				fn >>= 1;
				sn >>= 1;
			}
		} else {
			pix_merkle_node(hasher, &r, &proof[i], &r);
		}
		fn >>= 1;
		sn >>= 1;
	}
	return sn == 0 && pix_hash_equal(&r, root);
}

int pix_merkle_consistency(struct pix_hasher *hasher, uint64_t old_size,
			   uint64_t size, pix_merkle_read_t *read, void *context,
			   struct pix_hash proof_r[PIX_MERKLE_MAX_PROOF])
{
	uint64_t begin = 0, end = size, m = old_size;
	unsigned int count = 0;
	bool whole = true;

	if (m == size)
		return 0;
	/* SUBPROOF of RFC 9162 §2.1.4.1, from the root downwards */
	while (m != end) {
		uint64_t mid = begin + pix_merkle_split(end - begin);
		int ret;

		if (m <= mid) {
			ret = pix_merkle_range(hasher, mid, end, read, context,
					       &proof_r[count]);
			end = mid;
		} else {
			ret = pix_merkle_range(hasher, begin, mid, read, context,
					       &proof_r[count]);
			begin = mid;
			whole = false;
		}
		if (ret < 0)
			return -1;
		count++;
	}
	if (!whole) {
		if (pix_merkle_range(hasher, begin, end, read, context,
				     &proof_r[count]) < 0)
			return -1;
		count++;
	}
	pix_merkle_reverse(proof_r, count);
	return (int)count;
}

bool pix_merkle_consistency_verify(struct pix_hasher *hasher, uint64_t old_size,
				   uint64_t size, const struct pix_hash *old_root,
				   const struct pix_hash *root,
				   const struct pix_hash *proof,
				   unsigned int count)
{
	uint64_t fn = old_size - 1, sn = size - 1;
	struct pix_hash fr, sr;
	unsigned int i = 0;

	if (old_size == 0 || old_size > size)
		return false;
	if (old_size == size)
		return count == 0 && pix_hash_equal(old_root, root);
	if (count == 0)
		return false;
	if ((old_size & (old_size - 1)) == 0)
		fr = *old_root;
	else
		fr = proof[i++];
	sr = fr;
	while ((fn & 1) != 0) {
		fn >>= 1;
		sn >>= 1;
	}
	for (; i < count; i++) {
		if (sn == 0)
			return false;
		if ((fn & 1) != 0 || fn == sn) {
			pix_merkle_node(hasher, &proof[i], &fr, &fr);
			pix_merkle_node(hasher, &proof[i], &sr, &sr);
			while ((fn & 1) == 0 && fn != 0) {
				fn >>= 1;
				sn >>= 1;
			}
		} else {
			pix_merkle_node(hasher, &sr, &proof[i], &sr);
		}
		fn >>= 1;
		sn >>= 1;
	}
	return sn == 0 && pix_hash_equal(&fr, old_root) && pix_hash_equal(&sr, root);
}
