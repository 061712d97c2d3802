/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */
#ifndef PIX_IDENTITY_APP_PASSWORD_H
#define PIX_IDENTITY_APP_PASSWORD_H

#include "pix-identity.h"
#include "pix-identity-store.h"

/* A row of the kind "app-password": its look-up is the keyed hash of the
   password, which itself is kept nowhere. */
#define PIX_APP_PASSWORD_KIND "app-password"

bool pix_app_password_expired(const struct pix_row *row, time_t now);

#endif
