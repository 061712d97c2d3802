/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-mfa-code.h"
#include "pix-crockford.h"

/* x: a symbol, everything else stands for itself */
#define PIX_RECOVERY_CODE_SHAPE "xxxxx-xxxxx"
#define PIX_ACCESS_PASS_SHAPE "xxxx-xxxx-xxxx"

static const char *const pix_mfa_code_kind_names[] = {
	"none", "totp", "recovery-code", "access-pass"
};

const char *pix_mfa_code_kind_name(enum pix_mfa_code_kind kind)
{
	i_assert(kind < N_ELEMENTS(pix_mfa_code_kind_names));
	return pix_mfa_code_kind_names[kind];
}

bool pix_mfa_code_kind_parse(const char *name, enum pix_mfa_code_kind *kind_r)
{
	for (unsigned int i = 0; i < N_ELEMENTS(pix_mfa_code_kind_names); i++) {
		if (strcmp(pix_mfa_code_kind_names[i], name) == 0) {
			*kind_r = (enum pix_mfa_code_kind)i;
			return TRUE;
		}
	}
	return FALSE;
}

static bool pix_mfa_code_shape(const char *text, const char *shape, char *code_r)
{
	unsigned int i;

	for (i = 0; shape[i] != '\0'; i++) {
		char c = text[i];

		if (c == '\0')
			return FALSE;
		if (shape[i] == 'x')
			c = pix_crockford_symbol(c);
		else if (c != shape[i])
			return FALSE;
		if (c == '\0')
			return FALSE;
		code_r[i] = c;
	}
	code_r[i] = '\0';
	return text[i] == '\0';
}

static bool
pix_mfa_code_digits(const char *text, unsigned int digits, char *code_r)
{
	for (unsigned int i = 0; i < digits; i++) {
		if (text[i] < '0' || text[i] > '9')
			return FALSE;
		code_r[i] = text[i];
	}
	code_r[digits] = '\0';
	return text[digits] == '\0';
}

bool pix_mfa_code_parse(const char *text, unsigned int digits,
			struct pix_mfa_code *code_r)
{
	i_assert(digits == 6 || digits == 8);

	if (pix_mfa_code_digits(text, digits, code_r->code))
		code_r->kind = PIX_MFA_CODE_TOTP;
	else if (pix_mfa_code_shape(text, PIX_RECOVERY_CODE_SHAPE, code_r->code))
		code_r->kind = PIX_MFA_CODE_RECOVERY;
	else if (pix_mfa_code_shape(text, PIX_ACCESS_PASS_SHAPE, code_r->code))
		code_r->kind = PIX_MFA_CODE_ACCESS_PASS;
	else {
		explicit_bzero(code_r, sizeof(*code_r));
		code_r->kind = PIX_MFA_CODE_NONE;
		return FALSE;
	}
	return TRUE;
}

size_t pix_mfa_code_split(const char *password, const char *separator,
			  unsigned int digits, struct pix_mfa_code *code_r)
{
	const size_t lengths[] = {
		digits, strlen(PIX_RECOVERY_CODE_SHAPE),
		strlen(PIX_ACCESS_PASS_SHAPE),
	};
	const size_t len = strlen(password), sep_len = strlen(separator);

	i_zero(code_r);
	for (unsigned int i = 0; i < N_ELEMENTS(lengths); i++) {
		size_t tail = lengths[i] + sep_len;

		if (len < tail ||
		    /* the separator is a setting and not a secret */
		    strncmp(password + len - tail, separator, sep_len) != 0)
			continue;
		if (pix_mfa_code_parse(password + len - lengths[i], digits, code_r))
			return len - tail;
	}
	return len;
}

static void
pix_mfa_code_make(string_t *dest, const char *shape, const unsigned char *random)
{
	for (unsigned int i = 0; shape[i] != '\0'; i++) {
		if (shape[i] == 'x')
			pix_crockford_append(dest, random++, 1);
		else
			str_append_c(dest, shape[i]);
	}
}

void pix_recovery_code_make(string_t *dest,
			    const unsigned char random[PIX_RECOVERY_CODE_RANDOM])
{
	pix_mfa_code_make(dest, PIX_RECOVERY_CODE_SHAPE, random);
}

void pix_access_pass_make(string_t *dest,
			  const unsigned char random[PIX_ACCESS_PASS_RANDOM])
{
	pix_mfa_code_make(dest, PIX_ACCESS_PASS_SHAPE, random);
}
