/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-totp.h"

#include <liboath/oath.h>
#include <openssl/crypto.h>

static const struct {
	const char *name;
	int oath_flag;
	size_t size;
} pix_totp_algorithms[] = {
	[PIX_TOTP_SHA1] = { "sha1", 0, 20 },
	[PIX_TOTP_SHA256] = { "sha256", OATH_TOTP_HMAC_SHA256, 32 },
	[PIX_TOTP_SHA512] = { "sha512", OATH_TOTP_HMAC_SHA512, 64 },
};

bool pix_totp_global_init(const char **error_r)
{
	int ret = oath_init();

	if (ret != OATH_OK) {
		*error_r = t_strdup_printf("oath_init() failed: %s", oath_strerror(ret));
		return FALSE;
	}
	return TRUE;
}

bool pix_totp_algorithm_parse(const char *name, enum pix_totp_algorithm *alg_r)
{
	for (unsigned int i = 0; i < N_ELEMENTS(pix_totp_algorithms); i++) {
		if (strcasecmp(pix_totp_algorithms[i].name, name) == 0) {
			*alg_r = (enum pix_totp_algorithm)i;
			return TRUE;
		}
	}
	return FALSE;
}

const char *pix_totp_algorithm_name(enum pix_totp_algorithm alg)
{
	return pix_totp_algorithms[alg].name;
}

size_t pix_totp_secret_size(enum pix_totp_algorithm alg)
{
	return pix_totp_algorithms[alg].size;
}

/* liboath takes 0 for a match, a positive number for none. */
static int pix_totp_compare(void *context, const char *test_otp)
{
	const char *code = context;
	size_t len = strlen(code);

	if (strlen(test_otp) != len)
		return 1;
	return CRYPTO_memcmp(code, test_otp, len) == 0 ? 0 : 1;
}

enum pix_totp_verdict
pix_totp_verify(const struct pix_totp_params *params,
		const unsigned char *secret, size_t secret_size,
		const char *code, uint64_t now, unsigned int window, int drift,
		uint64_t last_step, uint64_t *step_r)
{
	const int64_t shifted = (int64_t)now + (int64_t)drift * params->period;
	uint64_t step;
	int ret;

	i_assert(params->digits == 6 || params->digits == 8);
	i_assert(params->period >= 15 && params->period <= 300);
	i_assert(window <= PIX_TOTP_WINDOW_MAX);
	i_assert(drift >= -PIX_TOTP_DRIFT_MAX && drift <= PIX_TOTP_DRIFT_MAX);

	*step_r = 0;
	if (strspn(code, "0123456789") != params->digits ||
	    code[params->digits] != '\0')
		return PIX_TOTP_MALFORMED;
	/* a clock before 1970 plus the window: nothing can be right */
	if (shifted < (int64_t)(window * params->period))
		return PIX_TOTP_WRONG;
	ret = oath_totp_validate4_callback((const char *)secret, secret_size,
		(time_t)shifted, params->period, 0, params->digits, window,
		NULL, &step, pix_totp_algorithms[params->algorithm].oath_flag,
		pix_totp_compare, (void *)(uintptr_t)code);
	if (ret < 0)
		return PIX_TOTP_WRONG;
	*step_r = step;
	return step > last_step ? PIX_TOTP_OK : PIX_TOTP_REPLAYED;
}

int pix_totp_drift(const struct pix_totp_params *params, uint64_t now,
		   unsigned int window, uint64_t step)
{
	int64_t drift = (int64_t)step - (int64_t)(now / params->period);

	if (drift <= (int64_t)window && drift >= -(int64_t)window)
		return 0;
	return (int)I_MAX(I_MIN(drift, PIX_TOTP_DRIFT_MAX), -PIX_TOTP_DRIFT_MAX);
}
