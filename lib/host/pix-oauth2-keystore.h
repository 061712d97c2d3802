/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */
#ifndef PIX_OAUTH2_KEYSTORE_H
#define PIX_OAUTH2_KEYSTORE_H

/* The last good keys of each issuer on disk (docs/protocol/oauth2-state.md): one
   JSON file an issuer in pix_oauth2_state_dir. auth writes it, "doveadm pix issuer"
   reads it and writes it too; the newer one wins. */

#include "pix-jwks.h"

struct pix_oauth2_stored {
	/* set with one reference */
	struct pix_jwks *keys;
	/* what the issuer calls its configuration; may be NULL */
	const char *jwks_uri, *introspection_endpoint, *config_url;
	/* when the keys were last fetched, and when they are to be next */
	time_t fetched, next;
	/* identity of the file */
	dev_t dev;
	ino_t ino;
	time_t mtime;
	long mtime_nsec;
};

/* Path of an issuer's file. From the data stack. */
const char *pix_oauth2_keystore_path(const char *dir, const char *issuer);

/* Returns 1, 0 if there is no file, -1 and error_r if it can't be used. If known
   is not NULL and names the file as it is now, 0 is returned as well. Strings
   are from the data stack. */
int pix_oauth2_keystore_read(const char *dir, const char *issuer,
			     const struct pix_oauth2_stored *known,
			     struct pix_oauth2_stored *stored_r,
			     const char **error_r);

/* Writes keys as the issuer sent them (a JWK Set) by rename. Fills in the
   identity of the new file. Returns 0, or -1 and error_r. */
int pix_oauth2_keystore_write(const char *dir, const char *issuer,
			      const void *jwks, size_t jwks_size,
			      struct pix_oauth2_stored *stored,
			      const char **error_r);

/* Makes the folder for the uid that auth will have (as root, in preinit). Does
   nothing if it is there. Returns 0, or -1 and error_r. */
int pix_oauth2_keystore_prepare(const char *dir, uid_t uid, gid_t gid,
				const char **error_r);

#endif
