/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-core.h"
#include "pix-merkle.h"
#include "pix-tile.h"
#include "hex-binary.h"
#include "test-common.h"

#define MAX_LEAVES 700

static struct pix_hasher *hasher;
static struct pix_hash leaves[MAX_LEAVES];

/* RFC 6962 §2.1, word for word. */
static void mth(unsigned int begin, unsigned int end, struct pix_hash *root_r)
{
	struct pix_hash left, right;
	unsigned int k = 1;

	if (begin == end) {
		pix_hash_bytes(hasher, "", 0, root_r);
		return;
	}
	if (end - begin == 1) {
		*root_r = leaves[begin];
		return;
	}
	while (k * 2 < end - begin)
		k *= 2;
	mth(begin, begin + k, &left);
	mth(begin + k, end, &right);
	pix_merkle_node(hasher, &left, &right, root_r);
}

static int
read_hash(void *context ATTR_UNUSED, unsigned int level, uint64_t index,
	  struct pix_hash *hash_r)
{
	mth((unsigned int)(index << level), (unsigned int)((index + 1) << level), hash_r);
	return 0;
}

static const char *hex(const struct pix_hash *hash)
{
	return binary_to_hex(hash->b, sizeof(hash->b));
}

/* the test vectors of Certificate Transparency's reference implementations */
static void test_merkle_vectors(void)
{
	static const struct {
		const char *leaf, *root;
	} tests[] = {
		{ "", "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d" },
		{ "00", "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125" },
		{ "10", "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77" },
		{ "2021", "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7" },
		{ "3031", "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4" },
		{ "40414243", "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef" },
		{ "5051525354555657", "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c" },
		{ "606162636465666768696a6b6c6d6e6f", "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328" },
	};
	struct pix_merkle_tree tree;
	struct pix_hash hash;

	test_begin("merkle vectors");
	i_zero(&tree);
	pix_merkle_root(hasher, &tree, &hash);
	test_assert_strcmp(hex(&hash), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	for (unsigned int i = 0; i < N_ELEMENTS(tests); i++) {
		buffer_t *buf = t_buffer_create(32);

		if (hex_to_binary(tests[i].leaf, buf) < 0)
			i_unreached();
		pix_merkle_leaf(hasher, buf->data, buf->used, &hash);
		pix_merkle_append(hasher, &tree, 0, &hash, NULL, NULL);
		pix_merkle_root(hasher, &tree, &hash);
		test_assert_strcmp_idx(hex(&hash), tests[i].root, i);
	}
	test_end();
}

static void test_merkle_tree(void)
{
	struct pix_merkle_tree tree;
	struct pix_hash root, expected;

	test_begin("merkle root at every size");
	i_zero(&tree);
	for (unsigned int i = 0; i < MAX_LEAVES; i++) {
		pix_merkle_append(hasher, &tree, 0, &leaves[i], NULL, NULL);
		pix_merkle_root(hasher, &tree, &root);
		mth(0, i + 1, &expected);
		test_assert_idx(pix_hash_equal(&root, &expected), i);
		test_assert_idx(pix_merkle_root_read(hasher, i + 1, read_hash, NULL, &root) == 0 &&
				pix_hash_equal(&root, &expected), i);
	}
	test_end();
}

static void test_merkle_inclusion(void)
{
	static const unsigned int sizes[] = { 1, 2, 3, 7, 8, 9, 255, 256, 257, 300, 700 };
	struct pix_hash proof[PIX_MERKLE_MAX_PROOF + 1], root;

	test_begin("merkle inclusion");
	for (unsigned int s = 0; s < N_ELEMENTS(sizes); s++) {
		unsigned int size = sizes[s];

		mth(0, size, &root);
		for (unsigned int i = 0; i < size; i += size > 20 ? 13 : 1) {
			int n = pix_merkle_inclusion(hasher, i, size, read_hash, NULL, proof);

			test_assert_idx(n >= 0, size);
			test_assert_idx(pix_merkle_inclusion_verify(hasher, i, size, &leaves[i],
				proof, (unsigned int)n, &root), size);
			/* other leaf, other place, other size, longer, shorter */
			test_assert_idx(!pix_merkle_inclusion_verify(hasher, i, size,
				&leaves[(i + 1) % MAX_LEAVES], proof, (unsigned int)n, &root), size);
			test_assert_idx(size < 2 || !pix_merkle_inclusion_verify(hasher,
				(i + 1) % size, size, &leaves[i], proof, (unsigned int)n, &root), size);
			proof[n] = leaves[0];
			test_assert_idx(!pix_merkle_inclusion_verify(hasher, i, size, &leaves[i],
				proof, (unsigned int)n + 1, &root), size);
			test_assert_idx(n == 0 || !pix_merkle_inclusion_verify(hasher, i, size,
				&leaves[i], proof, (unsigned int)n - 1, &root), size);
			if (n > 0) {
				proof[n - 1].b[7] ^= 1;
				test_assert_idx(!pix_merkle_inclusion_verify(hasher, i, size,
					&leaves[i], proof, (unsigned int)n, &root), size);
			}
		}
		test_assert_idx(!pix_merkle_inclusion_verify(hasher, size, size, &leaves[0],
							     proof, 0, &root), size);
	}
	test_end();
}

static void test_merkle_consistency(void)
{
	struct pix_hash proof[PIX_MERKLE_MAX_PROOF + 1], root, old_root, other;

	test_begin("merkle consistency");
	for (unsigned int size = 1; size <= 70; size++) {
		mth(0, size, &root);
		for (unsigned int old = 1; old <= size; old++) {
			int n = pix_merkle_consistency(hasher, old, size, read_hash, NULL, proof);

			mth(0, old, &old_root);
			test_assert_idx(n >= 0 && pix_merkle_consistency_verify(hasher, old, size,
				&old_root, &root, proof, (unsigned int)n), size);
			other = old_root;
			other.b[0] ^= 1;
			test_assert_idx(!pix_merkle_consistency_verify(hasher, old, size, &other,
				&root, proof, (unsigned int)n), size);
			other = root;
			other.b[31] ^= 1;
			test_assert_idx(!pix_merkle_consistency_verify(hasher, old, size, &old_root,
				&other, proof, (unsigned int)n), size);
			if (n > 0) {
				test_assert_idx(!pix_merkle_consistency_verify(hasher, old, size,
					&old_root, &root, proof, (unsigned int)n - 1), size);
				proof[n / 2].b[3] ^= 1;
				test_assert_idx(!pix_merkle_consistency_verify(hasher, old, size,
					&old_root, &root, proof, (unsigned int)n), size);
			}
		}
		test_assert_idx(!pix_merkle_consistency_verify(hasher, 0, size, &root, &root,
							       proof, 0), size);
		test_assert_idx(!pix_merkle_consistency_verify(hasher, size + 1, size, &root,
							       &root, proof, 0), size);
	}
	test_end();
}

static void test_tile_path(void)
{
	static const struct {
		int level;
		uint64_t index;
		unsigned int width;
		const char *path;
	} tests[] = {
		{ 0, 0, 256, "tile/0/000" },
		{ 0, 999, 256, "tile/0/999" },
		{ 1, 1000, 256, "tile/1/x001/000" },
		{ 0, 1234067, 256, "tile/0/x001/x234/067" },
		{ 3, 1234067, 17, "tile/3/x001/x234/067.p/17" },
		{ PIX_TILE_ENTRIES, 5, 256, "tile/entries/005" },
		{ PIX_TILE_ENTRIES, 5000, 255, "tile/entries/x005/000.p/255" },
		{ 0, UINT64_MAX >> 8, 1, "tile/0/x072/x057/x594/x037/x927/935.p/1" },
	};
	char path[PIX_TILE_PATH_MAX];

	test_begin("tile paths");
	for (unsigned int i = 0; i < N_ELEMENTS(tests); i++) {
		pix_tile_path(tests[i].level, tests[i].index, tests[i].width, path);
		test_assert_strcmp_idx(path, tests[i].path, i);
	}
	test_end();
}

static void test_bundle(void)
{
	static const unsigned char data[] = "\0\003abc\0\0\0\001d";
	struct pix_bundle_entry entries[PIX_TILE_WIDTH];

	test_begin("entry bundle");
	test_assert(pix_bundle_parse(data, 10, 3, entries) == 0);
	test_assert(entries[0].size == 3 && entries[1].size == 0 && entries[2].data[0] == 'd');
	for (size_t i = 0; i < 10; i++)
		test_assert_idx(pix_bundle_parse(data, i, 3, entries) < 0, i);
	test_assert(pix_bundle_parse(data, 10, 2, entries) < 0);
	test_assert(pix_bundle_parse(data, 10, 4, entries) < 0);
	test_end();
}

int main(void)
{
	static void (*const test_functions[])(void) = {
		test_merkle_vectors,
		test_merkle_tree,
		test_merkle_inclusion,
		test_merkle_consistency,
		test_tile_path,
		test_bundle,
		NULL
	};
	int ret;

	hasher = pix_hasher_new();
	for (unsigned int i = 0; i < MAX_LEAVES; i++)
		pix_merkle_leaf(hasher, &i, sizeof(i), &leaves[i]);
	ret = test_run(test_functions);
	pix_hasher_free(&hasher);
	return ret;
}
