/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "doveadm-pix-issuer.h"

static void
issuer_refresh_one(const struct doveadm_pix_oauth2 *oauth2,
		   const struct pix_issuer *issuer)
{
	struct pix_oauth2_stored stored;
	const char *notes, *error;

	if (!doveadm_pix_oauth2_fetch(oauth2, issuer, TRUE, &stored, &notes, &error)) {
		pix_doveadm_fail(EX_TEMPFAIL, "Keys of issuer=%s could not be fetched: %s",
				 issuer->name, error);
		return;
	}
	doveadm_print(issuer->name);
	doveadm_print(t_strdup_printf("%u", pix_jwks_count(stored.keys)));
	doveadm_print(notes);
	pix_jwks_unref(&stored.keys);
}

static void cmd_issuer_refresh(struct doveadm_cmd_context *cctx)
{
	const char *name = pix_doveadm_str(cctx, "issuer");
	struct doveadm_pix_oauth2 oauth2;
	struct pix_issuer *issuer;

	doveadm_print_init(DOVEADM_PRINT_TYPE_TABLE);
	doveadm_print_header_simple("issuer");
	doveadm_print_header_simple("keys");
	doveadm_print_header_simple("left-out");
	if (!doveadm_pix_oauth2_load(&oauth2))
		return;
	if (name != NULL && pix_issuers_find(oauth2.issuers, name) == NULL) {
		pix_doveadm_fail(DOVEADM_EX_NOTFOUND, "issuer=%s is not configured: "
				 "see doveadm pix issuer list", name);
	} else array_foreach_elem(&oauth2.issuers->list, issuer) T_BEGIN {
		if ((name == NULL || strcmp(name, issuer->name) == 0) &&
		    (issuer->keys == PIX_ISSUER_KEYS_DISCOVERY ||
		     issuer->keys == PIX_ISSUER_KEYS_URL))
			issuer_refresh_one(&oauth2, issuer);
	} T_END;
	doveadm_pix_oauth2_unload(&oauth2);
}

struct doveadm_cmd_ver2 doveadm_pix_cmd_issuer_refresh = {
	.name = "pix issuer refresh",
	.cmd = cmd_issuer_refresh,
	.usage = "[<issuer>]",
DOVEADM_CMD_PARAMS_START
DOVEADM_CMD_PARAM('\0', "issuer", CMD_PARAM_STR, CMD_PARAM_FLAG_POSITIONAL)
DOVEADM_CMD_PARAMS_END
};
