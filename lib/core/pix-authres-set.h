/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */
#ifndef PIX_AUTHRES_SET_H
#define PIX_AUTHRES_SET_H

/* Which of a message's Authentication-Results count: those of an own
   authserv-id that stand high enough, and for each method only the topmost
   field that has it (RFC 8601 section 5 and 7.1). */

#include "pix-authres.h"

struct pix_authres_set;

struct pix_authres_params {
	/* NULL-terminated authserv-ids of our own servers, compared without
	   case; an empty list trusts nothing */
	const char *const *authserv_ids;
	/* Received fields that may stand above a field that is trusted: the
	   hops of our own servers. 0..100. */
	unsigned int max_received;
	/* NULL-terminated domains of ARC sealers that are believed, compared
	   without case; empty: none (RFC 8617 section 7.2) */
	const char *const *arc_sealers;
};

/* Everything lives in pool; params is copied. */
struct pix_authres_set *
pix_authres_set_init(pool_t pool, const struct pix_authres_params *params);

/* TRUE for the names that the set wants to see, so that others need not be
   unfolded. */
bool pix_authres_set_wants(const char *name);

/* Every field that the set wants, in the order of the message. value is
   copied. */
void pix_authres_set_add(struct pix_authres_set *set, const char *name,
			 const unsigned char *value, size_t size);

/* The trusted results of a method (lower case). Where a field contradicts
   itself about dmarc or arc, which can have one result only, no "pass" is
   returned. The list lives as long as the set; its entries are pointers. */
const struct pix_authres_result *const *
pix_authres_set_find(struct pix_authres_set *set, const char *method,
		     unsigned int *count_r);

/* The results of a method as a trusted sealer saw them: only where our own
   server says arc=pass and the newest seal is of a trusted domain. */
const struct pix_authres_result *const *
pix_authres_set_find_arc(struct pix_authres_set *set, const char *method,
			 unsigned int *count_r);

/* What was seen, for the canary: each Authentication-Results in order. */
struct pix_authres_seen {
	/* NULL if it has none */
	const char *authserv_id;
	unsigned int received_above;
	/* NULL if it is trusted, else why not */
	const char *refused;
};
const struct pix_authres_seen *
pix_authres_set_seen(struct pix_authres_set *set, unsigned int *count_r);

#endif
