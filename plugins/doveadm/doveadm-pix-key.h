/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */
#ifndef DOVEADM_PIX_KEY_H
#define DOVEADM_PIX_KEY_H

#include "pix-doveadm.h"

#include <sys/stat.h>

/* The key files of the suite: root-only, read by their service before it drops
   root. docs/guides/keys.md. */

#define PIX_KEY_RANDOM_SIZE 32

enum pix_key_kind {
	/* 32 random bytes; old keys, if any, lie beside it as NAME-<time>.key */
	PIX_KEY_RANDOM,
	/* Ed25519 in PEM (PKCS #8) */
	PIX_KEY_ED25519,
};

struct pix_key {
	const char *name, *setting;
	enum pix_key_kind kind;
	/* what reads it */
	const char *service;
	/* why it can't be rotated, and what to do instead; NULL: the service
	   reads the old keys beside the new one */
	const char *fixed;
};

/* NULL-name-terminated. */
extern const struct pix_key pix_keys[];

/* The key that the command's argument names, or NULL after pix_doveadm_fail(). */
const struct pix_key *doveadm_pix_key_arg(struct doveadm_cmd_context *cctx);
/* Where it is, as the configuration (option -c or the default) says. Data stack. */
const char *doveadm_pix_key_path(struct doveadm_cmd_context *cctx,
				 const struct pix_key *key);
/* Makes a new key in the file path, which must not exist, mode 0600; its folder
   is made with mode 0700. FALSE after pix_doveadm_fail(). */
bool doveadm_pix_key_make(const struct pix_key *key, const char *path);
/* Word for the state of the file: "ok", or what is wrong with it. */
const char *doveadm_pix_key_state(const char *path, struct stat *st_r);
/* Short fingerprint that tells keys apart and nothing more; "" if the file
   can't be read. Data stack. */
const char *doveadm_pix_key_id(const struct pix_key *key, const char *path);

extern struct doveadm_cmd_ver2 doveadm_pix_cmd_key_create;
extern struct doveadm_cmd_ver2 doveadm_pix_cmd_key_list;
extern struct doveadm_cmd_ver2 doveadm_pix_cmd_key_rotate;
extern struct doveadm_cmd_ver2 doveadm_pix_cmd_key_export;

#endif
