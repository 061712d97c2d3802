/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-frame.h"
#include "test-common.h"

static void test_frame_roundtrip(void)
{
	static const size_t sizes[] = { 0, 1, 255, 256, 65536 };
	buffer_t *buf = t_buffer_create(1024);
	struct pix_frame frame;
	size_t used;

	test_begin("frame roundtrip");
	for (unsigned int i = 0; i < N_ELEMENTS(sizes); i++) {
		unsigned char *data = t_malloc0(sizes[i] + 1);

		memset(data, 'a' + i, sizes[i]);
		buffer_set_used_size(buf, 0);
		pix_frame_append(buf, PIX_FRAME_DATA, data, sizes[i]);
		test_assert_idx(buf->used == sizes[i] + PIX_FRAME_HEADER_SIZE, i);
		test_assert_idx(pix_frame_parse(buf->data, buf->used, 65536,
				&frame, &used) == PIX_FRAME_RESULT_OK, i);
		test_assert_idx(used == buf->used && frame.type == PIX_FRAME_DATA &&
				frame.size == sizes[i], i);
		test_assert_idx(memcmp(frame.data, data, sizes[i]) == 0, i);
	}
	test_end();
}

static void test_frame_partial(void)
{
	buffer_t *buf = t_buffer_create(64);
	struct pix_frame frame;
	size_t used;

	test_begin("frame cut at every byte");
	pix_frame_append(buf, PIX_FRAME_HELLO, "{}", 2);
	for (size_t i = 0; i < buf->used; i++) {
		test_assert_idx(pix_frame_parse(buf->data, i, 16, &frame, &used) ==
				PIX_FRAME_RESULT_MORE && used == 0, i);
	}
	/* the next frame stays where it is */
	pix_frame_append(buf, PIX_FRAME_PUSH, "[]", 2);
	test_assert(pix_frame_parse(buf->data, buf->used, 16, &frame, &used) ==
		    PIX_FRAME_RESULT_OK && used == 7);
	test_end();
}

static void test_frame_too_large(void)
{
	static const unsigned char huge[] = { 0xff, 0xff, 0xff, 0xff, 'H' };
	static const unsigned char over[] = { 0, 0, 0, 17, 'H' };
	struct pix_frame frame;
	size_t used;

	test_begin("frame too large");
	test_assert(pix_frame_parse(huge, sizeof(huge), SIZE_MAX, &frame, &used) ==
		    PIX_FRAME_RESULT_TOO_LARGE);
	test_assert(pix_frame_parse(over, sizeof(over), 16, &frame, &used) ==
		    PIX_FRAME_RESULT_TOO_LARGE);
	test_assert(pix_frame_parse(over, sizeof(over), 17, &frame, &used) ==
		    PIX_FRAME_RESULT_MORE);
	test_end();
}

int main(void)
{
	static void (*const test_functions[])(void) = {
		test_frame_roundtrip,
		test_frame_partial,
		test_frame_too_large,
		NULL
	};
	return test_run(test_functions);
}
