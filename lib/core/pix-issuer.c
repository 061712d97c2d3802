/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-issuer.h"
#include "pix-claims.h"

#define ISSUER_NAME_MAX 512

struct pix_issuers *pix_issuers_new(void)
{
	pool_t pool = pool_alloconly_create("pix issuers", 4096);
	struct pix_issuers *issuers = p_new(pool, struct pix_issuers, 1);

	issuers->pool = pool;
	p_array_init(&issuers->list, pool, 4);
	return issuers;
}

void pix_issuers_free(struct pix_issuers **_issuers)
{
	struct pix_issuers *issuers = *_issuers;

	if (issuers == NULL)
		return;
	*_issuers = NULL;
	pool_unref(&issuers->pool);
}

struct pix_issuer *
pix_issuers_find(const struct pix_issuers *issuers, const char *name)
{
	struct pix_issuer *issuer;

	array_foreach_elem(&issuers->list, issuer) {
		if (strcmp(issuer->name, name) == 0)
			return issuer;
	}
	return NULL;
}

/* Keys over plain HTTP are a gift to whoever sits on the path; a provider on
   the same machine is excepted. */
bool pix_issuer_url_ok(const char *url)
{
	static const char *const local[] = {
		"http://127.0.0.1", "http://localhost", "http://[::1]"
	};

	for (const char *p = url; *p != '\0'; p++) {
		if (*p <= 32 || *p >= 127)
			return FALSE;
	}
	if (strncmp(url, "https://", 8) == 0)
		return url[8] != '\0' && url[8] != '/';
	for (unsigned int i = 0; i < N_ELEMENTS(local); i++) {
		size_t len = strlen(local[i]);

		if (strncmp(url, local[i], len) == 0 &&
		    (url[len] == '\0' || url[len] == '/' || url[len] == ':'))
			return strchr(url, '@') == NULL;
	}
	return FALSE;
}

struct pix_issuer *
pix_issuers_add(struct pix_issuers *issuers, const char *name,
		const char *source, const char **error_r)
{
	struct pix_issuer *issuer;
	pool_t pool = issuers->pool;

	if (*name == '\0' || strlen(name) > ISSUER_NAME_MAX) {
		*error_r = "the name of the issuer is empty or too long";
		return NULL;
	}
	if (pix_issuers_find(issuers, name) != NULL) {
		*error_r = "this issuer stands twice";
		return NULL;
	}
	issuer = p_new(pool, struct pix_issuer, 1);
	issuer->name = p_strdup(pool, name);
	issuer->source = p_strdup(pool, source);
	issuer->profile = "generic";
	issuer->keys = PIX_ISSUER_KEYS_DISCOVERY;
	issuer->keys_max_age = 7 * 24 * 3600;
	issuer->keys_refresh = 3600;
	issuer->keys_overlap = 300;
	issuer->algs = PIX_JWA_DEFAULT_MASK;
	issuer->types = PIX_ISSUER_TYPE_AT_JWT | PIX_ISSUER_TYPE_JWT |
		PIX_ISSUER_TYPE_ABSENT;
	issuer->leeway_expiry = issuer->leeway_not_before =
		issuer->leeway_issued = 60;
	issuer->user = "{email}";
	p_array_init(&issuer->require, pool, 2);
	p_array_init(&issuer->factor, pool, 2);
	p_array_init(&issuer->services, pool, 2);
	p_array_init(&issuer->fields, pool, 2);
	issuer->introspection = PIX_INTROSPECTION_NEVER;
	issuer->client_auth = PIX_CLIENT_AUTH_BASIC;
	issuer->introspection_ttl = 300;
	issuer->introspection_negative_ttl = 10;
	array_push_back(&issuers->list, &issuer);
	return issuer;
}

const char *pix_issuer_check(const struct pix_issuer *issuer)
{
	bool introspects = issuer->introspection != PIX_INTROSPECTION_NEVER;

	if (issuer->audiences == NULL && !issuer->any_audience)
		return "no audience: name what the tokens must be for, or * to accept any";
	if (issuer->keys == PIX_ISSUER_KEYS_DISCOVERY &&
	    issuer->keys_location == NULL && !pix_issuer_url_ok(issuer->name))
		return "keys = discovery needs an issuer that is an https URL";
	if (issuer->keys == PIX_ISSUER_KEYS_NONE &&
	    issuer->introspection != PIX_INTROSPECTION_ALWAYS)
		return "keys = none needs introspection = always";
	if (introspects && issuer->introspection_url == NULL &&
	    issuer->keys != PIX_ISSUER_KEYS_DISCOVERY)
		return "introspection needs introspection_url (or keys = discovery)";
	if (!introspects)
		return NULL;
	switch (issuer->client_auth) {
	case PIX_CLIENT_AUTH_BASIC:
	case PIX_CLIENT_AUTH_POST:
		if (issuer->client_id == NULL || issuer->client_secret_file == NULL)
			return "introspection needs client_id and client_secret_file";
		break;
	case PIX_CLIENT_AUTH_PRIVATE_KEY_JWT:
		if (issuer->client_id == NULL || issuer->client_key_file == NULL)
			return "client_auth = private_key_jwt needs client_id and client_key_file";
		break;
	case PIX_CLIENT_AUTH_NONE:
		break;
	}
	return NULL;
}
