/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-oauth2-auth.h"
#include "pix-oauth2-config.h"
#include "pix-oauth2-introspection.h"
#include "pix-oauth2-keystore.h"
#include "pix-settings-oauth2.h"
#include "ioloop.h"
#include "lib-event.h"

#include <unistd.h>

/* Logins that may wait for the keys of one issuer. */
#define OAUTH2_MAX_WAITERS 1000

/* A mistake in the issuers must not keep everybody's password logins out: it is
   said, and tokens are refused. */
static void oauth2_auth_load(struct pix_oauth2_auth *auth)
{
	ARRAY_TYPE(const_string) errors;
	const char *error;
	uid_t uid;
	gid_t gid;

	t_array_init(&errors, 4);
	auth->issuers = pix_oauth2_config_load(auth->set, &errors);
	array_foreach_elem(&errors, error)
		e_error(auth->event, "Tokens are refused: %s", error);
	if (auth->issuers == NULL)
		auth->issuers = pix_issuers_new();
	if (geteuid() == 0) {
		pix_login_target_ids(&uid, &gid);
		if (pix_oauth2_keystore_prepare(auth->set->pix_oauth2_state_dir,
						uid, gid, &error) < 0)
			e_error(auth->event, "%s", error);
	}
}

int pix_oauth2_auth_preinit(struct pix_oauth2_auth **auth_r, const char **error_r)
{
	struct pix_oauth2_auth *auth = i_new(struct pix_oauth2_auth, 1);
	const void *set;

	auth->event = event_create(pix_login_auth_event());
	event_set_append_log_prefix(auth->event, "pix-oauth2: ");
	if (pix_settings_get_service(auth->event, &pix_oauth2_setting_parser_info,
				     "auth", &set, error_r) < 0) {
		pix_oauth2_auth_deinit(&auth);
		return -1;
	}
	auth->set = set;
	auth->passdb = strcmp(auth->set->pix_oauth2_passdb_check, "required") == 0 ?
		PIX_LOGIN_PASSDB_REQUIRED :
		strcmp(auth->set->pix_oauth2_passdb_check, "none") == 0 ?
		PIX_LOGIN_PASSDB_NONE : PIX_LOGIN_PASSDB_OPTIONAL;
	oauth2_auth_load(auth);
	*auth_r = auth;
	return 0;
}

static void oauth2_auth_start(struct pix_oauth2_auth *auth)
{
	struct pix_oauth2_provider *provider;

	timeout_remove(&auth->to_start);
	array_foreach_elem(&auth->providers, provider)
		pix_oauth2_provider_start(provider);
}

void pix_oauth2_auth_init(struct pix_oauth2_auth *auth)
{
	const struct pix_http_params http_params = {
		.event_parent = auth->event,
		.base_dir = pix_login_base_dir(),
		.ca_file = auth->set->pix_oauth2_ca_file,
		.timeout_msecs = auth->set->pix_oauth2_http_timeout,
	};
	static const struct pix_login_vfuncs vfuncs = {
		.begin = pix_oauth2_login_begin,
		.invalid = pix_oauth2_login_invalid,
	};
	struct pix_issuer *issuer;
	const char *error;

	if (pix_login_take_over(&vfuncs, auth) == 0) {
		e_warning(auth->event, "No client can log in with a token: "
			  "auth_mechanisms has neither oauthbearer nor xoauth2");
	}
	if (pix_http_init(&http_params, &auth->http, &error) < 0) {
		e_error(auth->event, "No keys can be fetched: %s "
			"(check pix_oauth2_ca_file)", error);
	}
	if (auth->set->pix_oauth2_cache_size > 0)
		auth->cache = pix_token_cache_init(auth->set->pix_oauth2_cache_size);
	i_array_init(&auth->providers, array_count(&auth->issuers->list));
	i_array_init(&auth->introspectors, array_count(&auth->issuers->list));
	array_foreach_elem(&auth->issuers->list, issuer) {
		const struct pix_oauth2_provider_params params = {
			.event_parent = auth->event,
			.issuer = issuer,
			.http = auth->http,
			.state_dir = auth->set->pix_oauth2_state_dir,
			.max_waiters = OAUTH2_MAX_WAITERS,
		};
		struct pix_oauth2_provider *provider = pix_oauth2_provider_init(&params);
		struct pix_oauth2_introspector *introspector =
			pix_oauth2_introspector_init(auth->event, auth->http, provider);

		array_push_back(&auth->providers, &provider);
		array_push_back(&auth->introspectors, &introspector);
		if (issuer->any_audience) {
			e_warning(auth->event, "issuer=%s: tokens for any audience are "
				  "accepted, those of other applications too "
				  "(check audience in %s)", issuer->name, issuer->source);
		}
	}
	pix_oauth2_revocation_init(auth);
	/* not from here: the ioloop's time is stale */
	auth->to_start = timeout_add_short(0, oauth2_auth_start, auth);
}

void pix_oauth2_auth_deinit(struct pix_oauth2_auth **_auth)
{
	struct pix_oauth2_auth *auth = *_auth;
	struct pix_oauth2_provider *provider;
	struct pix_oauth2_introspector *introspector;

	if (auth == NULL)
		return;
	*_auth = NULL;
	timeout_remove(&auth->to_start);
	pix_oauth2_revocation_deinit(auth);
	if (array_is_created(&auth->providers)) {
		array_foreach_elem(&auth->providers, provider)
			pix_oauth2_provider_deinit(&provider);
		array_free(&auth->providers);
	}
	pix_token_cache_deinit(&auth->cache);
	pix_http_deinit(&auth->http);
	if (array_is_created(&auth->introspectors)) {
		array_foreach_elem(&auth->introspectors, introspector)
			pix_oauth2_introspector_deinit(&introspector);
		array_free(&auth->introspectors);
	}
	pix_issuers_free(&auth->issuers);
	pix_settings_free(&auth->set);
	event_unref(&auth->event);
	i_free(auth);
}

struct pix_oauth2_provider *
pix_oauth2_auth_find(struct pix_oauth2_auth *auth, const char *issuer)
{
	struct pix_oauth2_provider *provider;

	array_foreach_elem(&auth->providers, provider) {
		if (strcmp(pix_oauth2_provider_issuer(provider)->name, issuer) == 0)
			return provider;
	}
	return NULL;
}
