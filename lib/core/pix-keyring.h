/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */
#ifndef PIX_KEYRING_H
#define PIX_KEYRING_H

#include "pix-secret.h"

/* The keys under which a store is kept. Each master key of 32 bytes has an id,
   which is stored beside everything that was made with it; the primary key
   makes new things, all keys read old ones. Every purpose has a key of its own,
   derived from the master key by HMAC-SHA256. */
struct pix_keyring;

#define PIX_KEYRING_KEY_SIZE 32
/* Lengths in characters, without the NUL. */
#define PIX_KEYRING_KID_LEN 8
#define PIX_KEYRING_MAC_LEN 64
#define PIX_KEYRING_NONCE_SIZE 12

struct pix_keyring *pix_keyring_init(void);
void pix_keyring_deinit(struct pix_keyring **keyring);
/* Steals master, of PIX_KEYRING_KEY_SIZE bytes. The first key is the primary. */
void pix_keyring_add(struct pix_keyring *keyring, struct pix_secret *master);
unsigned int pix_keyring_count(const struct pix_keyring *keyring);
/* Id of the n-th key; 0 is the primary. */
const char *pix_keyring_kid(const struct pix_keyring *keyring, unsigned int n);

/* HMAC-SHA256 of data in hex, under the key kid. FALSE: no such key. */
bool pix_keyring_mac(struct pix_keyring *keyring, const char *kid,
		     const void *data, size_t size,
		     char mac_r[PIX_KEYRING_MAC_LEN + 1]);
/* Compares in constant time. FALSE also when there is no such key. */
bool pix_keyring_mac_ok(struct pix_keyring *keyring, const char *kid,
			const void *data, size_t size, const char *mac);
/* Keyed hash of a high-entropy secret, under the n-th key, for a look-up in an
   index: hex of PIX_KEYRING_MAC_LEN characters. purpose separates the uses. */
void pix_keyring_hash(struct pix_keyring *keyring, unsigned int n,
		      const char *purpose, const char *text,
		      char hash_r[PIX_KEYRING_MAC_LEN + 1]);

/* Encrypts with AES-256-GCM under the primary key: "kid:base64(nonce, text,
   tag)". aad binds the result to its place. nonce must be random. */
const char *t_pix_keyring_seal(struct pix_keyring *keyring, const char *aad,
			       const void *data, size_t size,
			       const unsigned char nonce[PIX_KEYRING_NONCE_SIZE]);
/* Returns 0 and a new secret, or -1 and error_r (data stack). */
int pix_keyring_open(struct pix_keyring *keyring, const char *aad,
		     const char *sealed, struct pix_secret **data_r,
		     const char **error_r);

#endif
