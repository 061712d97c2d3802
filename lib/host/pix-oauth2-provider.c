/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-oauth2-provider.h"
#include "pix-oauth2-config.h"
#include "pix-oauth2-fetch.h"
#include "pix-oauth2-keystore.h"
#include "ioloop.h"
#include "llist.h"
#include "lib-event.h"

#include <sys/stat.h>

/* Two fetches because of unknown keys are at least this far apart. */
#define PROVIDER_FETCH_INTERVAL_SECS 3
/* Cache-Control may ask for less, but not for a fetch a second. */
#define PROVIDER_REFRESH_MIN_SECS 30
#define PROVIDER_BACKOFF_MAX_SECS 60
/* A failure that lasts is said again this often. */
#define PROVIDER_SAY_INTERVAL_SECS 600

struct pix_oauth2_waiter {
	struct pix_oauth2_waiter *prev, *next;
	pix_oauth2_wait_callback_t *callback;
	void *context;
};

struct pix_oauth2_provider {
	struct event *event;
	const struct pix_issuer *issuer;
	struct pix_http *http;
	char *state_dir;

	struct pix_jwks *keys, *old_keys;
	/* until when old_keys count */
	time_t old_until;
	unsigned int generation;
	struct pix_oauth2_stored stored;
	char *config_url, *introspection_url;

	/* when the disk was last looked at */
	time_t looked;
	time_t last_fetch;
	struct pix_oauth2_fetch *fetch;
	struct timeout *to_fetch;

	unsigned int failures;
	time_t failed_until, said;
	bool disk_failed;

	struct pix_oauth2_waiter *waiters, *waiters_tail;
	unsigned int waiters_count, max_waiters;
};

static void provider_fetch(struct pix_oauth2_provider *provider);
static void provider_schedule(struct pix_oauth2_provider *provider);

static bool provider_has_network(const struct pix_oauth2_provider *provider)
{
	return provider->http != NULL &&
		(provider->issuer->keys == PIX_ISSUER_KEYS_DISCOVERY ||
		 provider->issuer->keys == PIX_ISSUER_KEYS_URL);
}

/* Takes over the reference. overlap: the keys that go may still be used for a
   while. */
static void
provider_set_keys(struct pix_oauth2_provider *provider, struct pix_jwks *keys,
		  bool overlap)
{
	bool same = provider->keys != NULL &&
		memcmp(pix_jwks_digest(provider->keys), pix_jwks_digest(keys), 32) == 0;

	if (same) {
		pix_jwks_unref(&keys);
		return;
	}
	pix_jwks_unref(&provider->old_keys);
	if (overlap && provider->keys != NULL && provider->issuer->keys_overlap > 0) {
		provider->old_keys = provider->keys;
		provider->old_until = ioloop_time + provider->issuer->keys_overlap;
	} else {
		pix_jwks_unref(&provider->keys);
	}
	provider->keys = keys;
	provider->generation++;
}

/* ---- disk ---- */

static void provider_disk_error(struct pix_oauth2_provider *provider, const char *error)
{
	if (!provider->disk_failed)
		e_error(provider->event, "%s", error);
	provider->disk_failed = TRUE;
}

static void provider_load_state(struct pix_oauth2_provider *provider)
{
	struct pix_oauth2_stored stored;
	const char *error;
	int ret;

	if (provider->state_dir == NULL)
		return;
	ret = pix_oauth2_keystore_read(provider->state_dir, provider->issuer->name,
				       provider->stored.mtime == 0 ? NULL :
				       &provider->stored, &stored, &error);
	if (ret < 0)
		provider_disk_error(provider, error);
	if (ret <= 0 || stored.fetched < provider->stored.fetched) {
		if (ret > 0)
			pix_jwks_unref(&stored.keys);
		return;
	}
	/* a clock that was wrong must not make keys immortal */
	stored.fetched = I_MIN(stored.fetched, ioloop_time);
	stored.next = I_MIN(stored.next, ioloop_time + (time_t)provider->issuer->keys_refresh);
	/* written by doveadm or by another auth process */
	provider_set_keys(provider, stored.keys, provider->keys == NULL);
	i_free(provider->config_url);
	i_free(provider->introspection_url);
	provider->config_url = i_strdup(stored.config_url);
	provider->introspection_url = i_strdup(stored.introspection_endpoint);
	stored.keys = NULL;
	stored.jwks_uri = stored.introspection_endpoint = stored.config_url = NULL;
	provider->stored = stored;
}

static void provider_load_file(struct pix_oauth2_provider *provider)
{
	const char *path = provider->issuer->keys_location;
	struct pix_oauth2_stored *known = &provider->stored;
	const char *text, *error = NULL;
	string_t *notes = t_str_new(128);
	struct pix_jwks *keys = NULL;
	struct stat st;

	if (stat(path, &st) < 0)
		error = t_strdup_printf("stat(%s) failed: %m", path);
	else if (known->ino == st.st_ino && known->dev == st.st_dev &&
		 known->mtime == st.st_mtim.tv_sec &&
		 known->mtime_nsec == st.st_mtim.tv_nsec)
		return;
	else if (pix_oauth2_read_text(path, PIX_JWKS_MAX_SIZE, &text, &error) == 0) {
		keys = pix_jwks_parse(text, strlen(text), notes, &error);
		if (keys == NULL)
			error = t_strdup_printf("%s: %s", path, error);
	}
	if (keys == NULL) {
		provider_disk_error(provider, t_strdup_printf(
			"Keys of issuer=%s could not be read: %s (check keys in %s)",
			provider->issuer->name, error, provider->issuer->source));
		return;
	}
	if (str_len(notes) > 0)
		e_warning(provider->event, "%s: left out: %s", path, str_c(notes));
	if (provider->disk_failed)
		e_info(provider->event, "%s: the keys can be read again", path);
	provider->disk_failed = FALSE;
	known->dev = st.st_dev;
	known->ino = st.st_ino;
	known->mtime = st.st_mtim.tv_sec;
	known->mtime_nsec = st.st_mtim.tv_nsec;
	known->fetched = st.st_mtim.tv_sec;
	/* an operator who takes a key out wants it gone */
	provider_set_keys(provider, keys, FALSE);
}

/* Looks at the disk at most once a second. */
static void provider_look(struct pix_oauth2_provider *provider)
{
	if (provider->looked == ioloop_time)
		return;
	provider->looked = ioloop_time;
	T_BEGIN {
		if (provider->issuer->keys == PIX_ISSUER_KEYS_FILE)
			provider_load_file(provider);
		else if (provider->issuer->keys != PIX_ISSUER_KEYS_NONE)
			provider_load_state(provider);
	} T_END;
	if (provider->old_keys != NULL && provider->old_until <= ioloop_time) {
		pix_jwks_unref(&provider->old_keys);
		provider->generation++;
	}
}

static void
provider_save(struct pix_oauth2_provider *provider,
	      const struct pix_oauth2_fetched *fetched)
{
	struct pix_oauth2_stored stored = provider->stored;
	const char *error;

	if (provider->state_dir == NULL)
		return;
	stored.jwks_uri = fetched->jwks_uri;
	stored.introspection_endpoint = fetched->introspection_endpoint;
	stored.config_url = fetched->config_url;
	if (pix_oauth2_keystore_write(provider->state_dir, provider->issuer->name,
				      fetched->text->data, fetched->text->used,
				      &stored, &error) < 0) {
		provider_disk_error(provider, error);
		return;
	}
	provider->disk_failed = FALSE;
	stored.jwks_uri = stored.introspection_endpoint = stored.config_url = NULL;
	provider->stored = stored;
}

/* ---- network ---- */

static void provider_wake(struct pix_oauth2_provider *provider, bool ok)
{
	/* who wakes up may wait again: that one comes with the next fetch */
	struct pix_oauth2_waiter *waiters = provider->waiters, *waiter;

	provider->waiters = provider->waiters_tail = NULL;
	provider->waiters_count = 0;
	while (waiters != NULL) {
		waiter = waiters;
		waiters = waiter->next;
		waiter->callback(ok, waiter->context);
		i_free(waiter);
	}
}

static void provider_failed(struct pix_oauth2_provider *provider, const char *error)
{
	unsigned int backoff = 1;

	for (unsigned int i = 0; i < provider->failures && backoff < PROVIDER_BACKOFF_MAX_SECS; i++)
		backoff *= 2;
	provider->failures++;
	provider->failed_until = ioloop_time + I_MIN(backoff, PROVIDER_BACKOFF_MAX_SECS);
	if (provider->said != 0 &&
	    ioloop_time - provider->said < PROVIDER_SAY_INTERVAL_SECS)
		return;
	provider->said = ioloop_time;
	e_error(event_create_passthrough(provider->event)->
		set_name("pix_oauth2_keys_failed")->
		add_str("issuer", provider->issuer->name)->
		add_int("failures", provider->failures)->event(),
		"Keys of issuer=%s could not be fetched: %s "
		"(failures=%u; %s; check keys in %s)",
		provider->issuer->name, error, provider->failures,
		provider->keys == NULL ? "there are no older keys, so its tokens are refused" :
		t_strdup_printf("using keys that are %ld seconds old",
				(long)(ioloop_time - provider->stored.fetched)),
		provider->issuer->source);
}

static void
provider_fetched(const struct pix_oauth2_fetched *fetched, const char *error,
		 void *context)
{
	struct pix_oauth2_provider *provider = context;
	unsigned int refresh = provider->issuer->keys_refresh;

	provider->fetch = NULL;
	provider->last_fetch = ioloop_time;
	if (fetched == NULL) {
		provider_failed(provider, error);
		provider_schedule(provider);
		provider_wake(provider, FALSE);
		return;
	}
	if (provider->failures > 0) {
		e_info(provider->event, "Keys of issuer=%s were fetched again after %u failures",
		       provider->issuer->name, provider->failures);
	}
	if (*fetched->notes != '\0') {
		e_debug(provider->event, "Keys of issuer=%s: left out: %s",
			provider->issuer->name, fetched->notes);
	}
	provider->failures = 0;
	provider->failed_until = provider->said = 0;
	if (fetched->max_age >= 0 && fetched->max_age < refresh)
		refresh = I_MAX((unsigned int)fetched->max_age, PROVIDER_REFRESH_MIN_SECS);
	provider->stored.fetched = ioloop_time;
	provider->stored.next = ioloop_time + refresh;
	i_free(provider->config_url);
	i_free(provider->introspection_url);
	provider->config_url = i_strdup(fetched->config_url);
	provider->introspection_url = i_strdup(fetched->introspection_endpoint);
	provider_save(provider, fetched);
	provider_set_keys(provider, fetched->keys, TRUE);
	e_debug(event_create_passthrough(provider->event)->
		set_name("pix_oauth2_keys_fetched")->
		add_str("issuer", provider->issuer->name)->
		add_int("keys", pix_jwks_count(provider->keys))->event(),
		"Fetched %u keys of issuer=%s, next in %u seconds",
		pix_jwks_count(provider->keys), provider->issuer->name, refresh);
	provider_schedule(provider);
	provider_wake(provider, TRUE);
}

static void provider_fetch(struct pix_oauth2_provider *provider)
{
	timeout_remove(&provider->to_fetch);
	if (provider->fetch != NULL)
		return;
	provider->fetch = pix_oauth2_fetch_start(provider->http, provider->issuer,
						 provider_fetched, provider);
}

/* Sets the timer for the next fetch: a refresh, or another try. */
static void provider_schedule(struct pix_oauth2_provider *provider)
{
	time_t at = provider->stored.next;

	timeout_remove(&provider->to_fetch);
	if (provider->fetch != NULL || !provider_has_network(provider))
		return;
	if (provider->waiters != NULL)
		at = provider->last_fetch + PROVIDER_FETCH_INTERVAL_SECS;
	if (at < provider->failed_until)
		at = provider->failed_until;
	provider->to_fetch = timeout_add(at <= ioloop_time ? 0 :
		(unsigned int)I_MIN(at - ioloop_time, 86400) * 1000,
		provider_fetch, provider);
}

/* ---- API ---- */

struct pix_oauth2_provider *
pix_oauth2_provider_init(const struct pix_oauth2_provider_params *params)
{
	struct pix_oauth2_provider *provider = i_new(struct pix_oauth2_provider, 1);

	provider->event = event_create(params->event_parent);
	event_set_append_log_prefix(provider->event, "pix-oauth2: ");
	provider->issuer = params->issuer;
	provider->http = params->http;
	provider->state_dir = i_strdup(params->state_dir);
	provider->max_waiters = params->max_waiters;
	return provider;
}

void pix_oauth2_provider_deinit(struct pix_oauth2_provider **_provider)
{
	struct pix_oauth2_provider *provider = *_provider;

	if (provider == NULL)
		return;
	*_provider = NULL;
	timeout_remove(&provider->to_fetch);
	pix_oauth2_fetch_cancel(&provider->fetch);
	provider->http = NULL;
	provider_wake(provider, FALSE);
	pix_jwks_unref(&provider->keys);
	pix_jwks_unref(&provider->old_keys);
	event_unref(&provider->event);
	i_free(provider->config_url);
	i_free(provider->introspection_url);
	i_free(provider->state_dir);
	i_free(provider);
}

void pix_oauth2_provider_start(struct pix_oauth2_provider *provider)
{
	provider_look(provider);
	provider_schedule(provider);
}

const struct pix_issuer *
pix_oauth2_provider_issuer(const struct pix_oauth2_provider *provider)
{
	return provider->issuer;
}

const char *
pix_oauth2_provider_config_url(const struct pix_oauth2_provider *provider)
{
	return provider->config_url;
}

const char *
pix_oauth2_provider_introspection_url(const struct pix_oauth2_provider *provider)
{
	return provider->issuer->introspection_url != NULL ?
		provider->issuer->introspection_url : provider->introspection_url;
}

enum pix_verdict
pix_oauth2_provider_verify(struct pix_oauth2_provider *provider,
			   const struct pix_jws *jws)
{
	enum pix_verdict verdict, old;

	provider_look(provider);
	if (provider->keys == NULL ||
	    (provider->issuer->keys != PIX_ISSUER_KEYS_FILE &&
	     provider->stored.fetched + provider->issuer->keys_max_age < ioloop_time))
		return PIX_TOKEN_KEYS_UNAVAILABLE;
	verdict = pix_jws_verify(jws, provider->keys, NULL);
	if (verdict == PIX_TOKEN_OK || provider->old_keys == NULL)
		return verdict;
	old = pix_jws_verify(jws, provider->old_keys, NULL);
	return old == PIX_TOKEN_OK ? old : verdict;
}

unsigned int
pix_oauth2_provider_generation(struct pix_oauth2_provider *provider)
{
	provider_look(provider);
	return provider->generation;
}

bool pix_oauth2_provider_wait(struct pix_oauth2_provider *provider,
			      pix_oauth2_wait_callback_t *callback, void *context)
{
	struct pix_oauth2_waiter *waiter;

	if (!provider_has_network(provider) ||
	    provider->waiters_count >= provider->max_waiters ||
	    (provider->fetch == NULL && provider->failed_until > ioloop_time))
		return FALSE;
	waiter = i_new(struct pix_oauth2_waiter, 1);
	waiter->callback = callback;
	waiter->context = context;
	DLLIST2_APPEND(&provider->waiters, &provider->waiters_tail, waiter);
	provider->waiters_count++;
	provider_schedule(provider);
	return TRUE;
}

bool pix_oauth2_provider_is_failing(const struct pix_oauth2_provider *provider)
{
	return provider->failures > 0;
}

void pix_oauth2_provider_status(struct pix_oauth2_provider *provider,
				struct pix_oauth2_provider_status *status_r)
{
	provider_look(provider);
	status_r->keys = provider->keys;
	status_r->fetched = provider->stored.fetched;
	status_r->next = provider->stored.next;
}
