/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */
#ifndef PIX_MFA_USERS_H
#define PIX_MFA_USERS_H

#include "pix-core.h"
#include "pix-json.h"

/* What pix-identity has told about users; the flags are those of its pushes
   (docs/protocol/identity.md). Whoever isn't in the set is not enrolled. */
enum pix_mfa_user_flags {
	PIX_MFA_USER_REQUIRED = 0x01,
	PIX_MFA_USER_PENDING = 0x02,
	PIX_MFA_USER_APP_PASSWORD = 0x04,
	PIX_MFA_USER_BROKEN = 0x08,
	PIX_MFA_USER_DIGITS_8 = 0x10,
	PIX_MFA_USER_LOCKED = 0x20,
};

struct pix_mfa_users;

/* Starts with what the file in dir says, if there is one (it is read here: as
   root). Returns NULL and error_r if the file is damaged. */
struct pix_mfa_users *pix_mfa_users_init(const char *dir, const char **error_r);
void pix_mfa_users_deinit(struct pix_mfa_users **users);

/* Takes a push in. */
void pix_mfa_users_push(struct pix_mfa_users *users, const json_t *msg);
/* TRUE once the set is whole, from the service or from the file. fresh: from
   the service. */
bool pix_mfa_users_known(const struct pix_mfa_users *users);
bool pix_mfa_users_fresh(const struct pix_mfa_users *users);
enum pix_mfa_user_flags
pix_mfa_users_flags(const struct pix_mfa_users *users, const char *name);

#endif
