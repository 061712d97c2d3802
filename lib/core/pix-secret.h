/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */
#ifndef PIX_SECRET_H
#define PIX_SECRET_H

#include "pix-core.h"

/* A buffer for keys, codes and passwords: it never moves without wiping what
   it leaves, and pix_secret_free() wipes it. The memory is kept out of core
   files where the system allows (MADV_DONTDUMP). */
struct pix_secret;

/* size: capacity in bytes, 1..65536; fixed for the life of the secret. */
struct pix_secret *pix_secret_new(size_t size);
/* Copies size bytes of data into a new secret. */
struct pix_secret *pix_secret_copy(const void *data, size_t size);
unsigned char *pix_secret_data(struct pix_secret *secret);
size_t pix_secret_size(const struct pix_secret *secret);
/* Wipes and frees; *secret becomes NULL. Does nothing for NULL. */
void pix_secret_free(struct pix_secret **secret);

/* Reads a key file of exactly size bytes into a new secret. The file must be
   a regular file without permissions for group and others. Returns 0, or -1
   and error_r (allocated from the data stack), which names the path and the
   remedy. */
int pix_secret_read_file(const char *path, size_t size,
			 struct pix_secret **secret_r, const char **error_r);
/* Wipes the contents of a string that lives in memory of ours. */
void pix_secret_wipe_str(char *str);
/* Wipes what a buffer holds and empties it. */
void pix_secret_wipe_buffer(buffer_t *buf);

#endif
