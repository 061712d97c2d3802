/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */
#ifndef PIX_MAIL_SIGNS_H
#define PIX_MAIL_SIGNS_H

/* Signs that a mail poses as somebody else's. They hint, they don't prove. */

#include "pix-core.h"

/* TRUE if the display name holds a mail address of a domain that is not
   aligned with the sender's ("ceo@example.org" <x@evil.example>). Both in UTF-8. */
bool pix_sign_display_name(const char *display_name, const char *from_domain);

/* TRUE if the domain is none of ours (nor below one), but looks like one:
   one letter differs, is missing, is too much or changed places; the same
   after confusable letters were folded (0 o, 1 l i, rn m, vv w) and
   hyphens dropped; or one of ours stands in front ("example.org.evil.net").
   own_domains: NULL-terminated. Names shorter than 5 letters in front of the
   last dot are only compared after folding. */
bool pix_sign_look_alike(const char *domain, const char *const *own_domains);

#endif
