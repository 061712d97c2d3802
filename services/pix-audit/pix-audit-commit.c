/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-audit.h"
#include "byteorder.h"
#include "ioloop.h"
#include "pix-json.h"

static void pix_audit_commit_timeout(struct pix_audit *audit)
{
	(void)pix_audit_commit(audit);
}

void pix_audit_commit_later(struct pix_audit *audit, bool now)
{
	unsigned int msecs = audit->set->pix_audit_commit_interval;

	if (audit->stalled)
		return;
	if (now && !audit->commit_now) {
		/* after the input of all peers that is there already */
		timeout_remove(&audit->to_commit);
		audit->commit_now = TRUE;
		msecs = 0;
	}
	if (audit->to_commit == NULL)
		audit->to_commit = timeout_add_short(msecs, pix_audit_commit_timeout, audit);
}

static void pix_audit_push_event(struct pix_service_conn *conn, void *context)
{
	const char *name = context;
	json_t *msg;

	if (strcmp(pix_service_conn_socket_name(conn), PIX_AUDIT_PROTOCOL) != 0)
		return;
	msg = json_object();
	pix_json_set_str(msg, "event", name);
	pix_service_push(conn, msg);
}

static void pix_audit_resume_conn(struct pix_service_conn *conn, void *context ATTR_UNUSED)
{
	pix_service_conn_resume(conn);
}

static void pix_audit_stall(struct pix_audit *audit, const char *error)
{
	static char event[] = "stalled";

	if (!audit->stalled) {
		e_error(audit->event, "Records can't be written and wait: %s "
			"(free disk space; producers spool meanwhile)", error);
		audit->stalled = TRUE;
		audit->stalled_since = pix_audit_clock(audit);
		pix_service_foreach(audit->service, pix_audit_push_event, event);
	}
	timeout_remove(&audit->to_commit);
	audit->to_commit = timeout_add(PIX_AUDIT_RETRY_MSECS,
				       pix_audit_commit_timeout, audit);
}

static void pix_audit_resume(struct pix_audit *audit)
{
	static char event[] = "resumed";
	long long msecs = (pix_audit_clock(audit) - audit->stalled_since) / 1000;

	audit->stalled = FALSE;
	e_info(audit->event, "Records are written again after %lld ms", msecs);
	pix_audit_self_record(audit, "audit.resume",
			      "\"reason\":\"disk\",\"duration\":%lld", msecs);
	pix_service_foreach(audit->service, pix_audit_push_event, event);
	pix_service_foreach(audit->service, pix_audit_resume_conn, NULL);
}

static void pix_audit_ack(struct pix_audit_producer *producer)
{
	unsigned char seq[8];

	if (producer->conn == NULL || producer->acked_seq == producer->durable_seq)
		return;
	cpu64_to_be_unaligned(producer->durable_seq, seq);
	producer->acked_seq = producer->durable_seq;
	pix_service_send(producer->conn, 'k', seq, sizeof(seq));
}

static void pix_audit_publish_timeout(struct pix_audit *audit)
{
	timeout_remove(&audit->to_publish);
	(void)pix_audit_publish(audit);
}

bool pix_audit_commit(struct pix_audit *audit)
{
	struct pix_audit_producer *producer;
	const char *error;
	int ret;

	timeout_remove(&audit->to_commit);
	audit->commit_now = FALSE;
	T_BEGIN {
		ret = pix_audit_log_commit(audit->log, &error);
		if (ret < 0)
			pix_audit_stall(audit, error);
	} T_END;
	if (ret < 0)
		return FALSE;
	array_foreach_elem(&audit->dirty, producer) {
		producer->dirty = FALSE;
		producer->durable_seq = producer->seq;
		pix_audit_ack(producer);
	}
	array_clear(&audit->dirty);
	pix_audit_index_housekeep(audit);
	if (audit->stalled)
		pix_audit_resume(audit);
	if (audit->to_publish == NULL && pix_audit_log_unpublished(audit->log)) {
		audit->to_publish = timeout_add(audit->set->pix_audit_publish_interval,
						pix_audit_publish_timeout, audit);
	}
	return TRUE;
}

bool pix_audit_publish(struct pix_audit *audit)
{
	const char *error;
	int ret;

	if (!pix_audit_commit(audit))
		return FALSE;
	T_BEGIN {
		ret = pix_audit_log_publish(audit->log, &error);
		if (ret < 0)
			e_error(audit->event, "The checkpoint could not be published: %s", error);
	} T_END;
	if (ret == 0)
		timeout_remove(&audit->to_publish);
	return ret == 0;
}
