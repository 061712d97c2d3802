/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */
#ifndef PIX_AUDIT_EVENT_H
#define PIX_AUDIT_EVENT_H

#include "pix-audit-build.h"

struct event;

/* The record kind of an event's name, and its outcome (NULL: ok); NULL if such
   events aren't recorded. */
const char *pix_audit_event_kind(const char *name, const char **outcome_r);
/* Adds what the event says, as far as a record may hold it. */
void pix_audit_event_fields(struct pix_audit_build *build, const struct event *event);

#endif
