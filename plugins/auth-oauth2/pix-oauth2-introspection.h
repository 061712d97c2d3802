/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */
#ifndef PIX_OAUTH2_INTROSPECTION_H
#define PIX_OAUTH2_INTROSPECTION_H

#include "pix-oauth2-introspect.h"
#include "pix-oauth2-provider.h"

/* Introspection at one issuer, with a circuit breaker: after failures in a row
   nobody is kept waiting, and one request at a time tries whether it is over. */
struct pix_oauth2_introspector;

struct pix_oauth2_introspector *
pix_oauth2_introspector_init(struct event *event, struct pix_http *http,
			     struct pix_oauth2_provider *provider);
void pix_oauth2_introspector_deinit(struct pix_oauth2_introspector **introspector);

/* Returns FALSE if the issuer can't be asked now; the cause was logged. */
bool pix_oauth2_introspector_ask(struct pix_oauth2_introspector *introspector,
				 const char *token,
				 pix_oauth2_introspect_callback_t *callback,
				 void *context);

#endif
