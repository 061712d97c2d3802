/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */
#ifndef PIX_AUDIT_DIGEST_H
#define PIX_AUDIT_DIGEST_H

#include "pix-core.h"

#define PIX_AUDIT_DIGEST_SIZE 32
/* bytes of the header that are kept to be looked into */
#define PIX_AUDIT_HEADER_MAX (64 * 1024)

/* What is said of a message that passes by in pieces, with LF or CRLF: the
   SHA-256 and the size of its CRLF form, which are those of IMAP BODY[], and
   the header. */
struct pix_audit_digest;

struct pix_audit_digest *pix_audit_digest_new(void);
void pix_audit_digest_free(struct pix_audit_digest **digest);
void pix_audit_digest_more(struct pix_audit_digest *digest,
			   const void *data, size_t size);
/* Ends the message; once. */
void pix_audit_digest_finish(struct pix_audit_digest *digest,
			     unsigned char sha256_r[PIX_AUDIT_DIGEST_SIZE],
			     uint64_t *size_r);
/* The header as it came, without the empty line; NUL-terminated. Cut at
   PIX_AUDIT_HEADER_MAX. */
const char *pix_audit_digest_header(const struct pix_audit_digest *digest,
				    size_t *size_r);
/* Value of the first field of that name (RFC 5322 §2.2), unfolded, control
   characters dropped, at most max bytes; NULL without one. Data stack. */
const char *pix_audit_header_find(const char *header, size_t size,
				  const char *name, size_t max);

#endif
