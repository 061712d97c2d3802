/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "doveadm-pix-qr.h"
#include "pix-doveadm.h"
#include "buffer.h"
#include "str.h"
#include "write-full.h"

#include <fcntl.h>
#include <unistd.h>
#include <qrencode.h>

/* modules of white around the code (ISO/IEC 18004 wants 4) */
#define PIX_QR_MARGIN 4
#define PIX_QR_PNG_SCALE 8

static QRcode *doveadm_pix_qr_make(const char *text)
{
	QRcode *qr = QRcode_encodeString8bit(text, 0, QR_ECLEVEL_M);

	if (qr == NULL)
		pix_doveadm_fail(EX_SOFTWARE, "Can't make a QR code: %m");
	return qr;
}

/* TRUE for a dark module; x and y count from the margin's corner. */
static bool doveadm_pix_qr_dark(const QRcode *qr, int x, int y)
{
	x -= PIX_QR_MARGIN;
	y -= PIX_QR_MARGIN;
	return x >= 0 && y >= 0 && x < qr->width && y < qr->width &&
		(qr->data[y * qr->width + x] & 1) != 0;
}

static void doveadm_pix_qr_write(const char *path, const buffer_t *buf)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd == -1) {
		pix_doveadm_fail(EX_CANTCREAT, "open(%s) failed: %m", path);
		return;
	}
	if (write_full(fd, buf->data, buf->used) < 0)
		pix_doveadm_fail(EX_IOERR, "write(%s) failed: %m", path);
	i_close_fd(&fd);
}

static void doveadm_pix_png_be32(buffer_t *buf, uint32_t num)
{
	for (int shift = 24; shift >= 0; shift -= 8)
		buffer_append_c(buf, (unsigned char)(num >> shift));
}

/* The sums of PNG (ISO 3309) and zlib (RFC 1950); the picture is stored as it
   is, which needs no compressor. */
static uint32_t doveadm_pix_png_crc(const unsigned char *data, size_t size)
{
	uint32_t crc = UINT32_MAX;

	for (size_t i = 0; i < size; i++) {
		crc ^= data[i];
		for (unsigned int bit = 0; bit < 8; bit++)
			crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0xedb88320U : 0);
	}
	return ~crc;
}

static uint32_t doveadm_pix_png_adler(const unsigned char *data, size_t size)
{
	uint32_t a = 1, b = 0;

	for (size_t i = 0; i < size; i++) {
		a = (a + data[i]) % 65521;
		b = (b + a) % 65521;
	}
	return b << 16 | a;
}

static void doveadm_pix_png_store(buffer_t *dest, const buffer_t *rows)
{
	const unsigned char *data = rows->data;
	size_t left = rows->used;

	buffer_append(dest, "\x78\x01", 2);
	while (left > 0) {
		unsigned int len = (unsigned int)I_MIN(left, 65535);

		buffer_append_c(dest, left == len ? 1 : 0);
		buffer_append_c(dest, (unsigned char)len);
		buffer_append_c(dest, (unsigned char)(len >> 8));
		buffer_append_c(dest, (unsigned char)~len);
		buffer_append_c(dest, (unsigned char)(~len >> 8));
		buffer_append(dest, data, len);
		data += len;
		left -= len;
	}
	doveadm_pix_png_be32(dest, doveadm_pix_png_adler(rows->data, rows->used));
}

static void doveadm_pix_png_chunk(buffer_t *png, const char *type,
				  const buffer_t *data)
{
	size_t start;

	doveadm_pix_png_be32(png, (uint32_t)data->used);
	start = png->used;
	buffer_append(png, type, 4);
	buffer_append(png, data->data, data->used);
	doveadm_pix_png_be32(png, doveadm_pix_png_crc(
		CONST_PTR_OFFSET(png->data, start), png->used - start));
}

void doveadm_pix_qr_png(const char *text, const char *path)
{
	QRcode *qr = doveadm_pix_qr_make(text);
	buffer_t *rows, *packed, *head, *png;
	unsigned int side, row_size;

	if (qr == NULL)
		return;
	side = (unsigned int)(qr->width + 2 * PIX_QR_MARGIN) * PIX_QR_PNG_SCALE;
	row_size = (side + 7) / 8;
	rows = t_buffer_create(side * (row_size + 1));
	for (unsigned int y = 0; y < side; y++) {
		unsigned char *row;

		buffer_append_c(rows, 0);
		row = buffer_append_space_unsafe(rows, row_size);
		memset(row, 0xff, row_size);
		for (unsigned int x = 0; x < side; x++) {
			if (doveadm_pix_qr_dark(qr, x / PIX_QR_PNG_SCALE, y / PIX_QR_PNG_SCALE))
				row[x / 8] &= (unsigned char)~(0x80 >> (x % 8));
		}
	}
	packed = t_buffer_create(rows->used + 1024);
	doveadm_pix_png_store(packed, rows);
	head = t_buffer_create(16);
	doveadm_pix_png_be32(head, side);
	doveadm_pix_png_be32(head, side);
	/* 1 bit grey, zlib, no filter, not interlaced */
	buffer_append(head, "\x01\x00\x00\x00\x00", 5);
	png = t_buffer_create(packed->used + 128);
	buffer_append(png, "\x89PNG\r\n\x1a\n", 8);
	doveadm_pix_png_chunk(png, "IHDR", head);
	doveadm_pix_png_chunk(png, "IDAT", packed);
	doveadm_pix_png_chunk(png, "IEND", t_buffer_create(1));
	doveadm_pix_qr_write(path, png);
	QRcode_free(qr);
}

void doveadm_pix_qr_svg(const char *text, const char *path)
{
	QRcode *qr = doveadm_pix_qr_make(text);
	string_t *svg = t_str_new(16384);
	int side;

	if (qr == NULL)
		return;
	side = qr->width + 2 * PIX_QR_MARGIN;
	str_printfa(svg, "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" shape-rendering=\"crispEdges\">"
		    "<rect width=\"%d\" height=\"%d\" fill=\"#fff\"/><path d=\"", side, side, side, side);
	for (int y = 0; y < side; y++) {
		for (int x = 0; x < side; x++) {
			if (doveadm_pix_qr_dark(qr, x, y))
				str_printfa(svg, "M%d %dh1v1h-1z", x, y);
		}
	}
	str_append(svg, "\"/></svg>\n");
	doveadm_pix_qr_write(path, svg);
	QRcode_free(qr);
}

void doveadm_pix_qr_terminal(const char *text)
{
	static const char *const blocks[] = {
		/* upper and lower module: dark on a light ground, whatever the
		   colours of the terminal are */
		" ", "\xe2\x96\x80", "\xe2\x96\x84", "\xe2\x96\x88"
	};
	string_t *str;
	QRcode *qr;
	int side;

	if (!isatty(STDOUT_FILENO) || !isatty(STDERR_FILENO))
		return;
	qr = doveadm_pix_qr_make(text);
	if (qr == NULL)
		return;
	side = qr->width + 2 * PIX_QR_MARGIN;
	str = t_str_new(8192);
	for (int y = 0; y < side; y += 2) {
		str_append(str, "\x1b[30;107m");
		for (int x = 0; x < side; x++) {
			str_append(str, blocks[(doveadm_pix_qr_dark(qr, x, y) ? 1 : 0) +
					       (doveadm_pix_qr_dark(qr, x, y + 1) ? 2 : 0)]);
		}
		str_append(str, "\x1b[0m\n");
	}
	(void)write_full(STDERR_FILENO, str_data(str), str_len(str));
	pix_secret_wipe_buffer(str);
	QRcode_free(qr);
}
