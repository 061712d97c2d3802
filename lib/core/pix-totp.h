/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */
#ifndef PIX_TOTP_H
#define PIX_TOTP_H

#include "pix-core.h"

/* Time-based one-time passwords (RFC 6238), computed by liboath. */

#define PIX_TOTP_SECRET_MIN 10
#define PIX_TOTP_SECRET_MAX 128
/* time steps of one search at most, on each side */
#define PIX_TOTP_WINDOW_MAX 20
/* learned drift of a token at most, in time steps */
#define PIX_TOTP_DRIFT_MAX 20

enum pix_totp_algorithm {
	PIX_TOTP_SHA1,
	PIX_TOTP_SHA256,
	PIX_TOTP_SHA512,
};

enum pix_totp_verdict {
	PIX_TOTP_OK,
	/* no code of the window */
	PIX_TOTP_WRONG,
	/* right, but this time step or a later one was used already (RFC 6238 §5.2) */
	PIX_TOTP_REPLAYED,
	/* wrong number of digits */
	PIX_TOTP_MALFORMED,
};

struct pix_totp_params {
	enum pix_totp_algorithm algorithm;
	/* 6 or 8 */
	unsigned int digits;
	/* length of a time step in seconds, 15..300 */
	unsigned int period;
};

/* "sha1", "sha256", "sha512", in any case */
bool pix_totp_algorithm_parse(const char *name, enum pix_totp_algorithm *alg_r);
const char *pix_totp_algorithm_name(enum pix_totp_algorithm alg);
/* Bytes that a new secret should have: the length of the hash (RFC 4226 §4 R6). */
size_t pix_totp_secret_size(enum pix_totp_algorithm alg);

/* Verifies code at the unix time now. window: time steps accepted before and
   after now, 0..PIX_TOTP_WINDOW_MAX. drift: time steps that the token is known to
   be ahead (negative: behind). last_step: the last time step accepted, 0 for none.
   On OK and REPLAYED step_r is the time step of the code. Takes the same time
   for every wrong code of the right length. Before first use
   pix_totp_global_init(). */
enum pix_totp_verdict
pix_totp_verify(const struct pix_totp_params *params,
		const unsigned char *secret, size_t secret_size,
		const char *code, uint64_t now, unsigned int window, int drift,
		uint64_t last_step, uint64_t *step_r);
/* The drift to remember after a code of step was accepted at now: none for a
   token within the window, which is how people type. */
int pix_totp_drift(const struct pix_totp_params *params, uint64_t now,
		   unsigned int window, uint64_t step);
/* FALSE and error_r if liboath can't be used. */
bool pix_totp_global_init(const char **error_r);

#endif
