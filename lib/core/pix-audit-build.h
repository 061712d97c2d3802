/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */
#ifndef PIX_AUDIT_BUILD_H
#define PIX_AUDIT_BUILD_H

#include "pix-core.h"
#include "pix-audit-record.h"

/* Writes one audit record (docs/protocol/audit-record.md) straight into a
   buffer, without a tree in between: this runs once for each command of a
   client. */

/* Longest value of one string, in bytes before escaping; longer ones are cut
   at a character. */
#define PIX_AUDIT_VALUE_MAX 1000

struct pix_audit_build {
	buffer_t *dest;
	/* where the record begins in dest */
	size_t start;
};

/* Begins a record at the end of dest. kind: "mail.bind"; usecs: when it
   happened, microseconds since 1970. Names and kinds come from our own code and
   are written as they are. */
void pix_audit_build_begin(struct pix_audit_build *build, buffer_t *dest,
			   const char *kind, int64_t usecs);
/* Adds a string; NULL and "" add nothing. Bytes that are no UTF-8 become
   U+FFFD. A value for which the record has no room is left out. */
void pix_audit_build_str(struct pix_audit_build *build, const char *name,
			 const char *value);
/* Same, with a limit in bytes. */
void pix_audit_build_str_max(struct pix_audit_build *build, const char *name,
			     const char *value, size_t max);
/* Adds an integer, clamped to what a record may hold (-2^53+1 .. 2^53-1). */
void pix_audit_build_int(struct pix_audit_build *build, const char *name,
			 int64_t value);
/* Adds an IMAP sequence set: begin, then its ranges in ascending order, then
   end. range returns FALSE and adds nothing once the record has 12 KiB: the
   rest belongs into a further record. */
void pix_audit_build_set_begin(struct pix_audit_build *build, const char *name);
bool pix_audit_build_set_range(struct pix_audit_build *build,
			       uint32_t first, uint32_t last);
void pix_audit_build_set_end(struct pix_audit_build *build);
/* Ends the record. */
void pix_audit_build_end(struct pix_audit_build *build);

#endif
