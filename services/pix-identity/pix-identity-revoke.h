/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */
#ifndef PIX_IDENTITY_REVOKE_H
#define PIX_IDENTITY_REVOKE_H

#include "pix-identity.h"
#include "pix-identity-store.h"

/* Tokens that must not be accepted any more, though their issuer signed them.
   Rows of the kind "revocation" in the store, kept in memory; read again every
   minute, for what other hosts wrote. */
#define PIX_REVOKE_KIND "revocation"

struct pix_revokes;

/* A token as auth knows it. issuer, user: "" if unknown; issued: unix seconds, 0
   if unknown. */
struct pix_revoke_token {
	/* first 32 hex digits of SHA-256 of the token */
	const char *hash;
	const char *user, *issuer;
	int64_t issued;
};

enum pix_revoke_verdict {
	/* nothing was read from the store yet */
	PIX_REVOKE_UNAVAILABLE = -1,
	PIX_REVOKE_NO = 0,
	PIX_REVOKE_YES = 1,
};

struct pix_revokes *pix_revokes_init(struct pix_identity *identity);
void pix_revokes_deinit(struct pix_revokes **revokes);

/* Is this token revoked, by itself or by its user? A token without a time of
   issue counts as older than any revocation of its user. */
enum pix_revoke_verdict
pix_revokes_check(const struct pix_revokes *revokes,
		  const struct pix_revoke_token *token);
/* The row that revokes one token (hash) until it would have expired (unix
   seconds, 0: a year from now). Data stack; the caller owns data. */
struct pix_row
pix_revoke_token_row(const char *hash, int64_t until, const char *actor,
		     const char *reason);
/* The row that revokes all tokens of user that were issued before now; issuer:
   only of this one, NULL: of all. */
struct pix_row
pix_revoke_user_row(const char *user, const char *issuer, const char *actor,
		    const char *reason);
/* Puts the row into memory: after it was stored. */
void pix_revokes_add(struct pix_revokes *revokes, const struct pix_row *row);
/* Version of the row with this id that is stored already, 0 if none. */
uint64_t pix_revokes_version(const struct pix_revokes *revokes, const char *id);
unsigned int pix_revokes_count(const struct pix_revokes *revokes);

#endif
