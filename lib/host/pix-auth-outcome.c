/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "auth-common.h"
#include "auth-request.h"
#include "pix-auth-outcome.h"
#include "pix-compat.h"
#include "pix-event.h"
#include "auth-fields.h"
#include "lib-event-private.h"

bool pix_auth_is_server(void)
{
	return !worker;
}

/* The event of the request: only it has this field. */
static struct event *pix_auth_request_event(struct event *event)
{
	for (; event != NULL; event = event_get_parent(event)) {
		if (event_find_field_nonrecursive(event, "mechanism") != NULL)
			return event;
	}
	return NULL;
}

/* An event doesn't tell its request. One of the host's own log prefixes has
   it: of the event itself (2.4), or of a child that is made right after
   it (2.3). Whatever is found is believed only if it points back. */
static const struct auth_request *pix_auth_request_find(struct event *event)
{
	const struct auth_request *request;
	struct event *e = event;

	for (unsigned int i = 0; i < 4 && e != NULL; i++, e = e->prev) {
		if (e != event && e->parent != event)
			continue;
		if (e->log_prefix_callback == NULL)
			continue;
		request = e->log_prefix_callback_context;
		if (request != NULL && request->event == event)
			return request;
	}
	return NULL;
}

static const char *
pix_auth_field(const struct auth_fields *fields, const char *name)
{
	return fields == NULL ? NULL :
		auth_fields_find((struct auth_fields *)fields, name);
}

static bool pix_auth_int(struct event *event, const char *key, intmax_t *value_r)
{
	*value_r = 0;
	return pix_event_int(event, key, value_r);
}

static void
pix_auth_outcome_request(const struct auth_request *request,
			 struct pix_auth_outcome *outcome)
{
	outcome->internal = request->internal_failure;
	outcome->policy = request->policy_refusal;
	outcome->unknown_user = !outcome->success &&
		request->passdb_result == PASSDB_RESULT_USER_UNKNOWN;
	outcome->tls = pix_auth_field(request->fields.extra_fields, "forward_pix_tls");
	outcome->factor = pix_auth_field(request->fields.userdb_reply, "pix_factor");
	outcome->credential = pix_auth_field(request->fields.userdb_reply, "pix_credential");
	outcome->issuer = pix_auth_field(request->fields.userdb_reply, "pix_issuer");
}

bool pix_auth_outcome_get(struct event *event, struct pix_auth_outcome *outcome_r)
{
	struct event *request_event = pix_auth_request_event(event);
	const struct auth_request *request;
	const char *value;

	i_zero(outcome_r);
	if (request_event == NULL)
		return FALSE;
	request = pix_auth_request_find(request_event);
	if (request != NULL && request->userdb_lookup)
		return FALSE;
	outcome_r->user = pix_event_str(event, "user");
	outcome_r->given = pix_event_str(event, "original_user");
	outcome_r->master = pix_event_str(event, "master_user");
	outcome_r->protocol = pix_event_str(event, PIX_DOVECOT_24 ? "protocol" : "service");
	outcome_r->mech = pix_event_str(event, "mechanism");
	outcome_r->session = pix_event_str(event, "session");
	outcome_r->client = pix_event_str(event, "client_id");
	outcome_r->ip = pix_event_str(event, "remote_ip");
	outcome_r->local_ip = pix_event_str(event, "local_ip");
	outcome_r->real_ip = pix_event_str(event, "real_remote_ip");
	(void)pix_auth_int(event, "remote_port", &outcome_r->port);
	(void)pix_auth_int(event, "local_port", &outcome_r->local_port);
	value = pix_event_str(event, "success");
	outcome_r->success = value != NULL && strcmp(value, "yes") == 0;
	value = pix_event_str(event, "transport");
	outcome_r->secured = value != NULL && strcmp(value, "TLS") == 0;
	if (request != NULL)
		pix_auth_outcome_request(request, outcome_r);
	return TRUE;
}

void pix_auth_outcome_note(struct event *event, const char *key, const char *value)
{
	struct event *request_event = pix_auth_request_event(event);

	if (request_event != NULL && value != NULL)
		event_add_str(request_event, key, value);
}

const char *pix_auth_outcome_noted(struct event *event, const char *key)
{
	return pix_event_str(event, key);
}
