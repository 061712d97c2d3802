/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-audit.h"

static json_t *
pix_audit_item(const char *name, const char *state, const char *value, const char *text)
{
	json_t *item = json_object();

	pix_json_set_str(item, "name", name);
	pix_json_set_str(item, "state", state);
	pix_json_set_str(item, "value", value);
	pix_json_set_str(item, "text", text);
	return item;
}

static void
pix_audit_cmd_status(struct pix_audit *audit, struct pix_service_conn *conn, uint64_t id)
{
	json_t *answer = json_object(), *items = json_array();

	pix_json_set_bool(answer, "ok", !audit->stalled);
	json_array_append_new(items, pix_audit_item("log", audit->stalled ? "fail" : "ok",
		dec2str(pix_audit_log_durable(audit->log)), audit->stalled ?
		"Records can't be written and wait: free disk space" : ""));
	json_array_append_new(items, pix_audit_item("unattested",
		audit->unattested > 0 ? "warn" : "ok", dec2str(audit->unattested),
		audit->unattested > 0 ? "Records came from processes that never were root: "
		"a hijacked process could have forged them" : ""));
	json_object_set_new(answer, "items", items);
	pix_json_set_int(answer, "size", (int64_t)pix_audit_log_durable(audit->log));
	pix_json_set_bool(answer, "stalled", audit->stalled);
	pix_service_answer(conn, id, answer);
}

static void
pix_audit_cmd_flush(struct pix_audit *audit, struct pix_service_conn *conn, uint64_t id)
{
	json_t *answer;

	if (!pix_audit_publish(audit)) {
		pix_service_fail(conn, id, "unavailable",
				 "The log can't be written now: see Dovecot's log");
		return;
	}
	answer = json_object();
	pix_json_set_int(answer, "size", (int64_t)pix_audit_log_durable(audit->log));
	pix_service_answer(conn, id, answer);
}

void pix_audit_admin_request(struct pix_service_conn *conn, uint64_t id,
			     const char *cmd, const json_t *args ATTR_UNUSED)
{
	struct pix_audit *audit = pix_audit_of(conn);

	if (strcmp(cmd, "status") == 0)
		pix_audit_cmd_status(audit, conn, id);
	else if (strcmp(cmd, "flush") == 0)
		pix_audit_cmd_flush(audit, conn, id);
	else
		pix_service_fail(conn, id, "invalid", "Unknown command");
}
