/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-sasl-oauth.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pix_sasl_oauth out;
	const char *error;

	for (unsigned int i = 0; i < 2; i++) {
		if (pix_sasl_oauth_parse(pool_datastack_create(), i == 1, data, size,
					 &out, &error) == 0)
			i_assert(out.token != NULL && *out.token != '\0');
	}
	return 0;
}
