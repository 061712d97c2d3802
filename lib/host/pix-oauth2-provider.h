/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */
#ifndef PIX_OAUTH2_PROVIDER_H
#define PIX_OAUTH2_PROVIDER_H

/* The keys of one issuer in a running process: loaded from its file, the state
   folder or the network, refreshed in time and when a token names a key that
   isn't known. One fetch at a time; who needs it waits for it. */

#include "pix-http.h"
#include "pix-issuer.h"
#include "pix-jws.h"

struct pix_oauth2_provider;

/* ok: the keys were fetched; FALSE: they could not be. */
typedef void pix_oauth2_wait_callback_t(bool ok, void *context);

struct pix_oauth2_provider_params {
	struct event *event_parent;
	const struct pix_issuer *issuer;
	/* NULL: never asks the network */
	struct pix_http *http;
	/* NULL: nothing is kept on disk */
	const char *state_dir;
	/* requests that may wait at a time */
	unsigned int max_waiters;
};

struct pix_oauth2_provider *
pix_oauth2_provider_init(const struct pix_oauth2_provider_params *params);
/* Waiters are told that it failed. */
void pix_oauth2_provider_deinit(struct pix_oauth2_provider **provider);
/* Loads what is on disk and begins to keep the keys fresh. Call from the
   ioloop, once. */
void pix_oauth2_provider_start(struct pix_oauth2_provider *provider);

const struct pix_issuer *
pix_oauth2_provider_issuer(const struct pix_oauth2_provider *provider);
/* URL of the discovery document or the introspection endpoint, NULL if not known. */
const char *
pix_oauth2_provider_config_url(const struct pix_oauth2_provider *provider);
const char *
pix_oauth2_provider_introspection_url(const struct pix_oauth2_provider *provider);

/* Checks a signature with the keys at hand. KEYS_UNAVAILABLE: there are none, or
   they are too old. For KEY_UNKNOWN and KEYS_UNAVAILABLE pix_oauth2_provider_wait()
   may help. */
enum pix_verdict
pix_oauth2_provider_verify(struct pix_oauth2_provider *provider,
			   const struct pix_jws *jws);
/* Changes whenever the keys do: what was verified before must be again. */
unsigned int
pix_oauth2_provider_generation(struct pix_oauth2_provider *provider);

/* Waits for a fetch, which is begun if none is under way. Returns FALSE if it
   makes no sense: keys from a file, the last fetches failed just now, or too
   many wait. The callback is called once, never before this returns. */
bool pix_oauth2_provider_wait(struct pix_oauth2_provider *provider,
			      pix_oauth2_wait_callback_t *callback, void *context);

/* TRUE if the last fetch failed: a key that isn't known may well exist. */
bool pix_oauth2_provider_is_failing(const struct pix_oauth2_provider *provider);

struct pix_oauth2_provider_status {
	/* current keys, borrowed; NULL without any */
	struct pix_jwks *keys;
	time_t fetched, next;
};
void pix_oauth2_provider_status(struct pix_oauth2_provider *provider,
				struct pix_oauth2_provider_status *status_r);

#endif
