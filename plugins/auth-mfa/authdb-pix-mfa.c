/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "passdb-pix-mfa.h"
#include "pix-core.h"
#include "pix-compat.h"

struct module;

extern const char *authdb_pix_mfa_version;
void authdb_pix_mfa_init(struct module *module);
void authdb_pix_mfa_deinit(void);

PIX_EXPORT const char *authdb_pix_mfa_version = DOVECOT_ABI_VERSION;

static const struct pix_passdb pix_mfa_passdb = {
	.name = "pix_mfa",
	.preinit = pix_mfa_preinit,
	.init = pix_mfa_init,
	.deinit = pix_mfa_deinit,
	.verify_plain = pix_mfa_verify_plain,
	.lookup_credentials = pix_mfa_lookup_credentials,
};

PIX_EXPORT void authdb_pix_mfa_init(struct module *module ATTR_UNUSED)
{
	pix_passdb_register(&pix_mfa_passdb);
}

PIX_EXPORT void authdb_pix_mfa_deinit(void)
{
	pix_passdb_unregister();
}
