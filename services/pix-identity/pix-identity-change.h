/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */
#ifndef PIX_IDENTITY_CHANGE_H
#define PIX_IDENTITY_CHANGE_H

#include "pix-identity.h"
#include "pix-identity-store.h"

/* An administrator's change: some rows are put, then auth is told, then the
   request is answered. Nothing is answered before all of it is durable. */
struct pix_change;

struct pix_change *pix_change_begin(struct pix_identity_request *request);
/* Same as pix_identity_store_put(), as part of the change. */
void pix_change_put(struct pix_change *change, const struct pix_row *row);
/* Ends the change of the user's rows: steals answer. The request is answered
   (or failed with "unavailable") later. */
void pix_change_commit(struct pix_change *change, const char *user,
		       json_t *answer);

/* count random bytes as hex, for the id of a new row; data stack. */
const char *pix_identity_new_id(unsigned int count);
/* The member "user" of the request: 1..255 bytes without control characters.
   NULL after pix_identity_fail(). */
const char *pix_identity_request_user(struct pix_identity_request *request);
/* Fails the request for a store that could not be read. */
void pix_identity_fail_store(struct pix_identity_request *request);
/* "state" of the row is the given one. */
bool pix_row_state_is(const struct pix_row *row, const char *state);
/* A deep copy of the row's data, to be changed and put. */
struct pix_row pix_row_copy(const struct pix_row *row);

#endif
