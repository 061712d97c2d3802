/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-audit-main.h"
#include "pix-audit-event.h"
#include "pix-audit-host-event.h"
#include "pix-audit-process.h"
#include "pix-compat.h"
#include "pix-event.h"
#include "pix-mail-session.h"
#include "master-service.h"

struct pix_audit_client *pix_audit;
const struct pix_audit_emit_settings *pix_audit_set;
static struct pix_audit_process pix_audit_mail;

void pix_audit_main_preinit(void)
{
	pix_audit_actor_init();
	pix_audit_process_init(&pix_audit_mail, NULL);
	pix_audit = pix_audit_mail.client;
	pix_audit_set = pix_audit_mail.set;
}

void pix_audit_event(struct event *event, const char *name)
{
	const char *outcome = NULL, *kind = pix_audit_event_kind(name, &outcome);
	const char *owner, *actor;
	struct pix_audit_build build;

	if (pix_audit == NULL)
		return;
	if (!str_begins_compat(name, "pix_")) {
		pix_audit_host_event(event, name);
		return;
	}
	if (kind == NULL)
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
		pix_audit_build_str(&build, "role", str_begins_compat(actor, "policy:") ?
				    "policy" : "admin");
	}
	pix_audit_build_str(&build, "outcome", outcome);
	pix_audit_build_str(&build, "ip", pix_event_str(event, "remote_ip"));
	pix_audit_event_fields(&build, event);
	pix_audit_client_end(pix_audit, &build);
}

void pix_audit_main_init(void)
{
	const char *filter = pix_audit_host_filter(master_service_get_name(master_service));
	const char *error;

	filter = filter == NULL ? "event=pix_*" :
		t_strconcat("event=pix_* OR ", filter, NULL);
	pix_mail_session_init(pix_audit_session_ended);
	if (pix_event_listen(filter, pix_audit_event, &error) < 0)
		i_panic("pix-audit: Invalid event filter: %s", error);
}

void pix_audit_main_deinit(void)
{
	pix_event_unlisten();
	pix_mail_session_deinit();
	pix_audit_process_deinit(&pix_audit_mail);
	pix_audit = NULL;
	pix_audit_set = NULL;
	pix_audit_actor_deinit();
}

bool pix_audit_must_refuse(enum pix_audit_class class)
{
	return pix_audit_process_must_refuse(&pix_audit_mail, class);
}
