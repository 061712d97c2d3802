/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */
#ifndef DOVEADM_PIX_QR_H
#define DOVEADM_PIX_QR_H

/* text as a QR code. What can't be done is said by pix_doveadm_fail(). The
   files are made anew with mode 0600: the code holds a secret. */
void doveadm_pix_qr_png(const char *text, const char *path);
void doveadm_pix_qr_svg(const char *text, const char *path);
/* On stderr, and only if both stdout and stderr are terminals. */
void doveadm_pix_qr_terminal(const char *text);

#endif
