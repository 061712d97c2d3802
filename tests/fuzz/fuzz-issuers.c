/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-issuer.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pix_issuers *issuers = pix_issuers_new();
	ARRAY_TYPE(const_string) errors;
	struct pix_issuer *issuer;
	bool ok;

	t_array_init(&errors, 8);
	ok = pix_issuers_parse(issuers, "f", t_strndup(data, size), &errors);
	i_assert(ok == array_is_empty(&errors));
	array_foreach_elem(&issuers->list, issuer)
		i_assert(!ok || (issuer->user != NULL && pix_issuer_check(issuer) == NULL));
	pix_issuers_free(&issuers);
	return 0;
}
