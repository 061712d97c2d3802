/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-frame.h"
#include "byteorder.h"

void pix_frame_header(unsigned char header_r[PIX_FRAME_HEADER_SIZE],
		      uint8_t type, size_t size)
{
	i_assert(size <= PIX_FRAME_MAX_PAYLOAD);

	cpu32_to_be_unaligned((uint32_t)size, header_r);
	header_r[4] = type;
}

void pix_frame_append(buffer_t *dest, uint8_t type,
		      const void *data, size_t size)
{
	unsigned char header[PIX_FRAME_HEADER_SIZE];

	pix_frame_header(header, type, size);
	buffer_append(dest, header, sizeof(header));
	if (size > 0)
		buffer_append(dest, data, size);
}

enum pix_frame_result
pix_frame_parse(const unsigned char *data, size_t size, size_t max_payload,
		struct pix_frame *frame_r, size_t *used_r)
{
	uint32_t len;

	i_zero(frame_r);
	*used_r = 0;
	if (size < PIX_FRAME_HEADER_SIZE)
		return PIX_FRAME_RESULT_MORE;
	len = be32_to_cpu_unaligned(data);
	if (len > max_payload || len > PIX_FRAME_MAX_PAYLOAD)
		return PIX_FRAME_RESULT_TOO_LARGE;
	if (size - PIX_FRAME_HEADER_SIZE < len)
		return PIX_FRAME_RESULT_MORE;
	frame_r->type = data[4];
	frame_r->data = data + PIX_FRAME_HEADER_SIZE;
	frame_r->size = len;
	*used_r = PIX_FRAME_HEADER_SIZE + len;
	return PIX_FRAME_RESULT_OK;
}
