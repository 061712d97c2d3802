/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */
#ifndef PIX_AUTHRES_H
#define PIX_AUTHRES_H

/* Authentication-Results (RFC 8601). The parser reads what servers really
   write: a missing authserv-id, empty values, properties without a ptype and
   values that should have been quoted are accepted; a result that can't be
   read is skipped up to the next semicolon. What is trusted is decided
   elsewhere (pix-authres-set.h). */

#include "pix-core.h"

/* Longer fields, more results or deeper comments are not read. */
#define PIX_AUTHRES_MAX_SIZE (64 * 1024)
#define PIX_AUTHRES_MAX_RESULTS 100
#define PIX_AUTHRES_MAX_PROPERTIES 40
#define PIX_AUTHRES_MAX_NESTING 32

/* "header.d=example.org"; ptype and property are in lower case, ptype is ""
   where none was written, value may be "". */
struct pix_authres_property {
	const char *ptype, *property, *value;
};

/* "dmarc=fail reason="..." (comment) header.from=example.org" */
struct pix_authres_result {
	/* lower case, never NULL */
	const char *method, *result;
	/* NULL if there is none */
	const char *reason;
	/* the comments of this result, joined by a space; "" if there are none */
	const char *comment;
	const struct pix_authres_property *properties;
	unsigned int property_count;
};

struct pix_authres {
	/* as written; NULL where the field has none */
	const char *authserv_id;
	/* RFC 8601 section 2.2: 1, also where none is written */
	unsigned int version;
	/* i= of ARC-Authentication-Results (RFC 8617 section 4.1.1), else 0 */
	unsigned int arc_instance;
	const struct pix_authres_result *results;
	unsigned int result_count;
	/* parts between semicolons that were no result */
	unsigned int skipped_count;
};

/* Parses the body of a field (unfolded or not). Everything that it returns
   lives in pool. Returns 0, or -1 and error_r (a constant) for a field that
   says nothing: too long, a NUL in it, or a comment or quote that never ends. */
int pix_authres_parse(pool_t pool, const unsigned char *data, size_t size,
		      const struct pix_authres **authres_r,
		      const char **error_r);

/* Value of the property "ptype.property" (lower case; a name without a dot
   stands for an empty ptype), or NULL. */
const char *
pix_authres_property_find(const struct pix_authres_result *result,
			  const char *name);

/* The policy that the domain publishes, as far as a DMARC result tells:
   "none", "quarantine" or "reject", or NULL. Reads the forms of OpenDMARC
   (p=reject), rspamd (policy=reject) and Gmail (p=REJECT sp=... dis=...) in
   the comment, and the properties policy.dmarc, policy.p,
   policy.published-domain-policy and action. */
const char *pix_authres_dmarc_policy(const struct pix_authres_result *result);

/* The domain that a result speaks of: header.d, header.from, header.i,
   smtp.mailfrom, smtp.helo, policy.… in this order; without the local part,
   or NULL. From the data stack. */
const char *t_pix_authres_domain(const struct pix_authres_result *result);

/* RFC 7489 section 3.1 without a list of public suffixes: the domains are
   equal, or one is a subdomain of the other and the shorter one has at least
   two labels. Case and a final dot don't count. */
bool pix_authres_aligned(const char *domain, const char *from_domain);

#endif
