/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */
#ifndef PIX_AUDIT_RING_H
#define PIX_AUDIT_RING_H

#include "pix-audit-build.h"

/* The records of one producer that the collector has not acknowledged, as
   frames ready to be sent (docs/protocol/audit.md). */
#define PIX_AUDIT_FRAME_RECORD 'r'
#define PIX_AUDIT_FRAME_FLUSH 'f'
#define PIX_AUDIT_FRAME_ACK 'k'
/* bytes of a record's frame before its JSON */
#define PIX_AUDIT_RECORD_OVERHEAD (5 + 8)

struct pix_audit_ring {
	buffer_t *buf;
	/* offsets in buf, in this order: acknowledged, sent, end */
	size_t acked, sent;
	/* where the record that is being built begins, or SIZE_MAX */
	size_t building;
	uint64_t next_seq;
};

void pix_audit_ring_init(struct pix_audit_ring *ring);
void pix_audit_ring_deinit(struct pix_audit_ring *ring);

/* Begins a record; its JSON is then written to the end of the returned buffer. */
buffer_t *pix_audit_ring_begin(struct pix_audit_ring *ring);
/* Ends it and gives it the next sequence. keep=FALSE: it is dropped, but
   its sequence is used up, so that the collector sees the gap. */
void pix_audit_ring_end(struct pix_audit_ring *ring, bool keep);

/* What was not sent on this connection. */
const unsigned char *
pix_audit_ring_unsent(const struct pix_audit_ring *ring, size_t *size_r);
void pix_audit_ring_mark_sent(struct pix_audit_ring *ring, size_t size);
/* All that is not acknowledged, whole frames. */
const unsigned char *
pix_audit_ring_unacked(const struct pix_audit_ring *ring, size_t *size_r);
/* The connection was lost: everything unacknowledged counts as unsent. */
void pix_audit_ring_rewind(struct pix_audit_ring *ring);
/* Everything up to seq is durable. A number that was never used acknowledges
   nothing. Returns FALSE then. */
bool pix_audit_ring_ack(struct pix_audit_ring *ring, uint64_t seq);
/* Forgets all frames: they are kept elsewhere. */
void pix_audit_ring_clear(struct pix_audit_ring *ring);

/* Sequence of the record frame that begins at data; size >= PIX_AUDIT_RECORD_OVERHEAD. */
uint64_t pix_audit_frame_seq(const unsigned char *data);

#endif
