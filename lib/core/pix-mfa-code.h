/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */
#ifndef PIX_MFA_CODE_H
#define PIX_MFA_CODE_H

#include "pix-core.h"

/* What a user types behind the password. The shapes can't be mistaken for one
   another:
     TOTP            6 or 8 digits
     recovery code   abcde-12345      (ten symbols, 50 bits)
     access pass     abcd-1234-wxyz   (twelve symbols, 60 bits) */
enum pix_mfa_code_kind {
	PIX_MFA_CODE_NONE = 0,
	PIX_MFA_CODE_TOTP,
	PIX_MFA_CODE_RECOVERY,
	PIX_MFA_CODE_ACCESS_PASS,
};

/* Length of the longest code, without the NUL. */
#define PIX_MFA_CODE_MAX_LEN 14
/* Bytes of randomness per code. */
#define PIX_RECOVERY_CODE_RANDOM 10
#define PIX_ACCESS_PASS_RANDOM 12

struct pix_mfa_code {
	enum pix_mfa_code_kind kind;
	/* in its normal form; a secret */
	char code[PIX_MFA_CODE_MAX_LEN + 1];
};

/* "none", "totp", "recovery-code", "access-pass" */
const char *pix_mfa_code_kind_name(enum pix_mfa_code_kind kind);
bool pix_mfa_code_kind_parse(const char *name, enum pix_mfa_code_kind *kind_r);

/* Finds the code at the end of password. digits: length of the user's TOTP
   codes, 6 or 8. separator: what must stand between password and code, ""
   for nothing. Returns the length of what is left as the password (the whole
   length, and kind NONE, if there is no code). */
size_t pix_mfa_code_split(const char *password, const char *separator,
			  unsigned int digits, struct pix_mfa_code *code_r);
/* Parses a code that stands alone. */
bool pix_mfa_code_parse(const char *text, unsigned int digits,
			struct pix_mfa_code *code_r);

/* Appends a new code in the form that is shown, which also is the normal form. */
void pix_recovery_code_make(string_t *dest,
			    const unsigned char random[PIX_RECOVERY_CODE_RANDOM]);
void pix_access_pass_make(string_t *dest,
			  const unsigned char random[PIX_ACCESS_PASS_RANDOM]);

#endif
