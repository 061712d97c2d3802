/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-token-cache.h"
#include "hash.h"
#include "llist.h"

struct token_cache_node {
	struct token_cache_node *prev, *next;
	pool_t pool;
	size_t size;
	int64_t until;
	unsigned char key[PIX_TOKEN_CACHE_KEY_SIZE];
	struct pix_token_entry entry;
};

struct pix_token_cache {
	HASH_TABLE(const unsigned char *, struct token_cache_node *) nodes;
	/* most recently used first */
	struct token_cache_node *head, *tail;
	size_t size, max_size;
};

/* The key is a hash already. */
static unsigned int token_cache_hash(const unsigned char *key)
{
	unsigned int hash;

	memcpy(&hash, key, sizeof(hash));
	return hash;
}

static int token_cache_cmp(const unsigned char *a, const unsigned char *b)
{
	/* only used to tell equal from other */
	return mem_equals_timing_safe(a, b, PIX_TOKEN_CACHE_KEY_SIZE) ? 0 : 1;
}

struct pix_token_cache *pix_token_cache_init(size_t max_size)
{
	struct pix_token_cache *cache = i_new(struct pix_token_cache, 1);

	cache->max_size = max_size;
	hash_table_create(&cache->nodes, default_pool, 0,
			  token_cache_hash, token_cache_cmp);
	return cache;
}

static void
token_cache_drop(struct pix_token_cache *cache, struct token_cache_node *node)
{
	const unsigned char *key = node->key;

	hash_table_remove(cache->nodes, key);
	DLLIST2_REMOVE(&cache->head, &cache->tail, node);
	cache->size -= node->size;
	pool_unref(&node->pool);
}

void pix_token_cache_deinit(struct pix_token_cache **_cache)
{
	struct pix_token_cache *cache = *_cache;

	if (cache == NULL)
		return;
	*_cache = NULL;
	while (cache->tail != NULL)
		token_cache_drop(cache, cache->tail);
	hash_table_destroy(&cache->nodes);
	i_free(cache);
}

const struct pix_token_entry *
pix_token_cache_lookup(struct pix_token_cache *cache,
		       const unsigned char key[PIX_TOKEN_CACHE_KEY_SIZE], int64_t now)
{
	struct token_cache_node *node = hash_table_lookup(cache->nodes, key);

	if (node == NULL)
		return NULL;
	if (node->until <= now) {
		token_cache_drop(cache, node);
		return NULL;
	}
	DLLIST2_REMOVE(&cache->head, &cache->tail, node);
	DLLIST2_PREPEND(&cache->head, &cache->tail, node);
	return &node->entry;
}

void pix_token_identity_copy(pool_t pool, const struct pix_jwt_identity *id,
			     struct pix_jwt_identity *copy)
{
	*copy = *id;
	copy->user = p_strdup(pool, id->user);
	copy->subject = p_strdup(pool, id->subject);
	copy->jti = p_strdup(pool, id->jti);
	copy->sid = p_strdup(pool, id->sid);
	copy->client = p_strdup(pool, id->client);
	copy->fields = p_strarray_dup(pool, id->fields);
}

void pix_token_cache_insert(struct pix_token_cache *cache,
			    const unsigned char key[PIX_TOKEN_CACHE_KEY_SIZE],
			    const struct pix_token_entry *entry, int64_t until)
{
	pool_t pool = pool_alloconly_create("pix token", 768);
	struct token_cache_node *node = p_new(pool, struct token_cache_node, 1);
	const unsigned char *node_key = node->key;

	pix_token_cache_remove(cache, key);
	node->pool = pool;
	node->until = until;
	memcpy(node->key, key, sizeof(node->key));
	node->entry = *entry;
	if (entry->id != NULL) {
		struct pix_jwt_identity *id = p_new(pool, struct pix_jwt_identity, 1);

		pix_token_identity_copy(pool, entry->id, id);
		node->entry.id = id;
	}
	/* and what the table needs for it */
	node->size = pool_alloconly_get_total_alloc_size(pool) + 64;
	cache->size += node->size;
	hash_table_insert(cache->nodes, node_key, node);
	DLLIST2_PREPEND(&cache->head, &cache->tail, node);
	while (cache->size > cache->max_size)
		token_cache_drop(cache, cache->tail);
}

void pix_token_cache_remove(struct pix_token_cache *cache,
			    const unsigned char key[PIX_TOKEN_CACHE_KEY_SIZE])
{
	struct token_cache_node *node = hash_table_lookup(cache->nodes, key);

	if (node != NULL)
		token_cache_drop(cache, node);
}

unsigned int pix_token_cache_count(const struct pix_token_cache *cache)
{
	return hash_table_count(cache->nodes);
}
