/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "doveadm-pix-issuer.h"
#include "pix-oauth2-config.h"
#include "ioloop.h"

#include <sys/stat.h>

struct issuer_fetch {
	const struct doveadm_pix_oauth2 *oauth2;
	const struct pix_issuer *issuer;
	struct pix_oauth2_stored *stored;
	bool save, ok;
	const char *notes, *error;
	pool_t pool;
};

bool doveadm_pix_oauth2_load(struct doveadm_pix_oauth2 *oauth2_r)
{
	ARRAY_TYPE(const_string) errors;
	const char *error;
	const void *set;

	i_zero(oauth2_r);
	if (pix_settings_get_service(NULL, &pix_oauth2_setting_parser_info,
				     "auth", &set, &error) < 0) {
		pix_doveadm_fail(EX_CONFIG, "%s", error);
		return FALSE;
	}
	oauth2_r->set = set;
	t_array_init(&errors, 8);
	oauth2_r->issuers = pix_oauth2_config_load(oauth2_r->set, &errors);
	if (oauth2_r->issuers != NULL)
		return TRUE;
	array_foreach_elem(&errors, error)
		pix_doveadm_fail(EX_CONFIG, "%s", error);
	pix_settings_free(&oauth2_r->set);
	return FALSE;
}

void doveadm_pix_oauth2_unload(struct doveadm_pix_oauth2 *oauth2)
{
	pix_issuers_free(&oauth2->issuers);
	pix_settings_free(&oauth2->set);
}

bool doveadm_pix_oauth2_keys(const struct doveadm_pix_oauth2 *oauth2,
			     const struct pix_issuer *issuer,
			     struct pix_oauth2_stored *stored_r,
			     const char **error_r)
{
	const char *text;
	struct stat st;
	int ret;

	i_zero(stored_r);
	if (issuer->keys == PIX_ISSUER_KEYS_NONE) {
		*error_r = "all its tokens are introspected";
		return FALSE;
	}
	if (issuer->keys == PIX_ISSUER_KEYS_FILE) {
		if (pix_oauth2_read_text(issuer->keys_location, PIX_JWKS_MAX_SIZE,
					 &text, error_r) < 0)
			return FALSE;
		stored_r->keys = pix_jwks_parse(text, strlen(text), NULL, error_r);
		if (stat(issuer->keys_location, &st) == 0)
			stored_r->fetched = st.st_mtime;
		return stored_r->keys != NULL;
	}
	ret = pix_oauth2_keystore_read(oauth2->set->pix_oauth2_state_dir,
				       issuer->name, NULL, stored_r, error_r);
	if (ret == 0)
		*error_r = "never fetched";
	return ret > 0;
}

static void
issuer_fetched(const struct pix_oauth2_fetched *fetched, const char *error,
	       void *context)
{
	struct issuer_fetch *fetch = context;
	struct pix_oauth2_stored *stored = fetch->stored;

	io_loop_stop(current_ioloop);
	if (fetched == NULL) {
		fetch->error = p_strdup(fetch->pool, error);
		return;
	}
	fetch->ok = TRUE;
	fetch->notes = p_strdup(fetch->pool, fetched->notes);
	stored->keys = fetched->keys;
	stored->fetched = ioloop_time;
	stored->next = ioloop_time + (time_t)fetch->issuer->keys_refresh;
	stored->jwks_uri = p_strdup(fetch->pool, fetched->jwks_uri);
	stored->config_url = p_strdup(fetch->pool, fetched->config_url);
	stored->introspection_endpoint =
		p_strdup(fetch->pool, fetched->introspection_endpoint);
	if (fetch->save &&
	    pix_oauth2_keystore_write(fetch->oauth2->set->pix_oauth2_state_dir,
				      fetch->issuer->name, fetched->text->data,
				      fetched->text->used, stored, &error) < 0) {
		fetch->error = p_strdup(fetch->pool, error);
		fetch->ok = FALSE;
		pix_jwks_unref(&stored->keys);
	}
}

bool doveadm_pix_oauth2_fetch(const struct doveadm_pix_oauth2 *oauth2,
			      const struct pix_issuer *issuer, bool save,
			      struct pix_oauth2_stored *stored_r,
			      const char **notes_r, const char **error_r)
{
	const struct pix_http_params params = {
		.base_dir = pix_doveadm_base_dir(),
		.ca_file = oauth2->set->pix_oauth2_ca_file,
		.timeout_msecs = oauth2->set->pix_oauth2_http_timeout,
	};
	struct issuer_fetch fetch = {
		.oauth2 = oauth2,
		.issuer = issuer,
		.stored = stored_r,
		.save = save,
		.notes = "",
		.pool = pool_alloconly_create("issuer fetch", 512),
	};
	struct ioloop *prev = current_ioloop, *ioloop;
	struct pix_http *http;

	i_zero(stored_r);
	ioloop = io_loop_create();
	if (pix_http_init(&params, &http, &fetch.error) == 0) {
		(void)pix_oauth2_fetch_start(http, issuer, issuer_fetched, &fetch);
		io_loop_run(ioloop);
		pix_http_deinit(&http);
	}
	io_loop_destroy(&ioloop);
	io_loop_set_current(prev);
	*notes_r = t_strdup(fetch.notes);
	*error_r = t_strdup(fetch.error);
	stored_r->jwks_uri = t_strdup(stored_r->jwks_uri);
	stored_r->config_url = t_strdup(stored_r->config_url);
	stored_r->introspection_endpoint = t_strdup(stored_r->introspection_endpoint);
	pool_unref(&fetch.pool);
	return fetch.ok;
}

const char *doveadm_pix_time(time_t t)
{
	return t == 0 ? "" : t_strdup_printf("%lld", (long long)t);
}
