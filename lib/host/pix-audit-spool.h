/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */
#ifndef PIX_AUDIT_SPOOL_H
#define PIX_AUDIT_SPOOL_H

#include "pix-core.h"

struct event;

/* The spool file of one producer (docs/protocol/audit.md). */
struct pix_audit_spool {
	struct event *event;
	char *path;
	int fd;
	/* bytes in the file, and how many of them were sent on this connection */
	uoff_t size, sent;
	/* of the hello frame at its begin */
	size_t hello_size;
	uint64_t last_seq;
	bool failed;
};

/* Makes the file, owned by the folder's owner. Without dir, or when it can't be
   made, the spool refuses to take anything. */
void pix_audit_spool_init(struct pix_audit_spool *spool, struct event *event,
			  const char *dir, const char *name);
/* Closes it. An empty file is unlinked where that is allowed; else the
   collector does it. */
void pix_audit_spool_deinit(struct pix_audit_spool *spool);
bool pix_audit_spool_is_usable(const struct pix_audit_spool *spool);
/* Appends whole record frames, the last with sequence last_seq; before the first
   the hello frame. Returns FALSE if they are not in the file. */
bool pix_audit_spool_append(struct pix_audit_spool *spool, buffer_t *hello,
			    const unsigned char *data, size_t size,
			    uint64_t last_seq);
/* Reads the next record frames to be sent, whole ones, at most max bytes.
   Returns 1, 0 if all was sent, -1 on error (logged). */
int pix_audit_spool_read(struct pix_audit_spool *spool, buffer_t *dest, size_t max);
/* All of it is durable. */
void pix_audit_spool_clear(struct pix_audit_spool *spool);

#endif
