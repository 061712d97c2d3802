/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-authres.h"
#include "pix-authres-set.h"
#include "fuzz.h"

static void fuzz_result(const struct pix_authres_result *result)
{
	i_assert(result->method[0] != '\0' && result->result[0] != '\0');
	(void)pix_authres_dmarc_policy(result);
	T_BEGIN {
		const char *domain = t_pix_authres_domain(result);

		if (domain != NULL) {
			(void)pix_authres_aligned(domain, "example.org");
			(void)pix_authres_aligned("a.example.org", domain);
		}
	} T_END;
	for (unsigned int i = 0; i < result->property_count; i++)
		i_assert(result->properties[i].value != NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const ids[] = { "mx", "mx.example.org", NULL };
	static const char *const fields[] = {
		"Authentication-Results", "ARC-Authentication-Results", "ARC-Seal",
	};
	static const struct pix_authres_params params = {
		.authserv_ids = ids, .arc_sealers = ids, .max_received = 1,
	};
	pool_t pool = pool_alloconly_create("fuzz", 4096);
	struct pix_authres_set *set = pix_authres_set_init(pool, &params);
	const struct pix_authres *authres;
	const char *error;
	unsigned int count;

	if (pix_authres_parse(pool, data, size, &authres, &error) == 0) {
		i_assert(authres->result_count <= PIX_AUTHRES_MAX_RESULTS);
		for (unsigned int i = 0; i < authres->result_count; i++)
			fuzz_result(&authres->results[i]);
	}
	for (unsigned int i = 0; i < N_ELEMENTS(fields); i++)
		pix_authres_set_add(set, fields[i], data, size);
	(void)pix_authres_set_find(set, "dmarc", &count);
	(void)pix_authres_set_find_arc(set, "dkim", &count);
	(void)pix_authres_set_seen(set, &count);
	pool_unref(&pool);
	return 0;
}
