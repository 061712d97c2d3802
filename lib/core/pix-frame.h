/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */
#ifndef PIX_FRAME_H
#define PIX_FRAME_H

#include "pix-core.h"

/* The frame of every socket of the suite (docs/protocol/frames.md):
   4 bytes payload length (big endian), 1 byte type, payload. */
#define PIX_FRAME_HEADER_SIZE 5
/* No protocol of ours accepts a larger payload than this, in bytes. */
#define PIX_FRAME_MAX_PAYLOAD (16U * 1024U * 1024U)

/* Types that all protocols share. A protocol adds lower-case types of its own. */
enum pix_frame_type {
	PIX_FRAME_HELLO = 'H',   /* JSON object, first frame of both sides */
	PIX_FRAME_REQUEST = 'Q', /* JSON object with "id" and "cmd" */
	PIX_FRAME_ANSWER = 'A',  /* JSON object with "id" */
	PIX_FRAME_PUSH = 'P',    /* JSON object, unasked, from the service */
	PIX_FRAME_DATA = 'D',    /* bytes that belong to a request */
	PIX_FRAME_ERROR = 'E',   /* JSON object; the sender closes after it */
};

struct pix_frame {
	uint8_t type;
	/* points into the parsed input */
	const unsigned char *data;
	size_t size;
};

enum pix_frame_result {
	PIX_FRAME_RESULT_TOO_LARGE = -1,
	PIX_FRAME_RESULT_MORE = 0,
	PIX_FRAME_RESULT_OK = 1,
};

/* Appends one frame to dest. size is at most PIX_FRAME_MAX_PAYLOAD. */
void pix_frame_append(buffer_t *dest, uint8_t type,
		      const void *data, size_t size);
/* Writes only the header, for a payload that is sent from elsewhere. */
void pix_frame_header(unsigned char header_r[PIX_FRAME_HEADER_SIZE],
		      uint8_t type, size_t size);
/* Parses the first frame of data. OK: frame_r points into data and used_r is
   the number of bytes that it took. MORE: the frame is not whole yet.
   TOO_LARGE: its payload would exceed max_payload bytes; the stream can't be
   read on. */
enum pix_frame_result
pix_frame_parse(const unsigned char *data, size_t size, size_t max_payload,
		struct pix_frame *frame_r, size_t *used_r);

#endif
