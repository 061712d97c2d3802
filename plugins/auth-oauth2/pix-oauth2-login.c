/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-oauth2-login.h"
#include "pix-settings-oauth2.h"
#include "hex-binary.h"
#include "ioloop.h"
#include "lib-event.h"
#include "sha2.h"
#include "str-sanitize.h"

/* Bytes of the hash that name a token: enough to revoke it, useless to guess it. */
#define OAUTH2_TOKEN_HASH_SIZE 16

static void oauth2_hash_token(struct oauth2_login *ol)
{
	const char *service = pix_login_service(ol->login);
	struct sha256_ctx ctx, service_ctx;
	unsigned char digest[SHA256_RESULTLEN];

	sha256_init(&ctx);
	sha256_loop(&ctx, ol->token, strlen(ol->token));
	service_ctx = ctx;
	sha256_result(&ctx, digest);
	ol->hash = p_strdup(pix_login_pool(ol->login),
			    binary_to_hex(digest, OAUTH2_TOKEN_HASH_SIZE));
	/* a policy may differ by service; no token holds a NUL */
	sha256_loop(&service_ctx, "", 1);
	sha256_loop(&service_ctx, service, strlen(service));
	sha256_result(&service_ctx, ol->cache_key);
}

static const char *oauth2_scope(const struct oauth2_login *ol)
{
	const char *const *scopes = ol->provider == NULL ? NULL :
		pix_oauth2_provider_issuer(ol->provider)->scopes;

	return scopes == NULL ? NULL : t_strarray_join(scopes, " ");
}

/* Where clients may learn how to get a better token: of the token's issuer, or
   of the only one there is. */
static const char *oauth2_config_url(const struct oauth2_login *ol)
{
	const struct pix_oauth2_provider *provider = ol->provider;

	if (provider == NULL && array_count(&ol->auth->providers) == 1)
		provider = array_idx_elem(&ol->auth->providers, 0);
	return provider == NULL ? NULL : pix_oauth2_provider_config_url(provider);
}

void pix_oauth2_login_refuse(struct oauth2_login *ol, enum pix_verdict verdict,
			     const char *detail)
{
	struct event *event = pix_login_event(ol->login);
	const char *issuer = ol->provider == NULL ? "" :
		pix_oauth2_provider_issuer(ol->provider)->name;
	struct event_passthrough *e = event_create_passthrough(event)->
		set_name("pix_token_refused")->
		add_str("verdict", pix_verdict_name(verdict))->
		add_str("token", ol->hash)->
		add_str("issuer", issuer);
	const char *text = t_strdup_printf(
		"pix-oauth2: Token refused: verdict=%s issuer=%s token=%s: %s%s%s%s",
		pix_verdict_name(verdict), str_sanitize(issuer, 256), ol->hash,
		pix_verdict_text(verdict), detail == NULL ? "" : " (",
		detail == NULL ? "" : str_sanitize(detail, 128),
		detail == NULL ? "" : ")");

	if (!pix_login_alive(ol->login))
		return;
	/* what the administrator must mend was said as an error elsewhere */
	e_info(e->event(), "%s", text);
	pix_login_fail(ol->login, pix_verdict_json(verdict,
		pix_login_is_xoauth2(ol->login), oauth2_scope(ol), oauth2_config_url(ol)));
}

void pix_oauth2_login_accept(struct oauth2_login *ol)
{
	const struct pix_issuer *issuer = pix_oauth2_provider_issuer(ol->provider);
	struct event *event = pix_login_event(ol->login);
	ARRAY_TYPE(const_string) fields;
	const char *const *field;
	const char *const fixed[] = {
		"userdb_pix_factor", "token",
		"userdb_pix_issuer", issuer->name,
		"userdb_pix_token", ol->hash,
	};

	t_array_init(&fields, 32);
	for (field = ol->id.fields; *field != NULL; field++)
		array_push_back(&fields, field);
	/* ours last: nothing in a token may override them */
	array_append(&fields, fixed, N_ELEMENTS(fixed));
	if (ol->id.expires != 0) {
		const char *pair[] = { "userdb_pix_expires",
			dec2str(ol->id.expires + issuer->leeway_expiry) };

		array_append(&fields, pair, 2);
	}
	array_append_zero(&fields);
	e_debug(event_create_passthrough(event)->
		set_name("pix_token_accepted")->
		add_str("issuer", issuer->name)->
		add_str("token", ol->hash)->
		add_int("expires", ol->id.expires)->event(),
		"pix-oauth2: Token accepted: issuer=%s token=%s", issuer->name, ol->hash);
	pix_login_succeed(ol->login, array_front(&fields));
}

static void
oauth2_authorized(struct pix_login *login, enum pix_login_result result)
{
	static const enum pix_verdict verdicts[] = {
		[PIX_LOGIN_OK] = PIX_TOKEN_OK,
		[PIX_LOGIN_USER_INVALID] = PIX_TOKEN_USER_INVALID,
		[PIX_LOGIN_USER_MISMATCH] = PIX_TOKEN_USER_MISMATCH,
		[PIX_LOGIN_DISABLED] = PIX_TOKEN_USER_DISABLED,
		[PIX_LOGIN_UNKNOWN] = PIX_TOKEN_USER_DISABLED,
		[PIX_LOGIN_TEMPFAIL] = PIX_TOKEN_REVOCATION_UNAVAILABLE,
	};
	struct oauth2_login *ol = pix_login_context(login);

	if (result == PIX_LOGIN_OK)
		pix_oauth2_revocation_check(ol);
	else if (result == PIX_LOGIN_TEMPFAIL)
		pix_oauth2_login_refuse(ol, verdicts[result], "a passdb failed");
	else
		pix_oauth2_login_refuse(ol, verdicts[result], NULL);
}

static void oauth2_keys_came(bool ok ATTR_UNUSED, void *context)
{
	struct oauth2_login *ol = context;
	struct pix_login *login = ol->login;

	if (pix_login_alive(login)) T_BEGIN {
		pix_oauth2_login_verify(ol);
	} T_END;
	pix_login_unref(&login);
}

bool pix_oauth2_login_wait(struct oauth2_login *ol)
{
	if (ol->waited ||
	    !pix_oauth2_provider_wait(ol->provider, oauth2_keys_came, ol))
		return FALSE;
	ol->waited = TRUE;
	pix_login_ref(ol->login);
	return TRUE;
}

void pix_oauth2_login_identified(struct oauth2_login *ol, unsigned int ttl)
{
	const struct pix_issuer *issuer = pix_oauth2_provider_issuer(ol->provider);
	const struct pix_token_entry entry = {
		.verdict = PIX_TOKEN_OK,
		.id = &ol->id,
		.issuer = ol->provider,
		.generation = pix_oauth2_provider_generation(ol->provider),
	};

	if (ol->auth->cache != NULL) {
		ttl = I_MIN(ttl, ol->auth->set->pix_oauth2_cache_ttl);
		pix_token_cache_insert(ol->auth->cache, ol->cache_key, &entry,
			pix_jwt_remember_until(issuer, &ol->id, ioloop_time, ttl));
	}
	pix_login_authorize(ol->login, ol->id.user, ol->auth->passdb,
			    oauth2_authorized);
}

void pix_oauth2_login_remember_refusal(struct oauth2_login *ol,
				       enum pix_verdict verdict, int64_t until)
{
	const struct pix_token_entry entry = {
		.verdict = verdict,
		.issuer = ol->provider,
		.generation = pix_oauth2_provider_generation(ol->provider),
	};

	if (ol->auth->cache != NULL)
		pix_token_cache_insert(ol->auth->cache, ol->cache_key, &entry, until);
}

static void
oauth2_check_claims(struct oauth2_login *ol, const struct pix_jws *jws,
		    const json_t *claims)
{
	const struct pix_issuer *issuer = pix_oauth2_provider_issuer(ol->provider);
	const struct pix_jwt_context ctx = {
		.now = ioloop_time,
		.service = pix_login_service(ol->login),
	};
	enum pix_verdict verdict;

	verdict = pix_jwt_check(issuer, jws, claims, &ctx,
				pix_login_pool(ol->login), &ol->id);
	if (verdict != PIX_TOKEN_OK)
		pix_oauth2_login_refuse(ol, verdict, NULL);
	else if (issuer->introspection == PIX_INTROSPECTION_ALWAYS) {
		ol->identified = TRUE;
		pix_oauth2_login_introspect(ol);
	} else {
		pix_oauth2_login_identified(ol, UINT_MAX);
	}
}

static void
oauth2_verify_claims(struct oauth2_login *ol, const struct pix_jws *jws,
		     const json_t *claims)
{
	const char *iss = pix_jwt_issuer(claims);
	const struct pix_issuer *issuer;
	enum pix_verdict verdict;

	if (iss == NULL) {
		pix_oauth2_login_refuse(ol, PIX_TOKEN_ISSUER_MISSING, NULL);
		return;
	}
	ol->provider = pix_oauth2_auth_find(ol->auth, iss);
	if (ol->provider == NULL) {
		pix_oauth2_login_refuse(ol, PIX_TOKEN_ISSUER_UNKNOWN, iss);
		return;
	}
	issuer = pix_oauth2_provider_issuer(ol->provider);
	if (issuer->keys == PIX_ISSUER_KEYS_NONE) {
		pix_oauth2_login_introspect(ol);
		return;
	}
	if ((issuer->algs & PIX_JWA_BIT(jws->alg)) == 0) {
		pix_oauth2_login_refuse(ol, PIX_TOKEN_ALG_REFUSED, pix_jwa_name(jws->alg));
		return;
	}
	verdict = pix_oauth2_provider_verify(ol->provider, jws);
	if ((verdict == PIX_TOKEN_KEY_UNKNOWN ||
	     verdict == PIX_TOKEN_KEYS_UNAVAILABLE) && pix_oauth2_login_wait(ol))
		return;
	/* clients throw a token away that is called invalid */
	if (verdict == PIX_TOKEN_KEY_UNKNOWN &&
	    pix_oauth2_provider_is_failing(ol->provider))
		verdict = PIX_TOKEN_KEYS_UNAVAILABLE;
	if (verdict != PIX_TOKEN_OK)
		pix_oauth2_login_refuse(ol, verdict, jws->kid == NULL ? "no kid" : jws->kid);
	else
		oauth2_check_claims(ol, jws, claims);
}

void pix_oauth2_login_verify(struct oauth2_login *ol)
{
	struct pix_jws jws;
	enum pix_verdict verdict;
	json_t *claims;

	if (!pix_jws_is_jwt(ol->token, strlen(ol->token))) {
		pix_oauth2_login_opaque(ol);
		return;
	}
	verdict = pix_jws_parse(ol->token, strlen(ol->token), &jws);
	if (verdict != PIX_TOKEN_OK) {
		pix_oauth2_login_refuse(ol, verdict, NULL);
		return;
	}
	verdict = pix_jwt_claims(&jws, &claims);
	if (verdict != PIX_TOKEN_OK)
		pix_oauth2_login_refuse(ol, verdict, NULL);
	else
		oauth2_verify_claims(ol, &jws, claims);
	json_decref(claims);
	pix_jws_deinit(&jws);
}

/* TRUE: the token came before, and is as good as it was. */
static bool oauth2_from_cache(struct oauth2_login *ol)
{
	const struct pix_token_entry *entry;

	if (ol->auth->cache == NULL)
		return FALSE;
	entry = pix_token_cache_lookup(ol->auth->cache, ol->cache_key, ioloop_time);
	if (entry == NULL)
		return FALSE;
	ol->provider = entry->issuer;
	if (entry->generation != pix_oauth2_provider_generation(ol->provider) ||
	    (entry->verdict == PIX_TOKEN_OK &&
	     pix_jwt_recheck(pix_oauth2_provider_issuer(ol->provider), entry->id,
			     ioloop_time) != PIX_TOKEN_OK)) {
		pix_token_cache_remove(ol->auth->cache, ol->cache_key);
		ol->provider = NULL;
		return FALSE;
	}
	if (entry->verdict != PIX_TOKEN_OK) {
		pix_oauth2_login_refuse(ol, entry->verdict, NULL);
		return TRUE;
	}
	/* the entry may go while passdbs are asked */
	pix_token_identity_copy(pix_login_pool(ol->login), entry->id, &ol->id);
	pix_login_authorize(ol->login, ol->id.user, ol->auth->passdb,
			    oauth2_authorized);
	return TRUE;
}

static struct oauth2_login *
oauth2_login_new(struct pix_login *login, struct pix_oauth2_auth *auth)
{
	struct oauth2_login *ol = p_new(pix_login_pool(login), struct oauth2_login, 1);

	ol->auth = auth;
	ol->login = login;
	ol->hash = "";
	pix_login_set_context(login, ol);
	return ol;
}

void pix_oauth2_login_begin(struct pix_login *login, const char *token,
			    void *context)
{
	struct oauth2_login *ol = oauth2_login_new(login, context);

	ol->token = token;
	T_BEGIN {
		oauth2_hash_token(ol);
		if (!oauth2_from_cache(ol))
			pix_oauth2_login_verify(ol);
	} T_END;
}

void pix_oauth2_login_invalid(struct pix_login *login, const char *error, void *context)
{
	struct oauth2_login *ol = oauth2_login_new(login, context);

	pix_oauth2_login_refuse(ol, PIX_TOKEN_MALFORMED, error);
}
