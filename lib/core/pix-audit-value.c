/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-audit-record.h"

#include <string.h>

static unsigned int pix_audit_hex(const char *p)
{
	unsigned int value = 0;

	for (unsigned int i = 0; i < 4; i++) {
		unsigned int c = (unsigned char)p[i];

		value = value << 4 | (c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
	}
	return value;
}

static size_t pix_audit_put_utf8(unsigned int c, char *out)
{
	if (c < 0x80) {
		out[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		out[0] = (char)(0xc0 | c >> 6);
		out[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c < 0x10000) {
		out[0] = (char)(0xe0 | c >> 12);
		out[1] = (char)(0x80 | (c >> 6 & 0x3f));
		out[2] = (char)(0x80 | (c & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | c >> 18);
	out[1] = (char)(0x80 | (c >> 12 & 0x3f));
	out[2] = (char)(0x80 | (c >> 6 & 0x3f));
	out[3] = (char)(0x80 | (c & 0x3f));
	return 4;
}

/* The scanner has checked the escapes: each is whole and right. */
size_t pix_audit_value_unescape(const struct pix_audit_value *value, char *out)
{
	static const char from[] = "bfnrt", to[] = "\b\f\n\r\t";
	const char *p = value->data, *end = p + value->size;
	char *start = out;

	if (!value->escaped) {
		if (value->size > 0)
			memcpy(out, p, value->size);
		return value->size;
	}
	while (p < end) {
		const char *c;
		unsigned int u;

		if (*p != '\\') {
			*out++ = *p++;
			continue;
		}
		if (p[1] != 'u') {
			c = strchr(from, p[1]);
			*out++ = c == NULL ? p[1] : to[c - from];
			p += 2;
			continue;
		}
		u = pix_audit_hex(p + 2);
		p += 6;
		if (u >= 0xd800 && u <= 0xdbff) {
			u = 0x10000 + ((u - 0xd800) << 10) +
				(pix_audit_hex(p + 2) - 0xdc00);
			p += 6;
		}
		out += pix_audit_put_utf8(u, out);
	}
	return (size_t)(out - start);
}

int64_t pix_audit_value_int(const struct pix_audit_value *value)
{
	int64_t num = 0;

	if (value->data == NULL || value->string || value->size == 0 || value->size > 16)
		return -1;
	for (uint32_t i = 0; i < value->size; i++) {
		if (value->data[i] < '0' || value->data[i] > '9')
			return -1;
		num = num * 10 + (value->data[i] - '0');
	}
	return num;
}

bool pix_audit_value_equals(const struct pix_audit_value *value, const char *str)
{
	char buf[PIX_AUDIT_RECORD_MAX + PIX_AUDIT_PREFIX_MAX];
	size_t len = strlen(str), size;

	if (value->data == NULL)
		return false;
	if (!value->escaped)
		return value->size == len && memcmp(value->data, str, len) == 0;
	if (value->size < len || value->size > sizeof(buf))
		return false;
	size = pix_audit_value_unescape(value, buf);
	return size == len && memcmp(buf, str, len) == 0;
}

bool pix_audit_record_foreign(const struct pix_audit_record *record)
{
	const struct pix_audit_value *owner = &record->field[PIX_AUDIT_FIELD_OWNER];
	const struct pix_audit_value *actor = &record->field[PIX_AUDIT_FIELD_ACTOR];

	return owner->data != NULL && actor->data != NULL &&
		(owner->size != actor->size ||
		 memcmp(owner->data, actor->data, owner->size) != 0);
}

bool pix_audit_service_name_ok(const char *service)
{
	size_t len = strspn(service, "abcdefghijklmnopqrstuvwxyz0123456789-");

	return len > 0 && len <= 32 && service[len] == '\0';
}

static const char *const mail_services[] = {
	"imap", "pop3", "lmtp", "lda", "submission", "managesieve",
	"imap-urlauth-worker", "indexer-worker", "quota-status", NULL
};

/* classes that a service may send, separated by spaces */
#define MAIL_CLASSES "session mail folder sieve delivery submission retention quarantine"
static const struct {
	const char *service, *classes;
} service_classes[] = {
	{ "auth", "auth token credential" },
	{ "doveadm", MAIL_CLASSES " admin credential hold disposition config" },
	{ "pix-identity", "auth credential session token config" },
	{ "pix-archive", "retention archive hold disposition config" },
	{ "pix-audit", "audit config" },
};

bool pix_audit_service_is_mail(const char *service)
{
	for (unsigned int i = 0; mail_services[i] != NULL; i++) {
		if (strcmp(mail_services[i], service) == 0)
			return true;
	}
	return false;
}

static bool pix_audit_class_in(const char *classes, const char *name, size_t len)
{
	for (const char *p = classes; ; ) {
		size_t word = strcspn(p, " ");

		if (word == len && memcmp(p, name, len) == 0)
			return true;
		if (p[word] == '\0')
			return false;
		p += word + 1;
	}
}

bool pix_audit_kind_allowed(const char *service, const char *kind, size_t kind_size)
{
	const char *dot = memchr(kind, '.', kind_size);
	size_t service_len = strlen(service), len;

	if (dot == NULL)
		return false;
	len = (size_t)(dot - kind);
	if (service_len > 6 && strcmp(service + service_len - 6, "-login") == 0)
		return pix_audit_class_in("connection auth", kind, len);
	if (pix_audit_service_is_mail(service))
		return pix_audit_class_in(MAIL_CLASSES, kind, len);
	for (unsigned int i = 0;
	     i < sizeof(service_classes) / sizeof(service_classes[0]); i++) {
		if (strcmp(service_classes[i].service, service) == 0)
			return pix_audit_class_in(service_classes[i].classes, kind, len);
	}
	return false;
}
