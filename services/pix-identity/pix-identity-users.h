/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */
#ifndef PIX_IDENTITY_USERS_H
#define PIX_IDENTITY_USERS_H

#include "pix-identity.h"
#include "pix-identity-store.h"

/* What auth must know about a user before it asks us, so that everyone else
   gets in even while we are down. Pushed whole at connect, then by change. */
enum pix_user_flags {
	/* a second factor is active: a password alone is refused */
	PIX_USER_REQUIRED = 0x01,
	/* an enrolment waits for its first code */
	PIX_USER_PENDING = 0x02,
	PIX_USER_APP_PASSWORD = 0x04,
	/* rows were tampered with: nothing is accepted */
	PIX_USER_BROKEN = 0x08,
	/* TOTP codes have 8 digits, not 6 */
	PIX_USER_DIGITS_8 = 0x10,
	/* by an administrator: nothing is accepted */
	PIX_USER_LOCKED = 0x20,
};

struct pix_users;

/* Reads the whole set from the store, again and again until it can be read. */
struct pix_users *pix_users_init(struct pix_identity *identity);
void pix_users_deinit(struct pix_users **users);
/* identity->enrolled: from memory, at once. */
void pix_users_enrolled(struct pix_identity *identity, const char *user,
			pix_identity_enrolled_callback_t *callback, void *context);
bool pix_users_loaded(const struct pix_users *users);
enum pix_user_flags pix_users_flags(const struct pix_users *users, const char *name);
/* Reads a user's rows again and tells auth; then calls done. */
void pix_users_refresh(struct pix_users *users, const char *name,
		       void (*done)(void *context), void *context);
/* The store found rows that claim to be of this user and can't be believed. */
void pix_users_tampered(const char *name, void *context);
void pix_users_foreach(struct pix_users *users,
		       void (*func)(const char *name, enum pix_user_flags flags,
				    void *context),
		       void *context);
/* Counts by flag, for status. */
void pix_users_counts(const struct pix_users *users, unsigned int *known_r,
		      unsigned int *required_r, unsigned int *broken_r);

#endif
