/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */
#ifndef PIX_CROCKFORD_H
#define PIX_CROCKFORD_H

#include "pix-core.h"

/* Codes that people read and type: Crockford's base 32 in lower case. What is
   typed may be in upper case, and o, i and l are taken for 0, 1 and 1. */

/* Appends count symbols (5 bits each) taken from the lowest bits of random,
   which holds count bytes. */
void pix_crockford_append(string_t *dest, const unsigned char *random,
			  unsigned int count);
/* The symbol that c stands for, or '\0' if none. */
char pix_crockford_symbol(char c);
/* Appends count check symbols over text: the first bits of its SHA-256. */
void pix_crockford_check(string_t *dest, const char *text, unsigned int count);

#endif
