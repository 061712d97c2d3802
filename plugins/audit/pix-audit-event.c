/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

/* Events of other plugins, named pix_<kind> with "_" for the dot, become
   records. Which fields a record may have is the contract of
   docs/protocol/audit-record.md; others of the event stay out. */

#include "pix-audit-event.h"
#include "pix-audit-client.h"
#include "pix-event.h"

static const char *const pix_audit_event_strings[] = {
	"outcome", "reason", "proto", "mech", "factor1", "factor", "credential",
	"issuer", "client", "mailbox", "mailbox_guid", "uids", "section",
	"to_mailbox", "to_mailbox_guid", "to_uids", "from_mailbox", "msgid", "guid",
	"sha256", "flags_add", "flags_remove", "flags_set", "sender", "recipient",
	"authres", "label", "hold", "matter", "rights", "identifier", "script",
	"object", "command", "purpose", "fingerprint", "package", "target",
};
static const char *const pix_audit_event_ints[] = {
	"uidvalidity", "count", "size", "until", "expires", "rows",
};

const char *pix_audit_event_kind(const char *name)
{
	char *kind, *p;

	/* both ends come from code of the suite, but an operator's own Lua may
	   send events too */
	if (strncmp(name, "pix_", 4) != 0 || strchr(name + 4, '_') == NULL ||
	    strspn(name, "abcdefghijklmnopqrstuvwxyz_") != strlen(name) ||
	    strlen(name) > 60)
		return NULL;
	kind = t_strdup_noconst(name + 4);
	p = strchr(kind, '_');
	*p = '.';
	for (; *p != '\0'; p++) {
		if (*p == '_')
			*p = '-';
	}
	return kind;
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
	for (unsigned int i = 0; i < N_ELEMENTS(pix_audit_event_ints); i++) {
		if (pix_event_own_int(event, pix_audit_event_ints[i], &num))
			pix_audit_build_int(build, pix_audit_event_ints[i], num);
	}
}
