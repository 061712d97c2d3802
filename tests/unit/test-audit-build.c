/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-audit-build.h"
#include "pix-audit-ring.h"
#include "pix-frame.h"
#include "pix-json.h"
#include "test-common.h"

static void test_build_escapes(void)
{
	static const struct {
		const char *value, *json;
	} tests[] = {
		{ "plain", "plain" },
		{ "a\"b\\c", "a\\\"b\\\\c" },
		{ "nl\r\n\ttab", "nl\\u000d\\u000a\\u0009tab" },
		{ "\xc3\xa9t\xc3\xa9", "\xc3\xa9t\xc3\xa9" },
		{ "bad\xff.", "bad\xef\xbf\xbd." },
		{ "\xed\xa0\x80", NULL },
	};
	struct pix_audit_build build;
	buffer_t *buf = t_buffer_create(256);
	const char *error;
	json_t *obj;

	test_begin("audit build: strings");
	for (unsigned int i = 0; i < N_ELEMENTS(tests); i++) {
		buffer_set_used_size(buf, 0);
		pix_audit_build_begin(&build, buf, "mail.bind", 17);
		pix_audit_build_str(&build, "mailbox", tests[i].value);
		pix_audit_build_end(&build);
		if (tests[i].json != NULL) {
			const char *want = t_strdup_printf(
				"{\"kind\":\"mail.bind\",\"t\":17,\"mailbox\":\"%s\"}",
				tests[i].json);

			test_assert_idx(buf->used == strlen(want) &&
					memcmp(buf->data, want, buf->used) == 0, i);
		}
		obj = pix_json_parse_object(buf->data, buf->used, 2, &error);
		test_assert_idx(obj != NULL, i);
		json_decref(obj);
	}
	test_end();
}

static void test_build_limits(void)
{
	struct pix_audit_build build;
	buffer_t *buf = t_buffer_create(256);
	char *big = t_malloc0(PIX_AUDIT_RECORD_MAX + 1);
	const char *error;
	json_t *obj;

	test_begin("audit build: limits");
	memset(big, 0x01, PIX_AUDIT_RECORD_MAX);
	pix_audit_build_begin(&build, buf, "mail.bind", 1);
	pix_audit_build_str(&build, "empty", "");
	pix_audit_build_str(&build, "null", NULL);
	/* each byte becomes six */
	pix_audit_build_str(&build, "first", big);
	pix_audit_build_str_max(&build, "toolarge", big, PIX_AUDIT_RECORD_MAX);
	pix_audit_build_str_max(&build, "cut", "\xc3\xa9\xc3\xa9", 3);
	pix_audit_build_int(&build, "max", INT64_MAX);
	pix_audit_build_int(&build, "min", INT64_MIN);
	pix_audit_build_end(&build);
	test_assert(buf->used <= PIX_AUDIT_RECORD_MAX);
	obj = pix_json_parse_object(buf->data, buf->used, 2, &error);
	test_assert(obj != NULL);
	test_assert(json_object_get(obj, "empty") == NULL);
	test_assert(json_object_get(obj, "null") == NULL);
	test_assert(json_object_get(obj, "toolarge") == NULL);
	test_assert(strlen(pix_json_str(obj, "first")) == PIX_AUDIT_VALUE_MAX);
	test_assert_strcmp(pix_json_str(obj, "cut"), "\xc3\xa9");
	test_assert(json_integer_value(json_object_get(obj, "max")) == (INT64_C(1) << 53) - 1);
	test_assert(json_integer_value(json_object_get(obj, "min")) == -(INT64_C(1) << 53) + 1);
	json_decref(obj);
	test_end();
}

static void test_build_set(void)
{
	struct pix_audit_build build;
	buffer_t *buf = t_buffer_create(256);
	uint32_t uid = 1000000;
	unsigned int parts = 0;

	test_begin("audit build: sequence set");
	pix_audit_build_begin(&build, buf, "x.y", 0);
	pix_audit_build_set_begin(&build, "uids");
	test_assert(pix_audit_build_set_range(&build, 1, 3));
	test_assert(pix_audit_build_set_range(&build, 7, 7));
	pix_audit_build_set_end(&build);
	pix_audit_build_end(&build);
	test_assert_strcmp(t_strndup(buf->data, buf->used),
		"{\"kind\":\"x.y\",\"t\":0,\"uids\":\"1:3,7\"}");

	/* more than one record holds */
	while (uid < 1010000 && parts < 100) {
		buffer_set_used_size(buf, 0);
		pix_audit_build_begin(&build, buf, "x.y", 0);
		pix_audit_build_set_begin(&build, "uids");
		while (uid < 1010000 && pix_audit_build_set_range(&build, uid, uid))
			uid += 2;
		pix_audit_build_set_end(&build);
		pix_audit_build_end(&build);
		test_assert(buf->used <= PIX_AUDIT_RECORD_MAX - 2000);
		parts++;
	}
	test_assert(parts > 1 && parts < 10);
	test_end();
}

static void ring_add(struct pix_audit_ring *ring, const char *text)
{
	buffer_t *buf = pix_audit_ring_begin(ring);

	buffer_append(buf, text, strlen(text));
	pix_audit_ring_end(ring, TRUE);
}

static void test_ring(void)
{
	struct pix_audit_ring ring;
	const unsigned char *data;
	struct pix_frame frame;
	size_t size, used;

	test_begin("audit ring");
	pix_audit_ring_init(&ring);
	ring_add(&ring, "one");
	ring_add(&ring, "two!");
	(void)pix_audit_ring_begin(&ring);
	pix_audit_ring_end(&ring, FALSE);
	ring_add(&ring, "four");
	data = pix_audit_ring_unsent(&ring, &size);
	test_assert(size == 3 * PIX_AUDIT_RECORD_OVERHEAD + 3 + 4 + 4);
	test_assert(pix_frame_parse(data, size, 64, &frame, &used) == PIX_FRAME_RESULT_OK &&
		    frame.type == PIX_AUDIT_FRAME_RECORD && frame.size == 8 + 3 &&
		    pix_audit_frame_seq(data) == 1);
	/* the second went out in part */
	pix_audit_ring_mark_sent(&ring, used + 2);
	test_assert(pix_audit_ring_ack(&ring, 1));
	(void)pix_audit_ring_unacked(&ring, &size);
	test_assert(size == 2 * PIX_AUDIT_RECORD_OVERHEAD + 8);
	(void)pix_audit_ring_unsent(&ring, &size);
	test_assert(size == 2 * PIX_AUDIT_RECORD_OVERHEAD + 8 - 2);
	pix_audit_ring_rewind(&ring);
	data = pix_audit_ring_unsent(&ring, &size);
	test_assert(size == 2 * PIX_AUDIT_RECORD_OVERHEAD + 8 &&
		    pix_audit_frame_seq(data) == 2);
	/* the gap is behind 2: 3 acknowledges just that */
	test_assert(pix_audit_ring_ack(&ring, 3));
	data = pix_audit_ring_unacked(&ring, &size);
	test_assert(size == PIX_AUDIT_RECORD_OVERHEAD + 4 && pix_audit_frame_seq(data) == 4);
	/* never used, and an old one again */
	test_assert(!pix_audit_ring_ack(&ring, 5));
	test_assert(!pix_audit_ring_ack(&ring, UINT64_MAX));
	test_assert(pix_audit_ring_ack(&ring, 0));
	(void)pix_audit_ring_unacked(&ring, &size);
	test_assert(size == PIX_AUDIT_RECORD_OVERHEAD + 4);
	test_assert(pix_audit_ring_ack(&ring, 4));
	(void)pix_audit_ring_unacked(&ring, &size);
	test_assert(size == 0 && ring.buf->used == 0);
	pix_audit_ring_deinit(&ring);
	test_end();
}

static void test_ring_compact(void)
{
	struct pix_audit_ring ring;
	size_t size;

	test_begin("audit ring: memory");
	pix_audit_ring_init(&ring);
	for (unsigned int i = 1; i <= 20000; i++) {
		ring_add(&ring, "0123456789012345678901234567890123456789");
		(void)pix_audit_ring_unsent(&ring, &size);
		pix_audit_ring_mark_sent(&ring, size);
		/* always ten behind */
		if (i > 10)
			test_assert(pix_audit_ring_ack(&ring, i - 10));
		(void)pix_audit_ring_unacked(&ring, &size);
		test_assert(size <= 10 * (PIX_AUDIT_RECORD_OVERHEAD + 40));
	}
	test_assert(ring.buf->used < 128 * 1024);
	pix_audit_ring_deinit(&ring);
	test_end();
}

int main(void)
{
	static void (*const tests[])(void) = {
		test_build_escapes,
		test_build_limits,
		test_build_set,
		test_ring,
		test_ring_compact,
		NULL
	};

	return test_run(tests);
}
