/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */
#ifndef PIX_EVENT_H
#define PIX_EVENT_H

#include "lib.h"

struct event;

/* Called for each event that is sent with a name that the filter matches; name
   is that name. It must not send events of such names itself. */
typedef void pix_event_callback_t(struct event *event, const char *name);

/* Begins to listen for named events, debug level ones too, which the host
   sends only if somebody wants them. filter: as in the host's event filters,
   e.g. "event=pix_*". One listener a module. Returns 0, or -1 and error_r. */
int pix_event_listen(const char *filter, pix_event_callback_t *callback,
		     const char **error_r);
void pix_event_unlisten(void);

/* A string field of the event, its parents or the global event; fields of
   other types are converted. NULL without it. Data stack. */
const char *pix_event_str(const struct event *event, const char *key);
/* FALSE without an integer of that name. */
bool pix_event_int(const struct event *event, const char *key, intmax_t *value_r);
/* Same, of the event itself alone. */
const char *pix_event_own_str(const struct event *event, const char *key);
bool pix_event_own_int(const struct event *event, const char *key, intmax_t *value_r);
/* What the process is doing, e.g. "imap:cmd_uid_fetch": the innermost
   reason_code of the global event that begins with one of modules ("imap:",
   NULL-terminated). NULL without one. */
const char *pix_event_reason(const char *const *modules);

#endif
