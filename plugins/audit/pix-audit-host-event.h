/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */
#ifndef PIX_AUDIT_HOST_EVENT_H
#define PIX_AUDIT_HOST_EVENT_H

struct event;

/* Which of the host's events a service is listened to for; NULL: none. */
const char *pix_audit_host_filter(const char *service);
/* Makes a record of such an event. */
void pix_audit_host_event(struct event *event, const char *name);

#endif
