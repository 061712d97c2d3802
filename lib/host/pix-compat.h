/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */
#ifndef PIX_COMPAT_H
#define PIX_COMPAT_H

/* Differences of the two hosts that are too small for a file of their own.
   Wrappers have the shape of the newest API and the suffix _compat. */

#include "lib.h"
#include "strfuncs.h"

#if DOVECOT_VERSION_MAJOR != 2 || DOVECOT_VERSION_MINOR < 3 || DOVECOT_VERSION_MINOR > 4
#  error "This version of Dovecot is not supported: build against 2.3.19 or 2.4.1"
#endif
/* 1 on 2.4, 0 on 2.3; for lib/host alone (make lint) */
#define PIX_DOVECOT_24 (DOVECOT_VERSION_MINOR >= 4)

static inline bool str_begins_compat(const char *haystack, const char *needle)
{
	return strncmp(haystack, needle, strlen(needle)) == 0;
}

/* TRUE and suffix_r behind the needle if haystack begins with it. */
static inline bool
str_begins_suffix_compat(const char *haystack, const char *needle,
			 const char **suffix_r)
{
	if (!str_begins_compat(haystack, needle))
		return FALSE;
	*suffix_r = haystack + strlen(needle);
	return TRUE;
}

#endif
