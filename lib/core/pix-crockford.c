/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-crockford.h"
#include "sha2.h"
#include "safe-memset.h"

#include <ctype.h>

static const char pix_crockford_symbols[] = "0123456789abcdefghjkmnpqrstvwxyz";

void pix_crockford_append(string_t *dest, const unsigned char *random,
			  unsigned int count)
{
	for (unsigned int i = 0; i < count; i++)
		str_append_c(dest, pix_crockford_symbols[random[i] & 31]);
}

char pix_crockford_symbol(char c)
{
	c = i_tolower(c);
	switch (c) {
	case '\0':
		return '\0';
	case 'o':
		return '0';
	case 'i':
	case 'l':
		return '1';
	default:
		return strchr(pix_crockford_symbols, c) != NULL ? c : '\0';
	}
}

void pix_crockford_check(string_t *dest, const char *text, unsigned int count)
{
	unsigned char digest[SHA256_RESULTLEN];

	i_assert(count <= sizeof(digest));
	sha256_get_digest(text, strlen(text), digest);
	pix_crockford_append(dest, digest, count);
	/* it tells about the secret that it was made of */
	safe_memset(digest, 0, sizeof(digest));
}
