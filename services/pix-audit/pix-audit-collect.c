/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-audit.h"
#include "time-util.h"

#include <sys/time.h>

static const char *const attest_names[] = {
	[PIX_AUDIT_ATTEST_NONE] = "none",
	[PIX_AUDIT_ATTEST_ROOT] = "root",
	[PIX_AUDIT_ATTEST_NONCE] = "nonce",
	[PIX_AUDIT_ATTEST_SPOOL] = "spool",
	[PIX_AUDIT_ATTEST_SELF] = "self",
};

const char *pix_audit_attest_name(enum pix_audit_attest attest)
{
	return attest_names[attest];
}

int64_t pix_audit_clock(struct pix_audit *audit)
{
	struct timeval tv;
	int64_t now;

	i_gettimeofday(&tv);
	now = (int64_t)tv.tv_sec * 1000000 + tv.tv_usec;
	if (now > audit->last_ct)
		audit->last_ct = now;
	return audit->last_ct;
}

void pix_audit_escape(string_t *dest, const char *str)
{
	for (; *str != '\0'; str++) {
		if (*str == '"' || *str == '\\')
			str_append_c(dest, '\\');
		if ((unsigned char)*str < 0x20)
			str_printfa(dest, "\\u%04x", (unsigned char)*str);
		else
			str_append_c(dest, *str);
	}
}

static void pix_audit_put(string_t *dest, const char *str)
{
	buffer_append(dest, str, strlen(str));
}

static void pix_audit_put_num(string_t *dest, uint64_t num)
{
	char buf[MAX_INT_STRLEN];
	const char *str = dec2str_buf(buf, num);

	pix_audit_put(dest, str);
}

/* The leaf: our members, then the record's. */
static void
pix_audit_leaf(struct pix_audit *audit, const struct pix_audit_source *source,
	       uint64_t seq, struct pix_audit_record *record,
	       const char *data, size_t size)
{
	const struct pix_audit_value *kind = &record->field[PIX_AUDIT_FIELD_KIND];
	string_t *leaf = audit->leaf;

	buffer_set_used_size(leaf, 0);
	pix_audit_put(leaf, "{\"ct\":");
	pix_audit_put_num(leaf, (uint64_t)pix_audit_clock(audit));
	pix_audit_put(leaf, ",\"producer\":\"");
	pix_audit_put(leaf, source->producer->name);
	pix_audit_put(leaf, "\",\"seq\":");
	pix_audit_put_num(leaf, seq);
	pix_audit_put(leaf, ",\"attest\":\"");
	pix_audit_put(leaf, attest_names[source->attest]);
	buffer_append_c(leaf, '"');
	if (source->attest == PIX_AUDIT_ATTEST_NONE) {
		pix_audit_put(leaf, ",\"uid\":");
		pix_audit_put_num(leaf, source->uid);
		audit->unattested++;
	}
	if (pix_audit_value_equals(kind, "delivery.receipt")) {
		pix_audit_put(leaf, ",\"receipt\":");
		pix_audit_put_num(leaf, ++audit->last_receipt);
		record->field[PIX_AUDIT_FIELD_RECEIPT].data =
			dec2str_buf(audit->receipt_buf, audit->last_receipt);
		record->field[PIX_AUDIT_FIELD_RECEIPT].size =
			strlen(record->field[PIX_AUDIT_FIELD_RECEIPT].data);
	}
	if (record->field[PIX_AUDIT_FIELD_SERVICE].data == NULL) {
		pix_audit_put(leaf, ",\"service\":\"");
		pix_audit_put(leaf, source->service);
		buffer_append_c(leaf, '"');
	}
	buffer_append_c(leaf, ',');
	buffer_append(leaf, data + 1, size - 1);
}

static void
pix_audit_append(struct pix_audit *audit, const struct pix_audit_source *source,
		 uint64_t seq, struct pix_audit_record *record,
		 const void *data, size_t size)
{
	pix_audit_leaf(audit, source, seq, record, data, size);
	if (pix_audit_index_next(audit->index) ==
	    pix_audit_log_append(audit->log, audit->leaf->data, audit->leaf->used))
		pix_audit_index_add(audit->index, record);
	source->producer->seq = seq;
	if (!source->producer->dirty) {
		source->producer->dirty = TRUE;
		array_push_back(&audit->dirty, &source->producer);
	}
}

static void
pix_audit_self_text(struct pix_audit *audit, const char *kind, const char *members)
{
	struct pix_audit_record record;
	enum pix_audit_verdict verdict;
	string_t *json = t_str_new(512);
	struct timeval tv;

	i_gettimeofday(&tv);
	str_printfa(json, "{\"kind\":\"%s\",\"t\":%lld%s%s}", kind,
		    (long long)tv.tv_sec * 1000000 + tv.tv_usec,
		    members[0] == '\0' ? "" : ",", members);
	verdict = pix_audit_record_scan(str_data(json), str_len(json), FALSE, &record);
	if (verdict != PIX_AUDIT_OK) {
		/* what it tells of is in Dovecot's log then */
		e_error(audit->event, "Own record %s is wrong: %s", kind,
			pix_audit_verdict_reason(verdict));
		return;
	}
	pix_audit_append(audit, &audit->self, audit->self.producer->seq + 1,
			 &record, str_data(json), str_len(json));
	pix_audit_commit_later(audit, FALSE);
}

void pix_audit_self_record(struct pix_audit *audit, const char *kind,
			   const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	T_BEGIN {
		pix_audit_self_text(audit, kind, t_strdup_vprintf(fmt, args));
	} T_END;
	va_end(args);
}

static void
pix_audit_reject(struct pix_audit *audit, const struct pix_audit_source *source,
		 uint64_t seq, const struct pix_audit_record *record,
		 enum pix_audit_verdict verdict)
{
	const struct pix_audit_value *kind = &record->field[PIX_AUDIT_FIELD_KIND];
	const char *reason = pix_audit_verdict_reason(verdict);

	/* only a well-formed kind may be repeated */
	if (verdict == PIX_AUDIT_KIND_NOT_ALLOWED) {
		pix_audit_self_record(audit, "audit.reject",
			"\"of_producer\":\"%s\",\"seq_from\":%llu,\"of_kind\":\"%.*s\",\"reason\":\"%s\"",
			source->producer->name, (unsigned long long)seq,
			(int)kind->size, kind->data, reason);
	} else {
		pix_audit_self_record(audit, "audit.reject",
			"\"of_producer\":\"%s\",\"seq_from\":%llu,\"reason\":\"%s\"",
			source->producer->name, (unsigned long long)seq, reason);
	}
	e_warning(audit->event, "Refused record %llu of process %s (service %s): %s",
		  (unsigned long long)seq, source->producer->name, source->service, reason);
	source->producer->seq = seq;
	if (!source->producer->dirty) {
		source->producer->dirty = TRUE;
		array_push_back(&audit->dirty, &source->producer);
	}
}

bool pix_audit_collect(struct pix_audit *audit, const struct pix_audit_source *source,
		       uint64_t seq, const void *data, size_t size)
{
	struct pix_audit_producer *producer = source->producer;
	const struct pix_audit_value *kind;
	struct pix_audit_record record;
	enum pix_audit_verdict verdict;

	if (seq <= producer->seq) {
		pix_audit_commit_later(audit, FALSE);
		return FALSE;
	}
	if (seq > producer->seq + 1) {
		pix_audit_self_record(audit, "audit.gap",
			"\"of_producer\":\"%s\",\"seq_from\":%llu,\"seq_to\":%llu,\"lost\":%llu",
			producer->name, (unsigned long long)producer->seq + 1,
			(unsigned long long)seq - 1,
			(unsigned long long)(seq - 1 - producer->seq));
	}
	verdict = pix_audit_record_scan(data, size, FALSE, &record);
	kind = &record.field[PIX_AUDIT_FIELD_KIND];
	if (verdict == PIX_AUDIT_OK &&
	    !pix_audit_kind_allowed(source->service, kind->data, kind->size))
		verdict = PIX_AUDIT_KIND_NOT_ALLOWED;
	if (verdict != PIX_AUDIT_OK)
		pix_audit_reject(audit, source, seq, &record, verdict);
	else
		pix_audit_append(audit, source, seq, &record, data, size);
	pix_audit_commit_later(audit, FALSE);
	return TRUE;
}
