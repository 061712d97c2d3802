/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-oauth2-login.h"
#include "pix-oauth2-introspection.h"
#include "ioloop.h"

static struct pix_oauth2_introspector *
login_introspector(struct oauth2_login *ol)
{
	struct pix_oauth2_provider *const *provider;
	unsigned int idx;

	array_foreach(&ol->auth->providers, provider) {
		if (*provider != ol->provider)
			continue;
		idx = array_foreach_idx(&ol->auth->providers, provider);
		return array_idx_elem(&ol->auth->introspectors, idx);
	}
	i_unreached();
}

static void login_active(struct oauth2_login *ol, const json_t *claims)
{
	const struct pix_issuer *issuer = pix_oauth2_provider_issuer(ol->provider);
	const struct pix_jwt_context ctx = {
		.now = ioloop_time,
		.service = pix_login_service(ol->login),
	};
	enum pix_verdict verdict = PIX_TOKEN_OK;

	if (!ol->identified) {
		verdict = pix_jwt_check(issuer, NULL, claims, &ctx,
					pix_login_pool(ol->login), &ol->id);
	}
	if (verdict != PIX_TOKEN_OK)
		pix_oauth2_login_refuse(ol, verdict, NULL);
	else
		pix_oauth2_login_identified(ol, issuer->introspection_ttl);
}

static void
login_introspected(enum pix_introspect_result result, const json_t *claims,
		   const char *error ATTR_UNUSED, void *context)
{
	struct oauth2_login *ol = context;
	struct pix_login *login = ol->login;

	if (!pix_login_alive(login))
		;
	else if (result == PIX_INTROSPECT_ACTIVE) T_BEGIN {
		login_active(ol, claims);
	} T_END; else if (ol->opaque) T_BEGIN {
		/* perhaps it is of another issuer */
		if (result == PIX_INTROSPECT_UNAVAILABLE)
			ol->unanswered = TRUE;
		pix_oauth2_login_opaque(ol);
	} T_END; else if (result == PIX_INTROSPECT_INACTIVE) {
		const struct pix_issuer *issuer = pix_oauth2_provider_issuer(ol->provider);

		pix_oauth2_login_remember_refusal(ol, PIX_TOKEN_INACTIVE,
			ioloop_time + issuer->introspection_negative_ttl);
		pix_oauth2_login_refuse(ol, PIX_TOKEN_INACTIVE, NULL);
	} else {
		pix_oauth2_login_refuse(ol, PIX_TOKEN_INTROSPECTION_UNAVAILABLE, NULL);
	}
	pix_login_unref(&login);
}

static bool login_ask(struct oauth2_login *ol)
{
	pix_login_ref(ol->login);
	if (pix_oauth2_introspector_ask(login_introspector(ol), ol->token,
					login_introspected, ol))
		return TRUE;

	struct pix_login *login = ol->login;

	pix_login_unref(&login);
	return FALSE;
}

void pix_oauth2_login_introspect(struct oauth2_login *ol)
{
	/* the endpoint may be learnt with the keys */
	if (pix_oauth2_provider_introspection_url(ol->provider) == NULL &&
	    pix_oauth2_login_wait(ol))
		return;
	if (!login_ask(ol))
		pix_oauth2_login_refuse(ol, PIX_TOKEN_INTROSPECTION_UNAVAILABLE, NULL);
}

void pix_oauth2_login_opaque(struct oauth2_login *ol)
{
	unsigned int count = array_count(&ol->auth->providers);
	struct pix_oauth2_provider *asked = ol->provider;

	ol->opaque = TRUE;
	while (ol->next_provider < count) {
		ol->provider = array_idx_elem(&ol->auth->providers, ol->next_provider);
		if (pix_oauth2_provider_issuer(ol->provider)->introspection ==
		    PIX_INTROSPECTION_NEVER) {
			ol->next_provider++;
			continue;
		}
		asked = ol->provider;
		if (pix_oauth2_provider_introspection_url(ol->provider) == NULL &&
		    pix_oauth2_login_wait(ol))
			return;
		ol->next_provider++;
		if (login_ask(ol))
			return;
		ol->unanswered = TRUE;
	}
	ol->provider = asked;
	if (asked == NULL)
		pix_oauth2_login_refuse(ol, PIX_TOKEN_OPAQUE, NULL);
	else if (ol->unanswered)
		pix_oauth2_login_refuse(ol, PIX_TOKEN_INTROSPECTION_UNAVAILABLE, NULL);
	else {
		pix_oauth2_login_remember_refusal(ol, PIX_TOKEN_INACTIVE, ioloop_time +
			pix_oauth2_provider_issuer(asked)->introspection_negative_ttl);
		pix_oauth2_login_refuse(ol, PIX_TOKEN_INACTIVE, NULL);
	}
}
