/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */
#ifndef PIX_APP_PASSWORD_H
#define PIX_APP_PASSWORD_H

#include "pix-core.h"

/* An app password: "pix-" and 27 symbols in groups of five, of which 25 are
   random (125 bits) and two check the others:

       pix-7k2mq-0x9ab-tz4nd-w1r8e-5ghjc-vy

   It may be typed in upper case and without dashes or with spaces. The check
   lets a typing error be told from a wrong password, and a password of
   someone's own choice from an app password. */

/* Bytes of randomness that pix_app_password_make() needs. */
#define PIX_APP_PASSWORD_RANDOM 25
/* Length of the normal form, without the NUL. */
#define PIX_APP_PASSWORD_NORMAL_LEN 30

/* Appends a new app password in the form that is shown. */
void pix_app_password_make(string_t *dest,
			   const unsigned char random[PIX_APP_PASSWORD_RANDOM]);
/* TRUE if the password has the shape and its check symbols are right. Then
   normal_r, of PIX_APP_PASSWORD_NORMAL_LEN + 1 bytes, is the form that is
   hashed; it is a secret. */
bool pix_app_password_parse(const char *password, char *normal_r);

#endif
