/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */
#ifndef PIX_JWT_H
#define PIX_JWT_H

#include "pix-issuer.h"
#include "pix-jws.h"

/* How the claims are judged: all that isn't in the token. */
struct pix_jwt_context {
	/* seconds since 1970 */
	int64_t now;
	/* "imap"; NULL: not checked */
	const char *service;
	/* Optional: told of each check in turn. detail may be NULL; it holds
	   claims, never the token. */
	void (*step)(const char *check, enum pix_verdict verdict,
		     const char *detail, void *context);
	void *step_context;
};

/* What a good token says. Strings live in the given pool; NULL where absent. */
struct pix_jwt_identity {
	const char *user;
	const char *subject, *jti, *sid, *client;
	/* exp plus nothing; 0 only if introspection gave none */
	int64_t expires, issued;
	/* NAME, VALUE pairs, NULL-terminated */
	const char *const *fields;
};

/* The issuer that unverified claims name, NULL if there is none. Use it to
   choose the policy only. */
const char *pix_jwt_issuer(const json_t *claims);

/* Parses the payload of a JWS as claims (RFC 7519 §4). *claims_r is a new
   reference for OK. */
enum pix_verdict pix_jwt_claims(const struct pix_jws *jws, json_t **claims_r);

/* Judges header and claims by the issuer's policy; the signature must have been
   checked (or the claims come from the issuer's own mouth: header NULL, for
   introspection). The issuer's name was matched by the caller. */
enum pix_verdict
pix_jwt_check(const struct pix_issuer *issuer, const struct pix_jws *header,
	      const json_t *claims, const struct pix_jwt_context *ctx,
	      pool_t pool, struct pix_jwt_identity *id_r);

/* Checks what depends on the moment and the service alone, for an identity that
   was found good before: expiry only. */
enum pix_verdict
pix_jwt_recheck(const struct pix_issuer *issuer,
		const struct pix_jwt_identity *id, int64_t now);

/* How long a good token may be taken without looking at it again: now plus ttl
   (seconds) at most, not beyond its expiry or its age by the issuer's policy. */
int64_t pix_jwt_remember_until(const struct pix_issuer *issuer,
			       const struct pix_jwt_identity *id,
			       int64_t now, unsigned int ttl);

#endif
