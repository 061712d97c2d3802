/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-audit-fetch.h"

#include <ctype.h>

#define PIX_AUDIT_SECTIONS_MAX 8
/* a section of a message that is nested deeper is cut */
#define PIX_AUDIT_SECTION_LEN_MAX 80

/* TRUE if what stands between the brackets of BODY[…] names content, not
   headers: "", "1.2", "TEXT", "1.TEXT". */
static bool pix_audit_section_is_body(const char *section, size_t len)
{
	const char *p = section, *end = section + len;

	while (p < end && (i_isdigit(*p) || *p == '.'))
		p++;
	len = (size_t)(end - p);
	return len == 0 || (len == 4 && strncasecmp(p, "TEXT", 4) == 0);
}

static void
pix_audit_section_add(string_t *dest, unsigned int *count,
		      const char *prefix, const char *section, size_t len)
{
	const char *item;

	item = t_strconcat(prefix, t_str_ucase(t_strndup(section,
			I_MIN(len, PIX_AUDIT_SECTION_LEN_MAX))), NULL);
	if (strchr(item, ' ') != NULL)
		return;
	if (str_array_find(t_strsplit(str_c(dest), " "), item))
		return;
	if (++*count > PIX_AUDIT_SECTIONS_MAX) {
		if (*count == PIX_AUDIT_SECTIONS_MAX + 1)
			str_append(dest, " ...");
		return;
	}
	if (str_len(dest) > 0)
		str_append_c(dest, ' ');
	str_append(dest, item);
}

/* p stands behind BODY, BODY.PEEK or BINARY at the bracket. Returns where to
   go on. */
static const char *
pix_audit_section_bracket(string_t *dest, unsigned int *count,
			  const char *prefix, const char *p)
{
	const char *close = strchr(p, ']'), *end;

	if (close == NULL)
		return p + strlen(p);
	end = close + 1;
	if (*end == '<')
		end += strcspn(end, "> )") + (strchr(end, '>') != NULL ? 1 : 0);
	if (pix_audit_section_is_body(p + 1, (size_t)(close - p - 1)))
		pix_audit_section_add(dest, count, prefix, p, (size_t)(end - p));
	return close + 1;
}

static const struct {
	const char *name;
	/* how it is recorded; NULL: it is no content */
	const char *prefix;
	bool bracket;
} pix_audit_fetch_items[] = {
	{ "BODY.PEEK", "BODY", TRUE },
	{ "BODY", "BODY", TRUE },
	{ "BINARY.PEEK", "BINARY", TRUE },
	{ "BINARY", "BINARY", TRUE },
	{ "RFC822", "RFC822", FALSE },
	{ "RFC822.TEXT", "RFC822.TEXT", FALSE },
	{ "PREVIEW", "PREVIEW", FALSE },
	{ "SNIPPET", "PREVIEW", FALSE },
};

static const char *
pix_audit_fetch_item(string_t *dest, unsigned int *count, const char *p, size_t len)
{
	for (unsigned int i = 0; i < N_ELEMENTS(pix_audit_fetch_items); i++) {
		if (strlen(pix_audit_fetch_items[i].name) != len ||
		    strncasecmp(pix_audit_fetch_items[i].name, p, len) != 0)
			continue;
		if (!pix_audit_fetch_items[i].bracket)
			pix_audit_section_add(dest, count,
				pix_audit_fetch_items[i].prefix, "", 0);
		else if (p[len] == '[')
			return pix_audit_section_bracket(dest, count,
				pix_audit_fetch_items[i].prefix, p + len);
	}
	p += len;
	/* the section of something else */
	if (*p == '[') {
		const char *close = strchr(p, ']');

		p = close == NULL ? p + strlen(p) : close + 1;
	}
	return p;
}

const char *pix_audit_fetch_sections(const char *args)
{
	string_t *dest = t_str_new(64);
	unsigned int count = 0;
	const char *p = strchr(args, ' ');

	if (p == NULL)
		return NULL;
	while (*p != '\0') {
		size_t len = strcspn(p, " ()[]<>\"\r\n");

		if (len == 0)
			p++;
		else
			p = pix_audit_fetch_item(dest, &count, p, len);
	}
	return str_len(dest) == 0 ? NULL : str_c(dest);
}
