/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */
#ifndef PIX_AUDIT_FETCH_H
#define PIX_AUDIT_FETCH_H

#include "pix-core.h"

/* The parts of message bodies that the arguments of an IMAP FETCH or UID FETCH ask
   for (RFC 9051 §6.4.5), e.g. for "1:* (FLAGS BODY.PEEK[1.2]<0.1024>)" it is
   "BODY[1.2]<0.1024>": separated by spaces, .PEEK dropped, each once, at most 8 of
   them and then "...". NULL when only headers, structure, flags and the like
   are asked for. From the data stack; args may hold anything. */
const char *pix_audit_fetch_sections(const char *args);

#endif
