/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */
#ifndef PIX_IDENTITY_TOKEN_H
#define PIX_IDENTITY_TOKEN_H

#include "pix-identity.h"
#include "pix-identity-store.h"
#include "pix-totp.h"

/* A row of the kind "totp". */
#define PIX_TOKEN_KIND "totp"

/* Makes the data of a new row: state "pending" or "active". secret is sealed to
   the row's id and owner. */
json_t *pix_token_new(struct pix_identity *identity, const char *id,
		      const char *owner, const struct pix_totp_params *params,
		      const unsigned char *secret, size_t secret_size,
		      const char *state, const char *actor);
/* Verifies a code against the row. Returns FALSE and error_r if the row can't
   be used. window: time steps on each side. */
bool pix_token_verify(struct pix_identity *identity, const struct pix_row *row,
		      const char *code, uint64_t now, unsigned int window,
		      enum pix_totp_verdict *verdict_r, uint64_t *step_r,
		      const char **error_r);
/* The row after the code of step was accepted at now; *row_r has data of its own. */
void pix_token_accepted(struct pix_identity *identity, const struct pix_row *row,
			uint64_t now, uint64_t step, const char *rip,
			struct pix_row *row_r);
/* The row after its end: without the secret. */
void pix_token_ended(const struct pix_row *row, uint64_t now, const char *actor,
		     struct pix_row *row_r);
bool pix_token_params(const struct pix_row *row, struct pix_totp_params *params_r);

#endif
