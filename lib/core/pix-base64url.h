/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */
#ifndef PIX_BASE64URL_H
#define PIX_BASE64URL_H

#include "pix-core.h"

/* Appends the decoded form of data to dest. Strict (RFC 7515 §2, RFC 4648 §5
   and §3.5): only the URL-safe alphabet, no padding, no white space, no length
   of 4n+1, unused bits zero. Returns FALSE, with dest as it was, for anything
   else. */
bool pix_base64url_decode(const void *data, size_t size, buffer_t *dest);
/* Appends the encoded form, without padding. */
void pix_base64url_encode(buffer_t *dest, const void *data, size_t size);

#endif
