/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */
#ifndef PIX_CLAIMS_H
#define PIX_CLAIMS_H

#include "pix-json.h"

/* Longest value that a template makes of claims, in bytes. */
#define PIX_CLAIMS_VALUE_MAX 1024

/* The value at a path. A path is a name, or names joined by dots
   ("realm_access.roles"); a name that itself holds dots is found too, literal
   names first. NULL if there is none; JSON null counts as none. Lives as long
   as claims. */
const json_t *pix_claims_get(const json_t *claims, const char *path);

/* TRUE if the value is one of values: a string, number or boolean by its text,
   an array if one of its items is. "*" matches any value there is. */
bool pix_claims_match(const json_t *value, const char *const *values);

/* TRUE if the space-separated words of the string, or the strings of the array,
   hold word. */
bool pix_claims_has_word(const json_t *value, const char *word);

enum pix_claims_expand {
	/* a claim has no text form, or the result is too long, empty or holds
	   control characters */
	PIX_CLAIMS_INVALID = -1,
	PIX_CLAIMS_MISSING = 0,
	PIX_CLAIMS_OK = 1,
};

/* Fills in a template: "{path}" is the claim's text, "{path:lower}" in lower
   case, "{path:local}" up to the last @, "{path:domain}" behind it. "{{" is a
   brace. value_r is from the data stack. */
enum pix_claims_expand
pix_claims_expand(const json_t *claims, const char *tmpl, const char **value_r);

/* Checks a template's syntax: returns the offset of the first mistake, or
   SIZE_MAX. */
size_t pix_claims_template_check(const char *tmpl);

#endif
