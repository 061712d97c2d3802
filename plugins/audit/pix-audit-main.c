/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-audit-main.h"
#include "pix-audit-event.h"
#include "pix-event.h"
#include "pix-mail-session.h"
#include "lib-event.h"
#include "master-service.h"

struct pix_audit_client *pix_audit;
const struct pix_audit_emit_settings *pix_audit_set;
enum pix_audit_class pix_audit_refuse;
/* another module of this process made the client */
static bool pix_audit_is_shared;

static void pix_audit_settings(const char *service)
{
	struct event *event = event_create(NULL);
	const char *error;

	event_set_append_log_prefix(event, "pix-audit: ");
	if (pix_settings_get_service(NULL, &pix_audit_emit_setting_parser_info,
				     service, (const void **)&pix_audit_set, &error) < 0) {
		/* a process without access to the configuration, as a
		   dovecot-lda that the MTA runs: defaults */
		e_debug(event, "Using default settings: %s", error);
		pix_audit_set = NULL;
	} else if (pix_audit_on_failure_parse(pix_audit_set->pix_audit_on_failure,
					      &pix_audit_refuse, &error) < 0)
		e_error(event, "%s", error);
	event_unref(&event);
}

void pix_audit_main_preinit(void)
{
	const char *service = master_service_get_name(master_service);
	struct pix_audit_client_params params = {
		.service = service,
		.socket = "pix-audit",
	};

	pix_audit_settings(service);
	pix_audit_actor_init();
	pix_audit = pix_audit_client_find();
	pix_audit_is_shared = pix_audit != NULL;
	if (pix_audit_is_shared)
		return;
	if (pix_audit_set != NULL)
		params.dir = pix_audit_set->pix_audit_dir;
	pix_audit = pix_audit_client_init(&params);
}

void pix_audit_event(struct event *event, const char *name)
{
	const char *kind = pix_audit_event_kind(name);
	const char *owner, *actor;
	struct pix_audit_build build;

	if (kind == NULL || pix_audit == NULL)
		return;
	owner = pix_event_own_str(event, "owner");
	if (owner == NULL)
		owner = pix_event_str(event, "user");
	actor = pix_event_own_str(event, "actor");
	pix_audit_client_begin(pix_audit, kind, &build);
	pix_audit_build_str(&build, "session", pix_event_str(event, "session"));
	pix_audit_build_str(&build, "owner", owner);
	if (actor != NULL && (owner == NULL || strcmp(actor, owner) != 0)) {
		pix_audit_build_str(&build, "actor", actor);
		pix_audit_build_str(&build, "role", pix_event_own_str(event, "role"));
	}
	pix_audit_build_str(&build, "ip", pix_event_str(event, "remote_ip"));
	pix_audit_event_fields(&build, event);
	pix_audit_client_end(pix_audit, &build);
}

void pix_audit_main_init(void)
{
	const char *error;

	pix_mail_session_init(pix_audit_session_ended);
	if (pix_event_listen("event=pix_*", pix_audit_event, &error) < 0)
		i_panic("pix-audit: Invalid event filter: %s", error);
}

void pix_audit_main_deinit(void)
{
	pix_event_unlisten();
	pix_mail_session_deinit();
	if (!pix_audit_is_shared)
		pix_audit_client_deinit(&pix_audit);
	pix_audit = NULL;
	pix_settings_free(&pix_audit_set);
	pix_audit_actor_deinit();
}

bool pix_audit_must_refuse(enum pix_audit_class class)
{
	return (pix_audit_refuse & class) != 0 && pix_audit != NULL &&
		!pix_audit_client_is_healthy(pix_audit);
}
