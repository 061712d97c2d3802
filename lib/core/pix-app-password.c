/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-app-password.h"
#include "pix-crockford.h"
#include "pix-secret.h"

#include <ctype.h>

#define PIX_APP_PASSWORD_PREFIX "pix"
#define PIX_APP_PASSWORD_CHECK 2
#define PIX_APP_PASSWORD_GROUP 5
/* longer strings are no app password, however many dashes they have */
#define PIX_APP_PASSWORD_MAX_TYPED 80

void pix_app_password_make(string_t *dest,
			   const unsigned char random[PIX_APP_PASSWORD_RANDOM])
{
	string_t *normal = t_str_new(64);
	const char *p;

	str_append(normal, PIX_APP_PASSWORD_PREFIX);
	pix_crockford_append(normal, random, PIX_APP_PASSWORD_RANDOM);
	pix_crockford_check(normal, str_c(normal), PIX_APP_PASSWORD_CHECK);

	str_append(dest, PIX_APP_PASSWORD_PREFIX);
	p = str_c(normal) + strlen(PIX_APP_PASSWORD_PREFIX);
	for (unsigned int i = 0; p[i] != '\0'; i++) {
		if (i % PIX_APP_PASSWORD_GROUP == 0)
			str_append_c(dest, '-');
		str_append_c(dest, p[i]);
	}
	pix_secret_wipe_buffer(normal);
}

/* The typed string without separators, in lower case. */
static bool pix_app_password_squeeze(const char *password, char *normal_r)
{
	const unsigned int prefix_len = strlen(PIX_APP_PASSWORD_PREFIX);
	unsigned int used = 0;

	for (unsigned int i = 0; password[i] != '\0'; i++) {
		char c = password[i];

		if (i > PIX_APP_PASSWORD_MAX_TYPED)
			return FALSE;
		if (c == '-' || c == ' ')
			continue;
		if (used == PIX_APP_PASSWORD_NORMAL_LEN)
			return FALSE;
		if (used < prefix_len) {
			c = i_tolower(c);
			if (c != PIX_APP_PASSWORD_PREFIX[used])
				return FALSE;
		} else {
			c = pix_crockford_symbol(c);
			if (c == '\0')
				return FALSE;
		}
		normal_r[used++] = c;
	}
	normal_r[used] = '\0';
	return used == PIX_APP_PASSWORD_NORMAL_LEN;
}

bool pix_app_password_parse(const char *password, char *normal_r)
{
	const unsigned int body_len =
		PIX_APP_PASSWORD_NORMAL_LEN - PIX_APP_PASSWORD_CHECK;
	bool ok = FALSE;

	if (pix_app_password_squeeze(password, normal_r)) T_BEGIN {
		string_t *body = t_str_new(64);
		string_t *check = t_str_new(8);

		str_append_data(body, normal_r, body_len);
		pix_crockford_check(check, str_c(body), PIX_APP_PASSWORD_CHECK);
		ok = mem_equals_timing_safe(str_c(check), normal_r + body_len,
					    PIX_APP_PASSWORD_CHECK);
		pix_secret_wipe_buffer(body);
	} T_END;
	if (!ok)
		explicit_bzero(normal_r, PIX_APP_PASSWORD_NORMAL_LEN + 1);
	return ok;
}
