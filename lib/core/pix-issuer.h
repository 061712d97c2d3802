/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */
#ifndef PIX_ISSUER_H
#define PIX_ISSUER_H

#include "pix-jwa.h"

/* The policy for the tokens of one issuer, as the issuers file has it
   (docs/protocol/issuers-file.md). Times are in seconds, 0 = no limit unless said
   otherwise. Everything lives in the pool of its pix_issuers. */

enum pix_issuer_keys {
	/* the issuer's discovery document names the URL */
	PIX_ISSUER_KEYS_DISCOVERY,
	PIX_ISSUER_KEYS_URL,
	PIX_ISSUER_KEYS_FILE,
	/* none: every token is introspected */
	PIX_ISSUER_KEYS_NONE,
};

/* Values of the header typ that are accepted. */
enum pix_issuer_type {
	/* at+jwt (RFC 9068) */
	PIX_ISSUER_TYPE_AT_JWT = BIT(0),
	PIX_ISSUER_TYPE_JWT = BIT(1),
	/* no typ at all */
	PIX_ISSUER_TYPE_ABSENT = BIT(2),
};

enum pix_introspection {
	/* tokens that are no JWT */
	PIX_INTROSPECTION_AUTO,
	PIX_INTROSPECTION_ALWAYS,
	PIX_INTROSPECTION_NEVER,
};

enum pix_client_auth {
	PIX_CLIENT_AUTH_BASIC,
	PIX_CLIENT_AUTH_POST,
	PIX_CLIENT_AUTH_PRIVATE_KEY_JWT,
	PIX_CLIENT_AUTH_NONE,
};

/* A claim that must be there with one of these values. */
struct pix_issuer_rule {
	const char *path;
	const char *const *values;
	/* the service that it is for, NULL: all */
	const char *service;
};

/* A field for the session, made of claims. */
struct pix_issuer_field {
	const char *name, *tmpl;
};

struct pix_issuer {
	/* iss, compared exactly */
	const char *name;
	const char *profile;
	/* where it stands, for messages: "issuers.conf:12" */
	const char *source;

	enum pix_issuer_keys keys;
	/* URL or path; for discovery the document's URL, NULL: both
	   well-known places are tried */
	const char *keys_location;
	/* how long keys may be used after they were last confirmed */
	unsigned int keys_max_age;
	/* upper limit of the time between two refreshes */
	unsigned int keys_refresh;
	/* how long a key that vanished from the issuer's set is still taken */
	unsigned int keys_overlap;

	/* PIX_JWA_BIT()s */
	unsigned int algs;
	/* enum pix_issuer_type */
	unsigned int types;
	/* one of these must be in aud, unless any_audience */
	const char *const *audiences;
	bool any_audience;
	/* azp or client_id must be one of these; NULL: any */
	const char *const *clients;
	/* all of these must be in scope or scp; NULL: none needed */
	const char *const *scopes;

	unsigned int leeway_expiry, leeway_not_before, leeway_issued;
	unsigned int max_age, max_login_age;

	const char *user;
	const char *const *user_domains;
	/* TRUE: an e-mail address is taken though email_verified is false */
	bool unverified_email;
	/* TRUE: access tokens of this issuer may carry a nonce */
	bool nonce_allowed;

	/* rules with the verdicts claim-required and factor; services */
	ARRAY(struct pix_issuer_rule) require, factor, services;
	ARRAY(struct pix_issuer_field) fields;

	enum pix_introspection introspection;
	const char *introspection_url;
	enum pix_client_auth client_auth;
	const char *client_id;
	/* paths: secret for basic and post, PEM for private_key_jwt */
	const char *client_secret_file, *client_key_file;
	unsigned int introspection_ttl, introspection_negative_ttl;
};

struct pix_issuers {
	pool_t pool;
	ARRAY(struct pix_issuer *) list;
};

/* NULL if there is none of this name. */
struct pix_issuer *
pix_issuers_find(const struct pix_issuers *issuers, const char *name);
struct pix_issuers *pix_issuers_new(void);
void pix_issuers_free(struct pix_issuers **issuers);

/* Adds an issuer with the defaults. source as above. NULL and error_r (static)
   if the name is no acceptable URL or stands twice. */
struct pix_issuer *
pix_issuers_add(struct pix_issuers *issuers, const char *name,
		const char *source, const char **error_r);

/* Sets one key of the file. Returns 0, or -1 with error_r (data stack) and
   offset_r, where in value the mistake stands. */
int pix_issuer_set(struct pix_issuers *issuers, struct pix_issuer *issuer,
		   const char *key, const char *value,
		   size_t *offset_r, const char **error_r);
/* TRUE for https URLs, and for http ones of this very machine: keys and secrets
   go nowhere else in the clear. */
bool pix_issuer_url_ok(const char *url);
/* What can only be said of the whole: NULL, or what is wrong. */
const char *pix_issuer_check(const struct pix_issuer *issuer);

/* Reads an issuers file. name is what messages call it. All mistakes are
   reported, each as "name:line:column: text" (data stack, pushed to errors).
   Returns FALSE if there were any. */
bool pix_issuers_parse(struct pix_issuers *issuers, const char *name,
		       const char *text, ARRAY_TYPE(const_string) *errors);

#endif
