/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */
#ifndef PIX_OAUTH2_CONFIG_H
#define PIX_OAUTH2_CONFIG_H

/* The issuers as the settings name them; the same for auth and doveadm. */

#include "pix-core.h"
#include "pix-issuer.h"

struct pix_oauth2_settings;

/* Reads the issuers file and the one issuer of the plain settings. All mistakes
   are reported: errors gets a line for each (data stack). Returns the issuers,
   or NULL if there are mistakes or no issuer at all. Free them with
   pix_issuers_free(). */
struct pix_issuers *
pix_oauth2_config_load(const struct pix_oauth2_settings *set,
		       ARRAY_TYPE(const_string) *errors);

/* Reads a whole text file of at most max_size bytes without NULs. Returns 0, or
   -1 and error_r (data stack). text_r is from the data stack. */
int pix_oauth2_read_text(const char *path, size_t max_size,
			 const char **text_r, const char **error_r);

#endif
