/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */
#ifndef PIX_IDENTITY_KEYS_H
#define PIX_IDENTITY_KEYS_H

#include "pix-keyring.h"

/* Reads the key file PATH/NAME.key, and the keys that were used before it,
   PATH/NAME-<anything>.key, which only read. Call as root. Returns 0, or -1 and
   error_r, which names the remedy. */
int pix_identity_keys_read(const char *path, struct pix_keyring **keyring_r,
			   const char **error_r);

#endif
