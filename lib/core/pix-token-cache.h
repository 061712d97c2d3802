/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */
#ifndef PIX_TOKEN_CACHE_H
#define PIX_TOKEN_CACHE_H

#include "pix-jwt.h"

#define PIX_TOKEN_CACHE_KEY_SIZE 32

/* Verdicts about tokens that came before, least recently used first out. Tokens
   are known by a hash only. */
struct pix_token_cache;

struct pix_token_entry {
	enum pix_verdict verdict;
	/* for OK */
	const struct pix_jwt_identity *id;
	/* whose token it is (pointer of the caller's), and what its keys were:
	   the caller compares */
	void *issuer;
	unsigned int generation;
};

/* Copies with all strings. */
void pix_token_identity_copy(pool_t pool, const struct pix_jwt_identity *id,
			     struct pix_jwt_identity *copy);

/* max_size: memory for entries in bytes, > 0. */
struct pix_token_cache *pix_token_cache_init(size_t max_size);
void pix_token_cache_deinit(struct pix_token_cache **cache);

/* NULL if it isn't known, or not any more. Lives until the cache is changed. */
const struct pix_token_entry *
pix_token_cache_lookup(struct pix_token_cache *cache,
		       const unsigned char key[PIX_TOKEN_CACHE_KEY_SIZE], int64_t now);
/* Remembers a verdict until the given time, in place of an older one. entry and
   what it points to is copied, except issuer. */
void pix_token_cache_insert(struct pix_token_cache *cache,
			    const unsigned char key[PIX_TOKEN_CACHE_KEY_SIZE],
			    const struct pix_token_entry *entry, int64_t until);
/* Forgets one. */
void pix_token_cache_remove(struct pix_token_cache *cache,
			    const unsigned char key[PIX_TOKEN_CACHE_KEY_SIZE]);
unsigned int pix_token_cache_count(const struct pix_token_cache *cache);

#endif
