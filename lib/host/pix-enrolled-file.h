/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */
#ifndef PIX_ENROLLED_FILE_H
#define PIX_ENROLLED_FILE_H

#include "pix-core.h"

struct event;

/* The set of enrolled users as pix-identity last knew it, for an auth process
   that starts while pix-identity is down: DIR/enrolled. Text: the first line
   is "pix-enrolled TAB 1", each other one FLAGS TAB NAME (tab-escaped); the
   last line of a name counts. */
struct pix_enrolled_file;

/* Writer. The file is opened at the first write; what can't be written is
   logged once. */
struct pix_enrolled_file *
pix_enrolled_file_init(const char *dir, struct event *event_parent);
void pix_enrolled_file_deinit(struct pix_enrolled_file **file);
/* Between begin and end the file is written anew and then replaced at once. */
void pix_enrolled_file_begin(struct pix_enrolled_file *file);
void pix_enrolled_file_end(struct pix_enrolled_file *file);
/* Appends one line. */
void pix_enrolled_file_set(struct pix_enrolled_file *file, const char *name,
			   unsigned int flags);

/* Reader: calls func for each line. Returns 1, 0 if there is no file, -1 and
   error_r (data stack) if it can't be read or is damaged. */
int pix_enrolled_file_read(const char *dir,
			   void (*func)(const char *name, unsigned int flags, void *context),
			   void *context, const char **error_r);

#endif
