/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-oauth2-introspection.h"
#include "ioloop.h"
#include "lib-event.h"

/* Questions under way at a time. */
#define INTROSPECTION_MAX_PENDING 500
/* Failures in a row that open the breaker, and for how long at first and at most. */
#define INTROSPECTION_MAX_FAILURES 3
#define INTROSPECTION_OPEN_SECS 2
#define INTROSPECTION_OPEN_MAX_SECS 60
#define INTROSPECTION_SAY_INTERVAL_SECS 600

struct pix_oauth2_introspector {
	struct event *event;
	struct pix_http *http;
	struct pix_oauth2_provider *provider;
	unsigned int pending, failures, open_secs;
	time_t open_until, said;
	/* the breaker is open and one question tries */
	bool trying;
};

struct introspection {
	struct pix_oauth2_introspector *introspector;
	pix_oauth2_introspect_callback_t *callback;
	void *context;
};

struct pix_oauth2_introspector *
pix_oauth2_introspector_init(struct event *event, struct pix_http *http,
			     struct pix_oauth2_provider *provider)
{
	struct pix_oauth2_introspector *introspector =
		i_new(struct pix_oauth2_introspector, 1);

	introspector->event = event;
	introspector->http = http;
	introspector->provider = provider;
	return introspector;
}

void pix_oauth2_introspector_deinit(struct pix_oauth2_introspector **introspector)
{
	i_free(*introspector);
}

static void
introspection_failed(struct pix_oauth2_introspector *introspector, const char *error)
{
	const struct pix_issuer *issuer =
		pix_oauth2_provider_issuer(introspector->provider);

	introspector->failures++;
	if (introspector->failures >= INTROSPECTION_MAX_FAILURES) {
		introspector->open_secs = introspector->open_secs == 0 ?
			INTROSPECTION_OPEN_SECS :
			I_MIN(introspector->open_secs * 2, INTROSPECTION_OPEN_MAX_SECS);
		introspector->open_until = ioloop_time + (time_t)introspector->open_secs;
	}
	if (introspector->said != 0 &&
	    ioloop_time - introspector->said < INTROSPECTION_SAY_INTERVAL_SECS)
		return;
	introspector->said = ioloop_time;
	e_error(introspector->event, "Tokens of issuer=%s could not be introspected: %s "
		"(failures=%u; check introspection in %s)", issuer->name, error,
		introspector->failures, issuer->source);
}

static void
introspection_done(enum pix_introspect_result result, const json_t *claims,
		   const char *error, void *context)
{
	struct introspection *ask = context;
	struct pix_oauth2_introspector *introspector = ask->introspector;

	introspector->pending--;
	introspector->trying = FALSE;
	if (result == PIX_INTROSPECT_UNAVAILABLE)
		introspection_failed(introspector, error);
	else if (introspector->failures > 0) {
		e_info(introspector->event, "Tokens of issuer=%s are introspected again "
		       "after %u failures",
		       pix_oauth2_provider_issuer(introspector->provider)->name,
		       introspector->failures);
		introspector->failures = introspector->open_secs = 0;
		introspector->open_until = introspector->said = 0;
	}
	ask->callback(result, claims, error, ask->context);
	i_free(ask);
}

bool pix_oauth2_introspector_ask(struct pix_oauth2_introspector *introspector,
				 const char *token,
				 pix_oauth2_introspect_callback_t *callback,
				 void *context)
{
	const char *url = pix_oauth2_provider_introspection_url(introspector->provider);
	bool broken = introspector->failures >= INTROSPECTION_MAX_FAILURES;
	struct introspection *ask;
	const char *error;

	if (introspector->pending >= INTROSPECTION_MAX_PENDING ||
	    (broken && (introspector->trying || introspector->open_until > ioloop_time)))
		return FALSE;
	if (url == NULL || introspector->http == NULL) {
		introspection_failed(introspector, "its endpoint is not known");
		return FALSE;
	}
	ask = i_new(struct introspection, 1);
	ask->introspector = introspector;
	ask->callback = callback;
	ask->context = context;
	if (pix_oauth2_introspect(introspector->http,
				  pix_oauth2_provider_issuer(introspector->provider),
				  url, token, ioloop_time, introspection_done, ask,
				  &error) < 0) {
		introspection_failed(introspector, error);
		i_free(ask);
		return FALSE;
	}
	introspector->pending++;
	introspector->trying = broken;
	return TRUE;
}
