/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-frame.h"
#include "pix-json.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pix_frame frame;
	size_t pos = 0, used;

	while (pix_frame_parse(data + pos, size - pos, 65536, &frame, &used) ==
	       PIX_FRAME_RESULT_OK) {
		i_assert(used == frame.size + PIX_FRAME_HEADER_SIZE && used <= size - pos);
		i_assert(frame.data == data + pos + PIX_FRAME_HEADER_SIZE);
		if (frame.type != PIX_FRAME_DATA) T_BEGIN {
			const char *error;
			json_t *json = pix_json_parse_object(frame.data, frame.size,
							     PIX_JSON_MAX_DEPTH, &error);

			json_decref(json);
		} T_END;
		pos += used;
	}
	return 0;
}
