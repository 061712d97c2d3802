/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

/* Claims as an issuer may sign them, against a policy that uses every key. */

#include "pix-jwt.h"
#include "pix-claims.h"
#include "fuzz.h"

static const char fuzz_policy[] =
	"[https://i]\naudience = mail\nclient = tb\nscope = mail\nrequire = realm_access.roles mail\n"
	"require = https://e.org/x *\nacr = gold\namr = mfa\nmax_login_age = 1h\nmax_age = 1d\n"
	"service = imap groups mail\nuser = {email:lower}\nuser_domain = b\n"
	"field = userdb_quota_rule *:storage={quota.size}\n";

static void
fuzz_step(const char *check, enum pix_verdict verdict, const char *detail ATTR_UNUSED,
	  void *context ATTR_UNUSED)
{
	i_assert(check != NULL && verdict < PIX_TOKEN_VERDICT_COUNT);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct pix_issuers *issuers;
	struct pix_jwt_context ctx = { .now = 1000000000, .service = "imap" };
	struct pix_jws jws = { .typ = "JWT" };
	struct pix_jwt_identity id;
	struct pix_issuer *issuer;
	const char *error;
	json_t *claims;

	if (issuers == NULL) {
		ARRAY_TYPE(const_string) errors;

		t_array_init(&errors, 1);
		issuers = pix_issuers_new();
		if (!pix_issuers_parse(issuers, "f", fuzz_policy, &errors))
			i_panic("%s", array_idx_elem(&errors, 0));
	}
	issuer = array_idx_elem(&issuers->list, 0);
	claims = pix_json_parse_object(data, size, PIX_JWS_MAX_DEPTH, &error);
	if (claims == NULL)
		return 0;
	for (unsigned int i = 0; i < 2; i++) {
		if (pix_jwt_check(issuer, i == 0 ? &jws : NULL, claims, &ctx,
				  pool_datastack_create(), &id) == PIX_TOKEN_OK)
			i_assert(id.user != NULL && *id.user != '\0');
		ctx.step = fuzz_step;
	}
	(void)pix_claims_match(pix_claims_get(claims, "a.b.c"), issuer->scopes);
	json_decref(claims);
	return 0;
}
