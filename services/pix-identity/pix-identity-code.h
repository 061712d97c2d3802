/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */
#ifndef PIX_IDENTITY_CODE_H
#define PIX_IDENTITY_CODE_H

#include "pix-identity.h"
#include "pix-identity-store.h"
#include "pix-mfa-code.h"

/* Rows of the kinds "recovery-code" (one row holds the set of a user) and
   "access-pass". Codes are kept as keyed hashes. */
#define PIX_RECOVERY_KIND "recovery-code"
#define PIX_ACCESS_PASS_KIND "access-pass"

/* "kid:hash" of a code of the owner. Data stack. */
const char *pix_code_hash(struct pix_identity *identity, unsigned int key,
			  const char *kind, const char *owner, const char *code);
/* TRUE if the code is an unused one of the row; then used_r is the row after its
   use, with data of its own. */
bool pix_code_use(struct pix_identity *identity, const struct pix_row *row,
		  enum pix_mfa_code_kind kind, const char *code, time_t now,
		  const char *rip, struct pix_row *used_r);
/* Codes of a recovery row that can still be used. */
unsigned int pix_code_left(const struct pix_row *row);

#endif
