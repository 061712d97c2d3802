/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */
#ifndef PIX_OTPAUTH_H
#define PIX_OTPAUTH_H

#include "pix-totp.h"

/* otpauth://totp/ISSUER:ACCOUNT?secret=…&issuer=…: how authenticators are told
   about a secret (the "Key Uri Format" that they all read). */

/* The URI; it holds the secret. Data stack. */
string_t *t_pix_otpauth_uri(const char *issuer, const char *account,
			    const struct pix_totp_params *params,
			    const unsigned char *secret, size_t secret_size);

struct pix_otpauth {
	/* part of the label behind the colon, decoded; data stack */
	const char *account;
	struct pix_totp_params params;
	unsigned char secret[128];
	size_t secret_size;
};

/* Parses a URI of others. Absent members have their usual values (SHA-1, 6, 30).
   Returns 0, or -1 and error_r, which repeats nothing of the input. */
int pix_otpauth_parse(const char *uri, struct pix_otpauth *otpauth_r,
		      const char **error_r);
/* Decodes a base32 secret as people write it: any case, with spaces and
   dashes, with or without padding. FALSE if it isn't one or isn't 10..128 bytes. */
bool pix_otpauth_secret(const char *text, unsigned char secret_r[128],
			size_t *size_r);

#endif
