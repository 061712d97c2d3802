/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */
#ifndef PIX_VERDICT_H
#define PIX_VERDICT_H

#include "pix-core.h"

/* What was found about a token. Each refusal has a name, which goes to the log,
   the event and "doveadm pix token explain"; docs/protocol/token-verdicts.md
   explains them all. */
enum pix_verdict {
	PIX_TOKEN_OK = 0,

	/* form (RFC 7515, RFC 7519, RFC 8725) */
	PIX_TOKEN_TOO_LONG,
	PIX_TOKEN_MALFORMED,
	PIX_TOKEN_ENCODING,
	PIX_TOKEN_ENCRYPTED,
	PIX_TOKEN_HEADER_INVALID,
	PIX_TOKEN_CLAIMS_INVALID,
	PIX_TOKEN_DUPLICATE_MEMBER,
	PIX_TOKEN_CRITICAL_HEADER,
	PIX_TOKEN_EMBEDDED_KEY,
	PIX_TOKEN_TYPE_REFUSED,
	PIX_TOKEN_ID_TOKEN,
	PIX_TOKEN_SENDER_BOUND,
	/* algorithm */
	PIX_TOKEN_ALG_MISSING,
	PIX_TOKEN_ALG_NONE,
	PIX_TOKEN_ALG_SYMMETRIC,
	PIX_TOKEN_ALG_UNKNOWN,
	PIX_TOKEN_ALG_REFUSED,
	/* issuer and key */
	PIX_TOKEN_ISSUER_MISSING,
	PIX_TOKEN_ISSUER_UNKNOWN,
	PIX_TOKEN_KEY_UNKNOWN,
	PIX_TOKEN_KEY_UNSUITABLE,
	PIX_TOKEN_KEYS_UNAVAILABLE,
	PIX_TOKEN_SIGNATURE,
	/* claims */
	PIX_TOKEN_CLAIM_TYPE,
	PIX_TOKEN_AUDIENCE_MISSING,
	PIX_TOKEN_AUDIENCE,
	PIX_TOKEN_CLIENT,
	PIX_TOKEN_EXPIRY_MISSING,
	PIX_TOKEN_EXPIRED,
	PIX_TOKEN_NOT_YET_VALID,
	PIX_TOKEN_ISSUED_IN_FUTURE,
	PIX_TOKEN_ISSUE_TIME_MISSING,
	PIX_TOKEN_TOO_OLD,
	PIX_TOKEN_SCOPE,
	PIX_TOKEN_CLAIM_REQUIRED,
	PIX_TOKEN_FACTOR,
	PIX_TOKEN_LOGIN_TOO_OLD,
	PIX_TOKEN_SERVICE,
	/* user */
	PIX_TOKEN_USER_MISSING,
	PIX_TOKEN_USER_INVALID,
	PIX_TOKEN_USER_DOMAIN,
	PIX_TOKEN_USER_MISMATCH,
	PIX_TOKEN_USER_DISABLED,
	/* opaque tokens (RFC 7662) and revocation */
	PIX_TOKEN_OPAQUE,
	PIX_TOKEN_INACTIVE,
	PIX_TOKEN_INTROSPECTION_UNAVAILABLE,
	PIX_TOKEN_REVOKED,
	PIX_TOKEN_REVOCATION_UNAVAILABLE,

	PIX_TOKEN_VERDICT_COUNT
};

/* What the client is told (RFC 7628 §3.2.2, RFC 6750 §3.1). */
enum pix_verdict_status {
	PIX_STATUS_OK,
	PIX_STATUS_INVALID_REQUEST,
	PIX_STATUS_INVALID_TOKEN,
	PIX_STATUS_INSUFFICIENT_SCOPE,
	/* our own trouble: the client should try again later */
	PIX_STATUS_UNAVAILABLE,
};

/* "expired" */
const char *pix_verdict_name(enum pix_verdict verdict);
/* One sentence for people. */
const char *pix_verdict_text(enum pix_verdict verdict);
enum pix_verdict_status pix_verdict_status(enum pix_verdict verdict);

/* The failure JSON of OAUTHBEARER (RFC 7628 §3.2.2) and, with xoauth2, of
   XOAUTH2 (where status is the number that clients expect). scope and config_url
   may be NULL. From the data stack. */
const char *
pix_verdict_json(enum pix_verdict verdict, bool xoauth2, const char *scope,
		 const char *config_url);

#endif
