/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */
#ifndef PIX_IDENTITY_THROTTLE_H
#define PIX_IDENTITY_THROTTLE_H

#include "pix-core.h"

/* Limits the guesses of codes by user, over all addresses (RFC 4226 §7.3). Only
   wrong codes behind a right first factor are guesses, and a code that is
   repeated, as a phone with an old one does, counts once. */
struct pix_throttle;

/* limit: distinct wrong codes within interval seconds; 0 switches it off. */
struct pix_throttle *pix_throttle_init(unsigned int limit, unsigned int interval);
void pix_throttle_deinit(struct pix_throttle **throttle);
/* TRUE while no code of this user may be accepted. */
bool pix_throttle_locked(struct pix_throttle *throttle, const char *user, time_t now);
/* A wrong code; hash stands for it. Returns TRUE if the user becomes locked by it. */
bool pix_throttle_wrong(struct pix_throttle *throttle, const char *user,
			unsigned int hash, time_t now);
/* A code was accepted. */
void pix_throttle_right(struct pix_throttle *throttle, const char *user);

#endif
