/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-mail-signs.h"
#include "pix-authres.h"

#define SIGNS_MIN_NAME 5
#define SIGNS_MAX_DOMAIN 255

static bool signs_is_domain_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		(c >= '0' && c <= '9') || c == '-' || c == '.' ||
		(unsigned char)c >= 0x80;
}

bool pix_sign_display_name(const char *display_name, const char *from_domain)
{
	const char *at = display_name;
	bool found = FALSE;

	while (!found && (at = strchr(at, '@')) != NULL) {
		const char *end = ++at;

		while (signs_is_domain_char(*end))
			end++;
		while (end > at && end[-1] == '.')
			end--;
		T_BEGIN {
			const char *domain = t_strdup_until(at, end);

			/* "@" alone, "@home" and so on are no addresses */
			found = strchr(domain, '.') != NULL && domain[0] != '.' &&
				!pix_authres_aligned(domain, from_domain);
		} T_END;
	}
	return found;
}

/* Folds what eyes confuse. From the data stack. */
static const char *signs_fold(const char *domain)
{
	string_t *str = t_str_new(64);

	for (const char *p = t_str_lcase(domain); *p != '\0'; p++) {
		if (p[0] == 'r' && p[1] == 'n') {
			str_append_c(str, 'm');
			p++;
		} else if (p[0] == 'v' && p[1] == 'v') {
			str_append_c(str, 'w');
			p++;
		} else if (*p == '0') {
			str_append_c(str, 'o');
		} else if (*p == '1' || *p == 'i') {
			str_append_c(str, 'l');
		} else if (*p != '-') {
			str_append_c(str, *p);
		}
	}
	return str_c(str);
}

/* One edit (or none): insert, delete, replace, or two neighbours swapped. */
static bool signs_one_edit(const char *a, const char *b)
{
	size_t len_a = strlen(a), len_b = strlen(b), i = 0;

	if (len_a > len_b)
		return signs_one_edit(b, a);
	if (len_b - len_a > 1)
		return FALSE;
	while (i < len_a && a[i] == b[i])
		i++;
	if (len_a < len_b)
		return strcmp(a + i, b + i + 1) == 0;
	if (i == len_a)
		return TRUE;
	return strcmp(a + i + 1, b + i + 1) == 0 ||
		(a[i] == b[i + 1] && a[i + 1] == b[i] && a[i + 1] != '\0' &&
		 strcmp(a + i + 2, b + i + 2) == 0);
}

static bool signs_is_own(const char *domain, const char *own)
{
	size_t len = strlen(domain), own_len = strlen(own);

	return len >= own_len && strcasecmp(domain + len - own_len, own) == 0 &&
		(len == own_len || domain[len - own_len - 1] == '.');
}

static bool signs_looks_like(const char *domain, const char *own)
{
	const char *dot = strrchr(own, '.');
	size_t own_len = strlen(own);

	if (strncasecmp(domain, own, own_len) == 0 && domain[own_len] == '.')
		return TRUE;
	if (strcmp(signs_fold(domain), signs_fold(own)) == 0)
		return TRUE;
	return dot != NULL && dot - own >= SIGNS_MIN_NAME &&
		signs_one_edit(t_str_lcase(domain), t_str_lcase(own));
}

bool pix_sign_look_alike(const char *domain, const char *const *own_domains)
{
	bool found = FALSE;

	if (strlen(domain) > SIGNS_MAX_DOMAIN)
		return FALSE;
	for (const char *const *own = own_domains; *own != NULL; own++) {
		if (signs_is_own(domain, *own))
			return FALSE;
	}
	for (; *own_domains != NULL && !found; own_domains++) T_BEGIN {
		found = signs_looks_like(domain, *own_domains);
	} T_END;
	return found;
}
