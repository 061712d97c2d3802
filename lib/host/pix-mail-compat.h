/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */
#ifndef PIX_MAIL_COMPAT_H
#define PIX_MAIL_COMPAT_H

/* Differences of lib-storage's plugin interface. */

#include "pix-compat.h"

/* Parameters and arguments of mail_vfuncs.get_binary_stream. */
#if PIX_DOVECOT_24
#  define PIX_GET_BINARY_STREAM_PARAMS \
	struct mail *_mail, const struct message_part *part, bool include_hdr, \
	struct mail_binary_properties *bprops_r, struct istream **stream_r
#  define PIX_GET_BINARY_STREAM_ARGS \
	_mail, part, include_hdr, bprops_r, stream_r
#else
#  define PIX_GET_BINARY_STREAM_PARAMS \
	struct mail *_mail, const struct message_part *part, bool include_hdr, \
	uoff_t *size_r, unsigned int *lines_r, bool *binary_r, struct istream **stream_r
#  define PIX_GET_BINARY_STREAM_ARGS \
	_mail, part, include_hdr, size_r, lines_r, binary_r, stream_r
#endif

#endif
