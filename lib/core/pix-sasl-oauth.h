/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */
#ifndef PIX_SASL_OAUTH_H
#define PIX_SASL_OAUTH_H

#include "pix-core.h"

struct pix_sasl_oauth {
	/* NULL: the client named none (OAUTHBEARER may leave it out) */
	const char *user;
	const char *token;
};

/* Reads the client's only message of OAUTHBEARER (RFC 7628 §3.1, with the gs2
   header of RFC 5801 §4) or, with xoauth2, of XOAUTH2. Returns 0, or -1 and
   error_r (static), which repeats nothing of the message. Strings of out_r live
   in pool. A token is of the characters of RFC 6750 §2.1. */
int pix_sasl_oauth_parse(pool_t pool, bool xoauth2, const void *data, size_t size,
			 struct pix_sasl_oauth *out_r, const char **error_r);

#endif
