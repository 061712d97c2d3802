/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-base64url.h"

static const char b64url_alphabet[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/* 0..63, or 64 for what is not in the alphabet */
static inline unsigned int b64url_value(unsigned char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == '-')
		return 62;
	return c == '_' ? 63 : 64;
}

bool pix_base64url_decode(const void *_data, size_t size, buffer_t *dest)
{
	const unsigned char *data = _data;
	size_t start = dest->used, rest = size % 4, i = 0;
	unsigned char *out;
	unsigned int bad = 0;

	if (rest == 1)
		return FALSE;
	out = buffer_append_space_unsafe(dest, size / 4 * 3 + (rest == 0 ? 0 : rest - 1));
	for (; i + 4 <= size; i += 4) {
		unsigned int a = b64url_value(data[i]);
		unsigned int b = b64url_value(data[i + 1]);
		unsigned int c = b64url_value(data[i + 2]);
		unsigned int d = b64url_value(data[i + 3]);

		bad |= (a | b | c | d) & 64;
		*out++ = (unsigned char)(a << 2 | b >> 4);
		*out++ = (unsigned char)(b << 4 | c >> 2);
		*out++ = (unsigned char)(c << 6 | d);
	}
	if (rest > 0) {
		unsigned int a = b64url_value(data[i]);
		unsigned int b = b64url_value(data[i + 1]);
		unsigned int c = rest == 3 ? b64url_value(data[i + 2]) : 0;

		bad |= (a | b | c) & 64;
		/* bits that no output takes must be zero, or one signature
		   would have several spellings */
		bad |= rest == 2 ? b & 15 : c & 3;
		*out++ = (unsigned char)(a << 2 | b >> 4);
		if (rest == 3)
			*out++ = (unsigned char)(b << 4 | c >> 2);
	}
	if (bad != 0) {
		buffer_set_used_size(dest, start);
		return FALSE;
	}
	return TRUE;
}

void pix_base64url_encode(buffer_t *dest, const void *_data, size_t size)
{
	const unsigned char *data = _data;
	size_t i;

	for (i = 0; i + 3 <= size; i += 3) {
		const char quad[4] = {
			b64url_alphabet[data[i] >> 2],
			b64url_alphabet[(data[i] & 3) << 4 | data[i + 1] >> 4],
			b64url_alphabet[(data[i + 1] & 15) << 2 | data[i + 2] >> 6],
			b64url_alphabet[data[i + 2] & 63],
		};
		buffer_append(dest, quad, 4);
	}
	if (size - i == 1) {
		buffer_append_c(dest, b64url_alphabet[data[i] >> 2]);
		buffer_append_c(dest, b64url_alphabet[(data[i] & 3) << 4]);
	} else if (size - i == 2) {
		buffer_append_c(dest, b64url_alphabet[data[i] >> 2]);
		buffer_append_c(dest, b64url_alphabet[(data[i] & 3) << 4 | data[i + 1] >> 4]);
		buffer_append_c(dest, b64url_alphabet[(data[i + 1] & 15) << 2]);
	}
}
