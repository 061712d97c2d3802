/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-totp.h"
#include "test-common.h"

/* RFC 6238 appendix B: 8 digits, period 30, the seed repeated to the length of
   the hash. */
static const struct {
	uint64_t time;
	const char *codes[3];
} rfc6238[] = {
	{ 59, { "94287082", "46119246", "90693936" } },
	{ 1111111109, { "07081804", "68084774", "25091201" } },
	{ 1111111111, { "14050471", "67062674", "99943326" } },
	{ 1234567890, { "89005924", "91819424", "93441116" } },
	{ 2000000000, { "69279037", "90698825", "38618901" } },
	{ 20000000000, { "65353130", "77737706", "47863826" } },
};
/* RFC 4226 appendix D: counters 0..9, 6 digits */
static const char *const rfc4226[] = {
	"755224", "287082", "359152", "969429", "338314",
	"254676", "287922", "162583", "399871", "520489",
};
static const unsigned char seed[] =
	"1234567890123456789012345678901234567890123456789012345678901234";

static void test_totp_rfc6238(void)
{
	struct pix_totp_params params = { .digits = 8, .period = 30 };
	uint64_t step;

	test_begin("totp rfc6238");
	for (unsigned int alg = 0; alg < 3; alg++) {
		size_t size;

		params.algorithm = (enum pix_totp_algorithm)alg;
		size = pix_totp_secret_size(params.algorithm);
		for (unsigned int i = 0; i < N_ELEMENTS(rfc6238); i++) {
			test_assert_idx(pix_totp_verify(&params, seed, size,
				rfc6238[i].codes[alg], rfc6238[i].time, 0, 0, 0,
				&step) == PIX_TOTP_OK, i);
			test_assert_idx(step == rfc6238[i].time / 30, i);
			test_assert_idx(pix_totp_verify(&params, seed, size,
				rfc6238[i].codes[(alg + 1) % 3], rfc6238[i].time,
				1, 0, 0, &step) == PIX_TOTP_WRONG, i);
		}
	}
	test_end();
}

static void test_totp_rfc4226(void)
{
	const struct pix_totp_params params = { .digits = 6, .period = 30 };
	uint64_t step;

	test_begin("totp rfc4226");
	for (unsigned int i = 1; i < N_ELEMENTS(rfc4226); i++) {
		test_assert_idx(pix_totp_verify(&params, seed, 20, rfc4226[i],
			i * 30, 0, 0, 0, &step) == PIX_TOTP_OK && step == i, i);
	}
	test_end();
}

static void test_totp_window(void)
{
	const struct pix_totp_params params = { .digits = 6, .period = 30 };
	uint64_t step;

	test_begin("totp window, drift, replay");
	for (unsigned int i = 1; i < N_ELEMENTS(rfc4226); i++) {
		/* now is step 5, window 1: codes 4..6 */
		enum pix_totp_verdict verdict =
			pix_totp_verify(&params, seed, 20, rfc4226[i], 5 * 30 + 29,
					1, 0, 0, &step);
		test_assert_idx(verdict == (i >= 4 && i <= 6 ? PIX_TOTP_OK :
					    PIX_TOTP_WRONG), i);
		/* a token that is three steps ahead: codes 7..9 */
		verdict = pix_totp_verify(&params, seed, 20, rfc4226[i], 5 * 30,
					  1, 3, 0, &step);
		test_assert_idx(verdict == (i >= 7 ? PIX_TOTP_OK : PIX_TOTP_WRONG), i);
		/* step 5 was used */
		verdict = pix_totp_verify(&params, seed, 20, rfc4226[i], 5 * 30,
					  1, 0, 5, &step);
		test_assert_idx(verdict == (i == 6 ? PIX_TOTP_OK : i == 4 || i == 5 ?
			PIX_TOTP_REPLAYED : PIX_TOTP_WRONG), i);
	}
	test_assert(pix_totp_drift(&params, 300, 1, 12) == 2);
	test_assert(pix_totp_drift(&params, 300, 1, 8) == -2);
	test_assert(pix_totp_drift(&params, 3000000, 1, 8) == -PIX_TOTP_DRIFT_MAX);
	test_assert(pix_totp_drift(&params, 300, 1, 11) == 0);
	test_assert(pix_totp_drift(&params, 300, 1, 9) == 0);
	/* a clock at the epoch neither wraps nor accepts */
	test_assert(pix_totp_verify(&params, seed, 20, rfc4226[1], 0, 1, 0, 0,
				    &step) == PIX_TOTP_WRONG);
	test_end();
}

static void test_totp_malformed(void)
{
	static const char *const codes[] = {
		"", "1", "12345", "1234567", "12345a", " 12345", "-12345",
		"+12345", "１23456", "755224 ", "12345678",
	};
	const struct pix_totp_params params = { .digits = 6, .period = 30 };
	uint64_t step;

	test_begin("totp malformed");
	for (unsigned int i = 0; i < N_ELEMENTS(codes); i++) {
		test_assert_idx(pix_totp_verify(&params, seed, 20, codes[i], 300,
			1, 0, 0, &step) == PIX_TOTP_MALFORMED, i);
	}
	test_end();
}

int main(void)
{
	static void (*const test_functions[])(void) = {
		test_totp_rfc6238,
		test_totp_rfc4226,
		test_totp_window,
		test_totp_malformed,
		NULL
	};
	const char *error;

	if (!pix_totp_global_init(&error))
		i_fatal("%s", error);
	return test_run(test_functions);
}
