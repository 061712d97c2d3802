/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

/* What the host says by events of its own and no wrapped function sees: Sieve
   scripts in managesieve, submitted messages, failed deliveries. */

#include "pix-audit-host-event.h"
#include "pix-audit-plugin.h"
#include "pix-event.h"

static const struct {
	const char *service, *filter;
} pix_audit_host_filters[] = {
	{ "managesieve", "event=sieve_storage_save_finished OR event=sieve_script_deleted OR "
		"event=sieve_script_activated OR event=sieve_storage_deactivated OR "
		"event=sieve_script_renamed" },
	{ "submission", "event=smtp_server_transaction_finished" },
	{ "lmtp", "event=mail_delivery_finished" },
	{ "lda", "event=mail_delivery_finished" },
};

const char *pix_audit_host_filter(const char *service)
{
	for (unsigned int i = 0; i < N_ELEMENTS(pix_audit_host_filters); i++) {
		if (strcmp(pix_audit_host_filters[i].service, service) == 0)
			return pix_audit_host_filters[i].filter;
	}
	return NULL;
}

static void
pix_audit_host_begin(struct event *event, const char *kind, struct pix_audit_build *build)
{
	struct pix_audit_user *auser = pix_audit_user_last();

	const char *user = pix_event_str(event, "user");

	/* submission's events don't name the user (2.3), or have a session of
	   their own (2.4) */
	if (auser != NULL &&
	    (user == NULL || strcmp(user, auser->user->username) == 0)) {
		pix_audit_begin(auser, NULL, kind, build);
		return;
	}
	pix_audit_client_begin(pix_audit, kind, build);
	pix_audit_build_str(build, "session", pix_event_str(event, "session"));
	pix_audit_build_str(build, "owner", user);
	pix_audit_build_str(build, "ip", pix_event_str(event, "remote_ip"));
}

static bool pix_audit_host_sieve(struct event *event, const char *name)
{
	static const struct {
		const char *event, *kind;
	} kinds[] = {
		{ "sieve_storage_save_finished", "sieve.put" },
		{ "sieve_script_deleted", "sieve.delete" },
		{ "sieve_script_activated", "sieve.activate" },
		{ "sieve_storage_deactivated", "sieve.activate" },
		{ "sieve_script_renamed", "sieve.rename" },
	};
	struct pix_audit_build build;

	for (unsigned int i = 0; i < N_ELEMENTS(kinds); i++) {
		if (strcmp(kinds[i].event, name) != 0)
			continue;
		if (pix_event_own_str(event, "error") != NULL)
			return TRUE;
		pix_audit_host_begin(event, kinds[i].kind, &build);
		if (strcmp(name, "sieve_storage_deactivated") == 0)
			pix_audit_build_str(&build, "reason", "none-active");
		else if (strcmp(name, "sieve_script_renamed") == 0) {
			/* the host has forgotten the old name by now */
			pix_audit_build_str(&build, "script",
				pix_event_str(event, "new_script_name"));
		} else {
			pix_audit_build_str(&build, "script",
				pix_event_str(event, "script_name"));
		}
		pix_audit_client_end(pix_audit, &build);
		return TRUE;
	}
	return FALSE;
}

static void pix_audit_host_submission(struct event *event)
{
	const bool failed = pix_event_own_str(event, "error") != NULL;
	struct pix_audit_build build;
	intmax_t num;

	pix_audit_host_begin(event, failed ? "submission.fail" : "submission.accept", &build);
	if (failed)
		pix_audit_build_str(&build, "outcome", "fail");
	pix_audit_build_str(&build, "sender", pix_event_str(event, "mail_from"));
	if (pix_event_int(event, failed ? "recipients" : "recipients_succeeded", &num))
		pix_audit_build_int(&build, "count", num);
	if (pix_event_int(event, "data_size", &num))
		pix_audit_build_int(&build, "size", num);
	if (pix_event_int(event, "status_code", &num) && failed)
		pix_audit_build_str(&build, "reason", t_strdup_printf("smtp-%d", (int)num));
	pix_audit_client_end(pix_audit, &build);
}

/* What was filed has a receipt of its own. */
static void pix_audit_host_delivery(struct event *event)
{
	struct pix_audit_build build;

	if (pix_event_own_str(event, "error") == NULL)
		return;
	pix_audit_host_begin(event, "delivery.fail", &build);
	pix_audit_build_str(&build, "outcome", "fail");
	pix_audit_build_str(&build, "reason", "delivery-failed");
	pix_audit_build_str(&build, "sender", pix_event_str(event, "mail_from"));
	pix_audit_build_str(&build, "recipient", pix_event_str(event, "rcpt_to"));
	pix_audit_build_str_max(&build, "msgid", pix_event_str(event, "message_id"), 250);
	pix_audit_client_end(pix_audit, &build);
}

void pix_audit_host_event(struct event *event, const char *name)
{
	if (strcmp(name, "smtp_server_transaction_finished") == 0)
		pix_audit_host_submission(event);
	else if (strcmp(name, "mail_delivery_finished") == 0)
		pix_audit_host_delivery(event);
	else
		(void)pix_audit_host_sieve(event, name);
}
