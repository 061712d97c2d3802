/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-audit-ring.h"
#include "pix-frame.h"

#define PIX_AUDIT_RING_INITIAL 8192
/* acknowledged bytes at the front that are worth a move of the rest */
#define PIX_AUDIT_RING_COMPACT 65536

void pix_audit_ring_init(struct pix_audit_ring *ring)
{
	i_zero(ring);
	ring->buf = buffer_create_dynamic(default_pool, PIX_AUDIT_RING_INITIAL);
	ring->building = SIZE_MAX;
	ring->next_seq = 1;
}

void pix_audit_ring_deinit(struct pix_audit_ring *ring)
{
	buffer_free(&ring->buf);
}

buffer_t *pix_audit_ring_begin(struct pix_audit_ring *ring)
{
	i_assert(ring->building == SIZE_MAX);

	ring->building = ring->buf->used;
	(void)buffer_append_space_unsafe(ring->buf, PIX_AUDIT_RECORD_OVERHEAD);
	return ring->buf;
}

static void pix_audit_put_seq(unsigned char *dest, uint64_t seq)
{
	for (unsigned int i = 0; i < 8; i++)
		dest[i] = (unsigned char)(seq >> (56 - 8 * i));
}

uint64_t pix_audit_frame_seq(const unsigned char *data)
{
	uint64_t seq = 0;

	for (unsigned int i = 0; i < 8; i++)
		seq = seq << 8 | data[PIX_FRAME_HEADER_SIZE + i];
	return seq;
}

void pix_audit_ring_end(struct pix_audit_ring *ring, bool keep)
{
	const uint64_t seq = ring->next_seq++;
	unsigned char *frame;

	i_assert(ring->building != SIZE_MAX);

	if (!keep) {
		buffer_set_used_size(ring->buf, ring->building);
	} else {
		frame = buffer_get_space_unsafe(ring->buf, ring->building,
			ring->buf->used - ring->building);
		pix_frame_header(frame, PIX_AUDIT_FRAME_RECORD,
				 ring->buf->used - ring->building -
				 PIX_FRAME_HEADER_SIZE);
		pix_audit_put_seq(frame + PIX_FRAME_HEADER_SIZE, seq);
	}
	ring->building = SIZE_MAX;
}

const unsigned char *
pix_audit_ring_unsent(const struct pix_audit_ring *ring, size_t *size_r)
{
	*size_r = ring->buf->used - ring->sent;
	return CONST_PTR_OFFSET(ring->buf->data, ring->sent);
}

void pix_audit_ring_mark_sent(struct pix_audit_ring *ring, size_t size)
{
	i_assert(ring->sent + size <= ring->buf->used);
	ring->sent += size;
}

const unsigned char *
pix_audit_ring_unacked(const struct pix_audit_ring *ring, size_t *size_r)
{
	*size_r = ring->buf->used - ring->acked;
	return CONST_PTR_OFFSET(ring->buf->data, ring->acked);
}

void pix_audit_ring_rewind(struct pix_audit_ring *ring)
{
	ring->sent = ring->acked;
}

void pix_audit_ring_clear(struct pix_audit_ring *ring)
{
	i_assert(ring->building == SIZE_MAX);

	buffer_set_used_size(ring->buf, 0);
	ring->acked = ring->sent = 0;
}

bool pix_audit_ring_ack(struct pix_audit_ring *ring, uint64_t seq)
{
	const unsigned char *data = ring->buf->data;
	struct pix_frame frame;
	size_t used;

	if (seq >= ring->next_seq)
		return FALSE;
	/* the frames are ours: each of them is whole */
	while (ring->acked < ring->buf->used && ring->acked != ring->building &&
	       pix_frame_parse(data + ring->acked, ring->buf->used - ring->acked,
			       PIX_FRAME_MAX_PAYLOAD, &frame, &used) ==
	       PIX_FRAME_RESULT_OK &&
	       pix_audit_frame_seq(data + ring->acked) <= seq)
		ring->acked += used;
	/* a frame that went out in part before a resend is acknowledged whole */
	if (ring->sent < ring->acked)
		ring->sent = ring->acked;
	if (ring->building != SIZE_MAX)
		return TRUE;
	if (ring->acked == ring->buf->used)
		pix_audit_ring_clear(ring);
	else if (ring->acked >= PIX_AUDIT_RING_COMPACT) {
		buffer_delete(ring->buf, 0, ring->acked);
		ring->sent -= ring->acked;
		ring->acked = 0;
	}
	return TRUE;
}
