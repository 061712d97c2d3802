/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

/* Events of the suite's plugins become records. Which fields a record may have is
   the contract of docs/protocol/audit-record.md; others of an event stay out. */

#include "pix-audit-event.h"
#include "pix-audit-client.h"
#include "pix-event.h"

/* Events that are recorded: an unknown kind would be refused by the collector. */
static const struct {
	const char *event, *kind, *outcome;
} pix_audit_event_kinds[] = {
	{ "pix_archive_diverted", "retention.divert", NULL },
	{ "pix_quarantine_released", "quarantine.release", NULL },
	{ "pix_retention_label", "retention.set", NULL },
	{ "pix_session_ended", "session.kill", NULL },
	{ "pix_session_refused", "session.kill", "denied" },
	/* named as the record */
	{ "pix_archive_restore", "archive.restore", NULL },
	{ "pix_archive_store", "archive.store", NULL },
	{ "pix_disposition_approve", "disposition.approve", NULL },
	{ "pix_disposition_destroy", "disposition.destroy", NULL },
	{ "pix_disposition_reject", "disposition.reject", NULL },
	{ "pix_folder_acl", "folder.acl", NULL },
	{ "pix_hold_add", "hold.add", NULL },
	{ "pix_hold_approve", "hold.approve", NULL },
	{ "pix_hold_release", "hold.release", NULL },
	{ "pix_quarantine_release", "quarantine.release", NULL },
	{ "pix_retention_divert", "retention.divert", NULL },
	{ "pix_retention_refuse", "retention.refuse", NULL },
	{ "pix_retention_set", "retention.set", NULL },
	{ "pix_session_device", "session.device", NULL },
	{ "pix_session_kill", "session.kill", NULL },
};

/* Names that differ in events. */
static const struct {
	const char *event, *record;
} pix_audit_event_aliases[] = {
	{ "message_id", "msgid" },
	{ "reason_code", "reason" },
};

static const char *const pix_audit_event_strings[] = {
	"reason", "proto", "mech", "factor1", "factor", "credential",
	"issuer", "client", "mailbox", "mailbox_guid", "uids", "section",
	"to_mailbox", "to_mailbox_guid", "to_uids", "from_mailbox", "msgid", "guid",
	"sha256", "flags_add", "flags_remove", "flags_set", "sender", "recipient",
	"authres", "label", "hold", "matter", "rights", "identifier", "script",
	"object", "command", "purpose", "fingerprint", "package", "target",
};
static const char *const pix_audit_event_ints[] = {
	"uidvalidity", "count", "size", "until", "expires", "rows",
};

const char *pix_audit_event_kind(const char *name, const char **outcome_r)
{
	for (unsigned int i = 0; i < N_ELEMENTS(pix_audit_event_kinds); i++) {
		if (strcmp(pix_audit_event_kinds[i].event, name) == 0) {
			*outcome_r = pix_audit_event_kinds[i].outcome;
			return pix_audit_event_kinds[i].kind;
		}
	}
	return NULL;
}

/* Only the event's own fields: its parents' are about something else. */
void pix_audit_event_fields(struct pix_audit_build *build, const struct event *event)
{
	const char *value;
	intmax_t num;

	for (unsigned int i = 0; i < N_ELEMENTS(pix_audit_event_strings); i++) {
		value = pix_event_own_str(event, pix_audit_event_strings[i]);
		pix_audit_build_str(build, pix_audit_event_strings[i], value);
	}
	for (unsigned int i = 0; i < N_ELEMENTS(pix_audit_event_aliases); i++) {
		if (pix_event_own_str(event, pix_audit_event_aliases[i].record) != NULL)
			continue;
		value = pix_event_own_str(event, pix_audit_event_aliases[i].event);
		pix_audit_build_str(build, pix_audit_event_aliases[i].record, value);
	}
	for (unsigned int i = 0; i < N_ELEMENTS(pix_audit_event_ints); i++) {
		if (pix_event_own_int(event, pix_audit_event_ints[i], &num))
			pix_audit_build_int(build, pix_audit_event_ints[i], num);
	}
	if (pix_event_own_int(event, "uid", &num) && num > 0) {
		pix_audit_build_str(build, "uids", dec2str(num));
		pix_audit_build_int(build, "count", 1);
	}
}
