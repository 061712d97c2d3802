/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */
#ifndef PIX_SUBMISSION_H
#define PIX_SUBMISSION_H

/* Include it behind submission-common.h and submission-client.h. */

#include "pix-compat.h"

/* 2.4 has separate reasons for the client and the log. */
#if PIX_DOVECOT_24
#  define client_destroy_compat(client, prefix, reason) \
	client_destroy(client, prefix, reason, reason)
#else
#  define client_destroy_compat(client, prefix, reason) \
	client_destroy(client, prefix, reason)
#endif

#endif
