/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-audit-build.h"
#include "unichar.h"

/* largest integer that every JSON reader keeps exactly (RFC 8259 §6) */
#define PIX_AUDIT_INT_MAX ((INT64_C(1) << 53) - 1)
#define PIX_AUDIT_SEQSET_LIMIT (12 * 1024)
/* room for the end of the record */
#define PIX_AUDIT_RESERVE 8

void pix_audit_build_begin(struct pix_audit_build *build, buffer_t *dest,
			   const char *kind, int64_t usecs)
{
	build->dest = dest;
	build->start = dest->used;
	buffer_append(dest, "{\"kind\":\"", 9);
	buffer_append(dest, kind, strlen(kind));
	buffer_append_c(dest, '"');
	pix_audit_build_int(build, "t", usecs);
}

static inline size_t pix_audit_build_used(const struct pix_audit_build *build)
{
	return build->dest->used - build->start;
}

static void
pix_audit_build_name(struct pix_audit_build *build, const char *name)
{
	buffer_append(build->dest, ",\"", 2);
	buffer_append(build->dest, name, strlen(name));
	buffer_append(build->dest, "\":", 2);
}

/* Bytes that stand in JSON as they are; those of UTF-8 were checked before. */
static inline bool pix_audit_is_plain(unsigned char c)
{
	return c >= 0x20 && c != '"' && c != '\\';
}

static void
pix_audit_build_escaped(buffer_t *dest, const unsigned char *data, size_t size)
{
	size_t i, from = 0;

	for (i = 0; i < size; i++) {
		char esc[8];

		if (pix_audit_is_plain(data[i]))
			continue;
		buffer_append(dest, data + from, i - from);
		from = i + 1;
		if (data[i] == '"' || data[i] == '\\') {
			esc[0] = '\\';
			esc[1] = (char)data[i];
			buffer_append(dest, esc, 2);
		} else {
			if (i_snprintf(esc, sizeof(esc), "\\u%04x", data[i]) < 0)
				i_unreached();
			buffer_append(dest, esc, 6);
		}
	}
	buffer_append(dest, data + from, size - from);
}

static bool pix_audit_is_ascii(const char *value, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		if ((unsigned char)value[i] >= 0x80)
			return FALSE;
	}
	return TRUE;
}

static void
pix_audit_build_value(struct pix_audit_build *build, const char *name,
		      const unsigned char *data, size_t size)
{
	const size_t before = build->dest->used;

	pix_audit_build_name(build, name);
	buffer_append_c(build->dest, '"');
	pix_audit_build_escaped(build->dest, data, size);
	buffer_append_c(build->dest, '"');
	if (pix_audit_build_used(build) > PIX_AUDIT_RECORD_MAX - PIX_AUDIT_RESERVE)
		buffer_set_used_size(build->dest, before);
}

void pix_audit_build_str_max(struct pix_audit_build *build, const char *name,
			     const char *value, size_t max)
{
	size_t size;

	if (value == NULL || value[0] == '\0')
		return;
	size = strlen(value);
	if (pix_audit_is_ascii(value, I_MIN(size, max))) {
		pix_audit_build_value(build, name, (const unsigned char *)value,
				      I_MIN(size, max));
		return;
	}
	if (size > max) {
		/* not in the middle of a character */
		for (size = max; size > 0 && (value[size] & 0xc0) == 0x80; size--) ;
	}
	T_BEGIN {
		buffer_t *valid = t_buffer_create(size + 16);

		if (uni_utf8_get_valid_data((const unsigned char *)value, size, valid)) {
			pix_audit_build_value(build, name,
				(const unsigned char *)value, size);
		} else {
			pix_audit_build_value(build, name, valid->data, valid->used);
		}
	} T_END;
}

void pix_audit_build_str(struct pix_audit_build *build, const char *name,
			 const char *value)
{
	pix_audit_build_str_max(build, name, value, PIX_AUDIT_VALUE_MAX);
}

void pix_audit_build_int(struct pix_audit_build *build, const char *name,
			 int64_t value)
{
	char num[MAX_INT_STRLEN + 1];
	const char *str;
	const size_t before = build->dest->used;
	bool negative = value < 0;

	value = I_MAX(I_MIN(value, PIX_AUDIT_INT_MAX), -PIX_AUDIT_INT_MAX);
	str = dec2str_buf(num, negative ? -value : value);
	pix_audit_build_name(build, name);
	if (negative)
		buffer_append_c(build->dest, '-');
	buffer_append(build->dest, str, strlen(str));
	if (pix_audit_build_used(build) > PIX_AUDIT_RECORD_MAX - PIX_AUDIT_RESERVE)
		buffer_set_used_size(build->dest, before);
}

void pix_audit_build_set_begin(struct pix_audit_build *build, const char *name)
{
	pix_audit_build_name(build, name);
	buffer_append_c(build->dest, '"');
}

bool pix_audit_build_set_range(struct pix_audit_build *build,
			       uint32_t first, uint32_t last)
{
	const char *data = build->dest->data;
	char num[MAX_INT_STRLEN];
	const char *str;

	if (pix_audit_build_used(build) >= PIX_AUDIT_SEQSET_LIMIT)
		return FALSE;
	if (data[build->dest->used - 1] != '"')
		buffer_append_c(build->dest, ',');
	str = dec2str_buf(num, first);
	buffer_append(build->dest, str, strlen(str));
	if (first != last) {
		buffer_append_c(build->dest, ':');
		str = dec2str_buf(num, last);
		buffer_append(build->dest, str, strlen(str));
	}
	return TRUE;
}

void pix_audit_build_set_end(struct pix_audit_build *build)
{
	buffer_append_c(build->dest, '"');
}

void pix_audit_build_end(struct pix_audit_build *build)
{
	buffer_append_c(build->dest, '}');
}
