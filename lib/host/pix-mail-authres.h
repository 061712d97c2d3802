/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */
#ifndef PIX_MAIL_AUTHRES_H
#define PIX_MAIL_AUTHRES_H

#include "pix-authres-set.h"

struct istream;
struct mail;
struct pix_sort_settings;

/* Reads the header at the beginning of input into a set, as the settings say.
   The set lives in pool. */
struct pix_authres_set *
pix_mail_authres_read(pool_t pool, const struct pix_sort_settings *set,
		      struct istream *input);

/* The same for a stored mail. NULL if its header can't be read. */
struct pix_authres_set *
pix_mail_authres_get(pool_t pool, const struct pix_sort_settings *set,
		     struct mail *mail);

#endif
