/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */
#ifndef PIX_MAIL_USER_H
#define PIX_MAIL_USER_H

#include "lib.h"
#include "mail-user.h"

/* What a mail process knows of its user, on both hosts. */

/* Value of a userdb field, "" for one without a value, NULL if absent. It
   lives as long as the user. */
const char *pix_mail_user_field(const struct mail_user *user, const char *name);
/* The master user who logged in as this user, or NULL. */
const char *pix_mail_user_master(const struct mail_user *user);
/* TRUE if the client's connection is encrypted by TLS. */
bool pix_mail_user_is_tls(const struct mail_user *user);
/* base_dir. Data stack. */
const char *pix_mail_base_dir(void);

#endif
