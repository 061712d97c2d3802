/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */
#ifndef PIX_AUDIT_RECORD_H
#define PIX_AUDIT_RECORD_H

/* The audit record (docs/protocol/audit-record.md): one pass over the bytes
   checks all of its rules and notes where the fields that are searched stand. No
   tree is built and nothing allocated. Pure C: the stand-alone verifier uses it. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PIX_AUDIT_RECORD_MAX 16384
#define PIX_AUDIT_RECORD_MAX_FIELDS 64
#define PIX_AUDIT_NAME_MAX 32
/* the longest prefix that the collector puts before a record, in bytes */
#define PIX_AUDIT_PREFIX_MAX 256

/* Fields that the scanner finds. */
enum pix_audit_field {
	PIX_AUDIT_FIELD_KIND,
	PIX_AUDIT_FIELD_OWNER,
	PIX_AUDIT_FIELD_ACTOR,
	PIX_AUDIT_FIELD_SESSION,
	PIX_AUDIT_FIELD_IP,
	PIX_AUDIT_FIELD_MSGID,
	PIX_AUDIT_FIELD_MAILBOX,
	PIX_AUDIT_FIELD_TO_MAILBOX,
	PIX_AUDIT_FIELD_CREDENTIAL,
	PIX_AUDIT_FIELD_OUTCOME,
	PIX_AUDIT_FIELD_SERVICE,
	PIX_AUDIT_FIELD_GUID,
	PIX_AUDIT_FIELD_SHA256,
	PIX_AUDIT_FIELD_RECIPIENT,
	PIX_AUDIT_FIELD_SENDER,
	PIX_AUDIT_FIELD_ROLE,
	PIX_AUDIT_FIELD_PRODUCER,
	PIX_AUDIT_FIELD_ATTEST,
	PIX_AUDIT_FIELD_USER_GIVEN,
	PIX_AUDIT_FIELD_OF_PRODUCER,
	PIX_AUDIT_FIELD_SEQ_FROM,
	PIX_AUDIT_FIELD_T,
	PIX_AUDIT_FIELD_CT,
	PIX_AUDIT_FIELD_SEQ,
	PIX_AUDIT_FIELD_RECEIPT,
	PIX_AUDIT_FIELD_COUNT
};

/* A value as it stands in the record: of a string what is between the
   quotes, of anything else the token. data NULL: the record lacks the field. */
struct pix_audit_value {
	const char *data;
	uint32_t size;
	/* holds backslash escapes: pix_audit_value_unescape() */
	bool escaped;
	bool string;
};

struct pix_audit_record {
	struct pix_audit_value field[PIX_AUDIT_FIELD_COUNT];
	/* microseconds since 1970 */
	int64_t t;
	unsigned int fields;
};

enum pix_audit_verdict {
	PIX_AUDIT_OK = 0,
	PIX_AUDIT_TOO_LARGE,
	PIX_AUDIT_NOT_JSON,
	PIX_AUDIT_NOT_FLAT,
	PIX_AUDIT_BAD_NAME,
	PIX_AUDIT_DUPLICATE_NAME,
	PIX_AUDIT_TOO_MANY_FIELDS,
	PIX_AUDIT_BAD_UTF8,
	PIX_AUDIT_BAD_NUMBER,
	PIX_AUDIT_NO_KIND,
	PIX_AUDIT_NO_TIME,
	PIX_AUDIT_RESERVED_NAME,
	PIX_AUDIT_KIND_NOT_ALLOWED,
};

/* Scans a record. leaf: it comes from the log, with the collector's fields;
   otherwise these are refused (RESERVED_NAME). record_r points into data and is
   complete only with PIX_AUDIT_OK. */
enum pix_audit_verdict
pix_audit_record_scan(const void *data, size_t size, bool leaf,
		      struct pix_audit_record *record_r);
/* The reason of an audit.reject record: "not-json", "bad-utf8" … */
const char *pix_audit_verdict_reason(enum pix_audit_verdict verdict);

/* The value's bytes without escapes. out needs value->size bytes. Returns the length. */
size_t pix_audit_value_unescape(const struct pix_audit_value *value, char *out);
/* The integer of a value, or -1 if it is none. */
int64_t pix_audit_value_int(const struct pix_audit_value *value);
/* TRUE if the unescaped value is exactly this string. */
bool pix_audit_value_equals(const struct pix_audit_value *value, const char *str);
/* TRUE if an actor is named who isn't the owner. */
bool pix_audit_record_foreign(const struct pix_audit_record *record);
/* Name of a field that can be found, as in the record. */
const char *pix_audit_field_name(enum pix_audit_field field);

/* Whether a process of this service may send this kind (docs/protocol/audit.md). */
bool pix_audit_kind_allowed(const char *service, const char *kind, size_t kind_size);
/* A service whose records are accepted without attestation. */
bool pix_audit_service_is_mail(const char *service);
/* 1..32 of a-z0-9- */
bool pix_audit_service_name_ok(const char *service);

#endif
