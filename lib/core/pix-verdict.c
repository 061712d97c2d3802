/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-verdict.h"
#include "pix-json.h"

static const struct {
	const char *name;
	enum pix_verdict_status status;
	const char *text;
} verdicts[PIX_TOKEN_VERDICT_COUNT] = {
#define V(verdict, name, status, text) [PIX_TOKEN_##verdict] = { name, PIX_STATUS_##status, text }
	V(OK, "ok", OK, "The token is good"),
	V(TOO_LONG, "too-long", INVALID_TOKEN, "The token is longer than is accepted"),
	V(MALFORMED, "malformed", INVALID_TOKEN, "The token is not a signed JWT of three parts"),
	V(ENCODING, "encoding", INVALID_TOKEN, "A part of the token is not strict base64url"),
	V(ENCRYPTED, "encrypted", INVALID_TOKEN, "The token is encrypted (JWE)"),
	V(HEADER_INVALID, "header-invalid", INVALID_TOKEN, "The header of the token is not valid JSON or not as RFC 7515 wants it"),
	V(CLAIMS_INVALID, "claims-invalid", INVALID_TOKEN, "The claims of the token are not a valid JSON object"),
	V(DUPLICATE_MEMBER, "duplicate-member", INVALID_TOKEN, "The header or the claims name a member twice"),
	V(CRITICAL_HEADER, "critical-header", INVALID_TOKEN, "The header demands an extension (crit)"),
	V(EMBEDDED_KEY, "embedded-key", INVALID_TOKEN, "The header brings a key of its own (jwk, jku, x5u or x5c)"),
	V(TYPE_REFUSED, "type-refused", INVALID_TOKEN, "The type of the token (typ) is not accepted"),
	V(ID_TOKEN, "id-token", INVALID_TOKEN, "This is an ID token, not an access token"),
	V(SENDER_BOUND, "sender-bound", INVALID_TOKEN, "The token is bound to a key of its sender (cnf) and is no bearer token"),
	V(ALG_MISSING, "alg-missing", INVALID_TOKEN, "The header names no algorithm"),
	V(ALG_NONE, "alg-none", INVALID_TOKEN, "The token is not signed (alg none)"),
	V(ALG_SYMMETRIC, "alg-symmetric", INVALID_TOKEN, "The token is signed with a shared secret (HS256 and the like)"),
	V(ALG_UNKNOWN, "alg-unknown", INVALID_TOKEN, "The algorithm of the token is not known"),
	V(ALG_REFUSED, "alg-refused", INVALID_TOKEN, "The issuer may not use this algorithm"),
	V(ISSUER_MISSING, "issuer-missing", INVALID_TOKEN, "The token names no issuer (iss)"),
	V(ISSUER_UNKNOWN, "issuer-unknown", INVALID_TOKEN, "The issuer of the token is not configured"),
	V(KEY_UNKNOWN, "key-unknown", INVALID_TOKEN, "The issuer has no key with the id of the token (kid)"),
	V(KEY_UNSUITABLE, "key-unsuitable", INVALID_TOKEN, "The key of the token is not for this algorithm"),
	V(KEYS_UNAVAILABLE, "keys-unavailable", UNAVAILABLE, "The keys of the issuer could not be had"),
	V(SIGNATURE, "signature", INVALID_TOKEN, "The signature is wrong"),
	V(CLAIM_TYPE, "claim-type", INVALID_TOKEN, "A claim has the wrong type or an impossible value"),
	V(AUDIENCE_MISSING, "audience-missing", INVALID_TOKEN, "The token names no audience (aud)"),
	V(AUDIENCE, "audience", INVALID_TOKEN, "The token is for another audience"),
	V(CLIENT, "client", INVALID_TOKEN, "The token was issued to a client that is not accepted (azp, client_id)"),
	V(EXPIRY_MISSING, "expiry-missing", INVALID_TOKEN, "The token never expires (no exp)"),
	V(EXPIRED, "expired", INVALID_TOKEN, "The token is expired"),
	V(NOT_YET_VALID, "not-yet-valid", INVALID_TOKEN, "The token is not valid yet (nbf)"),
	V(ISSUED_IN_FUTURE, "issued-in-future", INVALID_TOKEN, "The token was issued in the future (iat)"),
	V(ISSUE_TIME_MISSING, "issue-time-missing", INVALID_TOKEN, "The token does not say when it was issued (iat)"),
	V(TOO_OLD, "too-old", INVALID_TOKEN, "The token was issued too long ago"),
	V(SCOPE, "scope", INSUFFICIENT_SCOPE, "The token lacks a scope"),
	V(CLAIM_REQUIRED, "claim-required", INSUFFICIENT_SCOPE, "A claim that is required is missing or has another value"),
	V(FACTOR, "factor", INSUFFICIENT_SCOPE, "The user did not log in strongly enough (acr, amr)"),
	V(LOGIN_TOO_OLD, "login-too-old", INSUFFICIENT_SCOPE, "The user logged in too long ago (auth_time)"),
	V(SERVICE, "service", INSUFFICIENT_SCOPE, "The token does not allow this service"),
	V(USER_MISSING, "user-missing", INVALID_TOKEN, "The token names no user"),
	V(USER_INVALID, "user-invalid", INVALID_TOKEN, "The user name in the token is not acceptable"),
	V(USER_DOMAIN, "user-domain", INVALID_TOKEN, "The user's domain does not belong to the issuer"),
	V(USER_MISMATCH, "user-mismatch", INVALID_TOKEN, "The client named another user than the token"),
	V(USER_DISABLED, "user-disabled", INSUFFICIENT_SCOPE, "The account is disabled"),
	V(OPAQUE, "opaque", INVALID_TOKEN, "The token is no JWT and no issuer introspects it"),
	V(INACTIVE, "inactive", INVALID_TOKEN, "The issuer says that the token is not active"),
	V(INTROSPECTION_UNAVAILABLE, "introspection-unavailable", UNAVAILABLE, "The issuer could not be asked about the token"),
	V(REVOKED, "revoked", INVALID_TOKEN, "The token was revoked"),
	V(REVOCATION_UNAVAILABLE, "revocation-unavailable", UNAVAILABLE, "It could not be found out whether the token was revoked"),
#undef V
};

const char *pix_verdict_name(enum pix_verdict verdict)
{
	return verdicts[verdict].name;
}

const char *pix_verdict_text(enum pix_verdict verdict)
{
	return verdicts[verdict].text;
}

enum pix_verdict_status pix_verdict_status(enum pix_verdict verdict)
{
	return verdicts[verdict].status;
}

const char *
pix_verdict_json(enum pix_verdict verdict, bool xoauth2, const char *scope,
		 const char *config_url)
{
	static const struct {
		const char *bearer, *xoauth2;
	} words[] = {
		[PIX_STATUS_OK] = { "ok", "200" },
		[PIX_STATUS_INVALID_REQUEST] = { "invalid_request", "400" },
		[PIX_STATUS_INVALID_TOKEN] = { "invalid_token", "401" },
		[PIX_STATUS_INSUFFICIENT_SCOPE] = { "insufficient_scope", "403" },
		/* RFC 7628 has no word of its own for it */
		[PIX_STATUS_UNAVAILABLE] = { "temporarily_unavailable", "500" },
	};
	enum pix_verdict_status status = verdicts[verdict].status;
	json_t *obj = json_object();
	const char *text;

	pix_json_set_str(obj, "status", xoauth2 ? words[status].xoauth2 :
			 words[status].bearer);
	if (xoauth2)
		pix_json_set_str(obj, "schemes", "Bearer");
	pix_json_set_str(obj, "scope", scope);
	pix_json_set_str(obj, "openid-configuration", config_url);
	text = t_pix_json(obj);
	json_decref(obj);
	return text;
}
