/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-audit.h"
#include "pix-tlog-proof.h"

/* an answer ends with the record that passes this size, in bytes */
#define PIX_AUDIT_ANSWER_MAX (8 * 1024 * 1024)

void pix_audit_admin_members(struct pix_service_conn *conn, const json_t *args,
			     string_t *dest)
{
	const char *by = pix_json_str(args, "by");

	/* root's word is taken for who logged in; anybody else is who he is */
	if (by == NULL || pix_service_conn_uid(conn) != 0 || strlen(by) > 250)
		by = t_strdup_printf("uid:%lu", (unsigned long)pix_service_conn_uid(conn));
	str_append(dest, "\"actor\":\"");
	pix_audit_escape(dest, by);
	str_append(dest, "\",\"role\":\"admin\",");
}

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

/* Records, oldest first, from an index on. */
static void
pix_audit_cmd_get(struct pix_audit *audit, struct pix_service_conn *conn, uint64_t id,
		  const json_t *args)
{
	struct pix_bundle_entry entries[PIX_TILE_WIDTH];
	string_t *answer = t_str_new(16384);
	const char *error;
	int64_t from, count = 100;
	unsigned int rows = 0;
	int ret = 1;

	if (!pix_json_int(args, "from", 0, INT64_MAX, &from) ||
	    (json_object_get(args, "count") != NULL &&
	     !pix_json_int(args, "count", 1, 1000, &count))) {
		pix_service_fail(conn, id, "invalid", "from or count is wrong");
		return;
	}
	str_printfa(answer, "{\"id\":%llu,\"rows\":[", (unsigned long long)id);
	while (rows < count && str_len(answer) < PIX_AUDIT_ANSWER_MAX &&
	       (ret = pix_audit_log_read(audit->log, (uint64_t)from, entries, &error)) > 0) {
		for (int i = 0; i < ret && rows < count; i++, rows++, from++) {
			str_printfa(answer, "%s{\"index\":%lld,\"record\":",
				    rows == 0 ? "" : ",", (long long)from);
			buffer_append(answer, entries[i].data, entries[i].size);
			str_append_c(answer, '}');
		}
	}
	if (ret < 0) {
		e_error(audit->event, "%s", error);
		pix_service_fail(conn, id, "data", "The log can't be read: see Dovecot's log");
		return;
	}
	str_append(answer, "]}");
	pix_service_send(conn, PIX_FRAME_ANSWER, str_data(answer), str_len(answer));
}

/* One record with the proof that it is in the log, as a file. */
static void
pix_audit_cmd_proof(struct pix_audit *audit, struct pix_service_conn *conn, uint64_t id,
		    const json_t *args)
{
	struct pix_bundle_entry entries[PIX_TILE_WIDTH];
	struct pix_hash proof[PIX_MERKLE_MAX_PROOF];
	char *text = t_malloc_no0(PIX_TLOG_PROOF_MAX);
	struct pix_hasher *hasher;
	const char *error;
	json_t *answer;
	int64_t index;
	int count;

	/* the checkpoint is that of the last commit */
	if (!pix_audit_commit(audit)) {
		pix_service_fail(conn, id, "unavailable",
				 "The log can't be written now: see Dovecot's log");
		return;
	}
	if (!pix_json_int(args, "index", 0, INT64_MAX, &index) ||
	    pix_audit_log_read(audit->log, (uint64_t)index, entries, &error) <= 0) {
		pix_service_fail(conn, id, "not-found", "There is no such record");
		return;
	}
	hasher = pix_hasher_new();
	count = hasher == NULL ? -1 :
		pix_merkle_inclusion(hasher, (uint64_t)index, pix_audit_log_durable(audit->log),
				     pix_audit_log_hash, audit->log, proof);
	pix_hasher_free(&hasher);
	if (count < 0 ||
	    pix_tlog_proof_print((uint64_t)index, entries[0].data, entries[0].size, proof,
				 (unsigned int)count, pix_audit_log_checkpoint(audit->log),
				 text, PIX_TLOG_PROOF_MAX) == 0) {
		pix_service_fail(conn, id, "data", "The log can't be read: see Dovecot's log");
		return;
	}
	answer = json_object();
	pix_json_set_str(answer, "proof", text);
	pix_service_answer(conn, id, answer);
}

/* Somebody begins to verify or export the log: a record, and all of it on disk. */
static void
pix_audit_cmd_begin(struct pix_audit *audit, struct pix_service_conn *conn,
		    uint64_t id, const json_t *args, const char *kind)
{
	string_t *members = t_str_new(128);

	pix_audit_admin_members(conn, args, members);
	pix_audit_self_record(audit, kind, "%s\"command\":\"%s\"", str_c(members),
			      strchr(kind, '.') + 1);
	pix_audit_cmd_flush(audit, conn, id);
}

void pix_audit_admin_request(struct pix_service_conn *conn, uint64_t id,
			     const char *cmd, const json_t *args)
{
	struct pix_audit *audit = pix_audit_of(conn);

	if (strcmp(cmd, "status") == 0)
		pix_audit_cmd_status(audit, conn, id);
	else if (strcmp(cmd, "flush") == 0)
		pix_audit_cmd_flush(audit, conn, id);
	else if (strcmp(cmd, "get") == 0)
		pix_audit_cmd_get(audit, conn, id, args);
	else if (strcmp(cmd, "proof") == 0)
		pix_audit_cmd_proof(audit, conn, id, args);
	else if (strcmp(cmd, "verify-begin") == 0)
		pix_audit_cmd_begin(audit, conn, id, args, "audit.verify");
	else if (strcmp(cmd, "export-begin") == 0)
		pix_audit_cmd_begin(audit, conn, id, args, "audit.export");
	else if (strcmp(cmd, "search") == 0)
		pix_audit_search_request(conn, id, args);
	else
		pix_service_fail(conn, id, "invalid", "Unknown command");
}
