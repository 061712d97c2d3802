/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-audit-record.h"

#include <string.h>

/* 2^53 - 1 */
#define PIX_AUDIT_INT_MAX 9007199254740991LL

struct pix_audit_scan {
	const char *p, *end;
	bool leaf;
	enum pix_audit_verdict verdict;
	struct pix_audit_record *record;
	/* names so far; seen has a bit a name, to skip most comparisons */
	uint64_t seen;
	struct {
		const char *p;
		size_t len;
	} names[PIX_AUDIT_RECORD_MAX_FIELDS];
};

static const char *const field_names[PIX_AUDIT_FIELD_COUNT] = {
	[PIX_AUDIT_FIELD_KIND] = "kind",
	[PIX_AUDIT_FIELD_OWNER] = "owner",
	[PIX_AUDIT_FIELD_ACTOR] = "actor",
	[PIX_AUDIT_FIELD_SESSION] = "session",
	[PIX_AUDIT_FIELD_IP] = "ip",
	[PIX_AUDIT_FIELD_MSGID] = "msgid",
	[PIX_AUDIT_FIELD_MAILBOX] = "mailbox",
	[PIX_AUDIT_FIELD_TO_MAILBOX] = "to_mailbox",
	[PIX_AUDIT_FIELD_CREDENTIAL] = "credential",
	[PIX_AUDIT_FIELD_OUTCOME] = "outcome",
	[PIX_AUDIT_FIELD_SERVICE] = "service",
	[PIX_AUDIT_FIELD_GUID] = "guid",
	[PIX_AUDIT_FIELD_SHA256] = "sha256",
	[PIX_AUDIT_FIELD_RECIPIENT] = "recipient",
	[PIX_AUDIT_FIELD_SENDER] = "sender",
	[PIX_AUDIT_FIELD_ROLE] = "role",
	[PIX_AUDIT_FIELD_PRODUCER] = "producer",
	[PIX_AUDIT_FIELD_ATTEST] = "attest",
	[PIX_AUDIT_FIELD_USER_GIVEN] = "user_given",
	[PIX_AUDIT_FIELD_OF_PRODUCER] = "of_producer",
	[PIX_AUDIT_FIELD_SEQ_FROM] = "seq_from",
	[PIX_AUDIT_FIELD_T] = "t",
	[PIX_AUDIT_FIELD_CT] = "ct",
	[PIX_AUDIT_FIELD_SEQ] = "seq",
	[PIX_AUDIT_FIELD_RECEIPT] = "receipt",
};

/* A few bits of each name: one comparison then decides. 0 is no field. */
static unsigned char field_by_hash[64];

static unsigned int pix_audit_name_hash(const char *name, size_t len)
{
	return ((unsigned char)name[0] * 5U + (unsigned char)name[len - 1] * 11U +
		(unsigned int)len * 3U + (unsigned char)name[len / 2]) % 64;
}

static int pix_audit_field_find(const char *name, size_t len)
{
	unsigned int hash = pix_audit_name_hash(name, len);

	/* names that fall on one place are probed onwards */
	for (unsigned int i = 0; i < 64; i++, hash = (hash + 1) % 64) {
		unsigned int field = field_by_hash[hash];

		if (field == 0)
			return -1;
		if (strncmp(field_names[field - 1], name, len) == 0 &&
		    field_names[field - 1][len] == '\0')
			return (int)field - 1;
	}
	return -1;
}

__attribute__((constructor)) static void pix_audit_fields_init(void)
{
	for (unsigned int i = 0; i < PIX_AUDIT_FIELD_COUNT; i++) {
		unsigned int hash = pix_audit_name_hash(field_names[i],
							strlen(field_names[i]));

		while (field_by_hash[hash] != 0)
			hash = (hash + 1) % 64;
		field_by_hash[hash] = (unsigned char)(i + 1);
	}
}

const char *pix_audit_field_name(enum pix_audit_field field)
{
	return field_names[field];
}

static bool pix_audit_fail(struct pix_audit_scan *scan, enum pix_audit_verdict verdict)
{
	scan->verdict = verdict;
	return false;
}

/* RFC 3629 §4: no overlong forms, no surrogates, nothing above U+10FFFF. */
static bool pix_audit_scan_utf8(struct pix_audit_scan *scan)
{
	const unsigned char *p = (const unsigned char *)scan->p;
	size_t left = (size_t)(scan->end - scan->p);
	unsigned int more;
	unsigned char min = 0x80, max = 0xbf;

	if (p[0] >= 0xc2 && p[0] <= 0xdf)
		more = 1;
	else if (p[0] >= 0xe0 && p[0] <= 0xef) {
		more = 2;
		if (p[0] == 0xe0)
			min = 0xa0;
		if (p[0] == 0xed)
			max = 0x9f;
	} else if (p[0] >= 0xf0 && p[0] <= 0xf4) {
		more = 3;
		if (p[0] == 0xf0)
			min = 0x90;
		if (p[0] == 0xf4)
			max = 0x8f;
	} else {
		return pix_audit_fail(scan, PIX_AUDIT_BAD_UTF8);
	}
	if (left <= more || p[1] < min || p[1] > max)
		return pix_audit_fail(scan, PIX_AUDIT_BAD_UTF8);
	for (unsigned int i = 2; i <= more; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return pix_audit_fail(scan, PIX_AUDIT_BAD_UTF8);
	}
	scan->p += more + 1;
	return true;
}

/* The four digits behind \u, or -1. */
static int pix_audit_hex4(const char *p, const char *end)
{
	int value = 0;

	if (end - p < 4)
		return -1;
	for (unsigned int i = 0; i < 4; i++) {
		char c = p[i];

		value <<= 4;
		if (c >= '0' && c <= '9')
			value |= c - '0';
		else if (c >= 'a' && c <= 'f')
			value |= c - 'a' + 10;
		else if (c >= 'A' && c <= 'F')
			value |= c - 'A' + 10;
		else
			return -1;
	}
	return value;
}

/* scan->p stands on a backslash. */
static bool pix_audit_scan_escape(struct pix_audit_scan *scan)
{
	int hi, lo;

	if (scan->end - scan->p < 2)
		return pix_audit_fail(scan, PIX_AUDIT_NOT_JSON);
	if (scan->p[1] != 'u') {
		if (scan->p[1] == '\0' || strchr("\"\\/bfnrt", scan->p[1]) == NULL)
			return pix_audit_fail(scan, PIX_AUDIT_NOT_JSON);
		scan->p += 2;
		return true;
	}
	hi = pix_audit_hex4(scan->p + 2, scan->end);
	/* no NUL, no half of a surrogate pair */
	if (hi <= 0 || (hi >= 0xdc00 && hi <= 0xdfff))
		return pix_audit_fail(scan, PIX_AUDIT_NOT_JSON);
	scan->p += 6;
	if (hi < 0xd800 || hi > 0xdbff)
		return true;
	if (scan->end - scan->p < 6 || scan->p[0] != '\\' || scan->p[1] != 'u')
		return pix_audit_fail(scan, PIX_AUDIT_NOT_JSON);
	lo = pix_audit_hex4(scan->p + 2, scan->end);
	if (lo < 0xdc00 || lo > 0xdfff)
		return pix_audit_fail(scan, PIX_AUDIT_NOT_JSON);
	scan->p += 6;
	return true;
}

/* scan->p stands behind the opening quote; afterwards behind the closing one. */
static bool
pix_audit_scan_string(struct pix_audit_scan *scan, struct pix_audit_value *value)
{
	value->data = scan->p;
	value->escaped = false;
	value->string = true;
	while (scan->p < scan->end) {
		unsigned char c = (unsigned char)*scan->p;

		if (c == '"') {
			value->size = (uint32_t)(scan->p - value->data);
			scan->p++;
			return true;
		}
		if (c == '\\') {
			value->escaped = true;
			if (!pix_audit_scan_escape(scan))
				return false;
		} else if (c < 0x20) {
			return pix_audit_fail(scan, PIX_AUDIT_NOT_JSON);
		} else if (c < 0x80) {
			scan->p++;
		} else if (!pix_audit_scan_utf8(scan)) {
			return false;
		}
	}
	return pix_audit_fail(scan, PIX_AUDIT_NOT_JSON);
}

static bool
pix_audit_scan_number(struct pix_audit_scan *scan, struct pix_audit_value *value)
{
	int64_t num = 0;
	const char *p = scan->p, *digits;

	value->data = p;
	value->string = value->escaped = false;
	if (p < scan->end && *p == '-')
		p++;
	digits = p;
	while (p < scan->end && *p >= '0' && *p <= '9' && p - digits < 17)
		num = num * 10 + (*p++ - '0');
	if (p == digits || (digits[0] == '0' && p - digits > 1) ||
	    num > PIX_AUDIT_INT_MAX ||
	    (p < scan->end && *p != ',' && *p != '}'))
		return pix_audit_fail(scan, PIX_AUDIT_BAD_NUMBER);
	value->size = (uint32_t)(p - scan->p);
	scan->p = p;
	return true;
}

static bool
pix_audit_scan_word(struct pix_audit_scan *scan, struct pix_audit_value *value)
{
	static const char *const words[] = { "true", "false" };

	for (unsigned int i = 0; i < 2; i++) {
		size_t len = strlen(words[i]);

		if ((size_t)(scan->end - scan->p) >= len &&
		    memcmp(scan->p, words[i], len) == 0) {
			value->data = scan->p;
			value->size = (uint32_t)len;
			value->string = value->escaped = false;
			scan->p += len;
			return true;
		}
	}
	return pix_audit_fail(scan, PIX_AUDIT_NOT_JSON);
}

/* scan->p stands behind the opening quote of a name. */
static bool
pix_audit_scan_name(struct pix_audit_scan *scan, const char **name_r, size_t *len_r)
{
	const char *name = scan->p;
	unsigned int count = scan->record->fields, hash;
	size_t len;

	while (scan->p < scan->end &&
	       ((*scan->p >= 'a' && *scan->p <= 'z') || *scan->p == '_' ||
		(*scan->p >= '0' && *scan->p <= '9')))
		scan->p++;
	len = (size_t)(scan->p - name);
	if (len == 0 || len > PIX_AUDIT_NAME_MAX || name[0] < 'a' ||
	    scan->end - scan->p < 2 || scan->p[0] != '"')
		return pix_audit_fail(scan, PIX_AUDIT_BAD_NAME);
	if (scan->p[1] != ':')
		return pix_audit_fail(scan, PIX_AUDIT_NOT_JSON);
	scan->p += 2;
	if (count == PIX_AUDIT_RECORD_MAX_FIELDS)
		return pix_audit_fail(scan, PIX_AUDIT_TOO_MANY_FIELDS);
	hash = pix_audit_name_hash(name, len);
	if ((scan->seen >> hash & 1) != 0) {
		for (unsigned int i = 0; i < count; i++) {
			if (scan->names[i].len == len &&
			    memcmp(scan->names[i].p, name, len) == 0)
				return pix_audit_fail(scan, PIX_AUDIT_DUPLICATE_NAME);
		}
	}
	scan->seen |= (uint64_t)1 << hash;
	scan->names[count].p = name;
	scan->names[count].len = len;
	scan->record->fields++;
	*name_r = name;
	*len_r = len;
	return true;
}

static bool pix_audit_name_reserved(const char *name, size_t len, int field)
{
	return field == PIX_AUDIT_FIELD_PRODUCER || field == PIX_AUDIT_FIELD_ATTEST ||
		field == PIX_AUDIT_FIELD_CT || field == PIX_AUDIT_FIELD_SEQ ||
		field == PIX_AUDIT_FIELD_RECEIPT ||
		(len == 3 && memcmp(name, "uid", 3) == 0);
}

static bool pix_audit_scan_member(struct pix_audit_scan *scan)
{
	struct pix_audit_value value;
	const char *name;
	size_t len;
	bool ok;
	int field;

	if (scan->p >= scan->end || *scan->p++ != '"')
		return pix_audit_fail(scan, PIX_AUDIT_NOT_JSON);
	if (!pix_audit_scan_name(scan, &name, &len))
		return false;
	if (scan->p >= scan->end)
		return pix_audit_fail(scan, PIX_AUDIT_NOT_JSON);
	switch (*scan->p) {
	case '"':
		scan->p++;
		ok = pix_audit_scan_string(scan, &value);
		break;
	case '{':
	case '[':
	case 'n':
		return pix_audit_fail(scan, PIX_AUDIT_NOT_FLAT);
	case 't':
	case 'f':
		ok = pix_audit_scan_word(scan, &value);
		break;
	default:
		ok = pix_audit_scan_number(scan, &value);
		break;
	}
	if (!ok)
		return false;
	field = pix_audit_field_find(name, len);
	if (!scan->leaf && pix_audit_name_reserved(name, len, field))
		return pix_audit_fail(scan, PIX_AUDIT_RESERVED_NAME);
	if (field >= 0)
		scan->record->field[field] = value;
	return true;
}

/* "class.verb" of a-z and dashes */
static bool pix_audit_kind_ok(const struct pix_audit_value *kind)
{
	unsigned int dots = 0;

	if (kind->data == NULL || !kind->string || kind->size < 3 ||
	    kind->size > PIX_AUDIT_NAME_MAX)
		return false;
	for (uint32_t i = 0; i < kind->size; i++) {
		char c = kind->data[i];

		if (c == '.' && i > 0 && i + 1 < kind->size)
			dots++;
		else if ((c < 'a' || c > 'z') && c != '-')
			return false;
	}
	return dots == 1;
}

enum pix_audit_verdict
pix_audit_record_scan(const void *data, size_t size, bool leaf,
		      struct pix_audit_record *record_r)
{
	struct pix_audit_scan scan;

	memset(record_r, 0, sizeof(*record_r));
	scan.p = data;
	scan.end = scan.p + size;
	scan.leaf = leaf;
	scan.record = record_r;
	scan.seen = 0;
	scan.verdict = PIX_AUDIT_NOT_JSON;
	if (size > PIX_AUDIT_RECORD_MAX + (leaf ? PIX_AUDIT_PREFIX_MAX : 0))
		return PIX_AUDIT_TOO_LARGE;
	if (size < 2 || *scan.p++ != '{')
		return PIX_AUDIT_NOT_JSON;
	do {
		if (!pix_audit_scan_member(&scan))
			return scan.verdict;
		if (scan.p >= scan.end)
			return PIX_AUDIT_NOT_JSON;
	} while (*scan.p++ == ',');
	if (scan.p != scan.end || scan.p[-1] != '}')
		return PIX_AUDIT_NOT_JSON;
	if (!pix_audit_kind_ok(&record_r->field[PIX_AUDIT_FIELD_KIND]))
		return PIX_AUDIT_NO_KIND;
	record_r->t = pix_audit_value_int(&record_r->field[PIX_AUDIT_FIELD_T]);
	return record_r->t < 0 ? PIX_AUDIT_NO_TIME : PIX_AUDIT_OK;
}

const char *pix_audit_verdict_reason(enum pix_audit_verdict verdict)
{
	switch (verdict) {
	case PIX_AUDIT_OK:
		return "ok";
	case PIX_AUDIT_TOO_LARGE:
		return "too-large";
	case PIX_AUDIT_NOT_JSON:
		return "not-json";
	case PIX_AUDIT_NOT_FLAT:
		return "not-flat";
	case PIX_AUDIT_BAD_NAME:
		return "bad-name";
	case PIX_AUDIT_DUPLICATE_NAME:
		return "duplicate-name";
	case PIX_AUDIT_TOO_MANY_FIELDS:
		return "too-many-fields";
	case PIX_AUDIT_BAD_UTF8:
		return "bad-utf8";
	case PIX_AUDIT_BAD_NUMBER:
		return "bad-number";
	case PIX_AUDIT_NO_KIND:
		return "no-kind";
	case PIX_AUDIT_NO_TIME:
		return "no-time";
	case PIX_AUDIT_RESERVED_NAME:
		return "reserved-name";
	case PIX_AUDIT_KIND_NOT_ALLOWED:
		return "kind-not-allowed";
	}
	return "unknown";
}
