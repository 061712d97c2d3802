/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "doveadm-pix-issuer.h"
#include "pix-base64url.h"

#include <time.h>

static const char *const columns[] = {
	"issuer", "profile", "source", "status", "fetched", "next",
	"kid", "type", "algorithms", "thumbprint",
};

static const char *issuer_status(const struct pix_issuer *issuer,
				 const struct pix_oauth2_stored *stored)
{
	if (issuer->keys == PIX_ISSUER_KEYS_FILE)
		return "ok";
	if (stored->fetched + (time_t)issuer->keys_max_age < time(NULL))
		return "too old";
	/* auth fetches at "next": a while later something is wrong */
	if (stored->next + 120 < time(NULL))
		return "overdue";
	return "ok";
}

static const char *issuer_source(const struct pix_issuer *issuer,
				 const struct pix_oauth2_stored *stored)
{
	if (stored->jwks_uri != NULL)
		return stored->jwks_uri;
	if (issuer->keys == PIX_ISSUER_KEYS_NONE)
		return "introspection";
	return issuer->keys_location == NULL ? "discovery" : issuer->keys_location;
}

static const char *issuer_key_algs(const struct pix_issuer *issuer,
				   const struct pix_jwk *key)
{
	string_t *str = t_str_new(64);

	for (unsigned int i = 0; i < PIX_JWA_COUNT; i++) {
		if ((key->algs & issuer->algs & PIX_JWA_BIT(i)) != 0) {
			str_printfa(str, "%s%s", str_len(str) == 0 ? "" : " ",
				    pix_jwa_name((enum pix_jwa)i));
		}
	}
	return str_c(str);
}

static void
issuer_print(const struct pix_issuer *issuer, const struct pix_oauth2_stored *stored,
	     const char *status, const struct pix_jwk *key)
{
	string_t *thumbprint = t_str_new(64);

	doveadm_print(issuer->name);
	doveadm_print(issuer->profile);
	doveadm_print(issuer_source(issuer, stored));
	doveadm_print(status);
	doveadm_print(doveadm_pix_time(stored->fetched));
	doveadm_print(doveadm_pix_time(stored->next));
	if (key == NULL) {
		for (unsigned int i = 0; i < 4; i++)
			doveadm_print("");
		return;
	}
	pix_base64url_encode(thumbprint, key->thumbprint, sizeof(key->thumbprint));
	doveadm_print(key->kid == NULL ? "" : key->kid);
	doveadm_print(key->type == PIX_KEY_RSA ?
		      t_strdup_printf("RSA-%u", key->bits) :
		      pix_key_type_name(key->type));
	doveadm_print(issuer_key_algs(issuer, key));
	doveadm_print(str_c(thumbprint));
}

static void
issuer_list_one(const struct doveadm_pix_oauth2 *oauth2, const struct pix_issuer *issuer)
{
	struct pix_oauth2_stored stored;
	const char *error;

	if (!doveadm_pix_oauth2_keys(oauth2, issuer, &stored, &error)) {
		issuer_print(issuer, &stored, issuer->keys == PIX_ISSUER_KEYS_NONE ?
			     "ok" : error, NULL);
		if (issuer->keys != PIX_ISSUER_KEYS_NONE)
			doveadm_exit_code = EX_TEMPFAIL;
		return;
	}
	for (unsigned int i = 0; i < pix_jwks_count(stored.keys); i++) {
		issuer_print(issuer, &stored, issuer_status(issuer, &stored),
			     pix_jwks_get(stored.keys, i));
	}
	pix_jwks_unref(&stored.keys);
}

static void cmd_issuer_list(struct doveadm_cmd_context *cctx ATTR_UNUSED)
{
	struct doveadm_pix_oauth2 oauth2;
	struct pix_issuer *issuer;

	doveadm_print_init(DOVEADM_PRINT_TYPE_TABLE);
	for (unsigned int i = 0; i < N_ELEMENTS(columns); i++)
		doveadm_print_header_simple(columns[i]);
	if (!doveadm_pix_oauth2_load(&oauth2))
		return;
	array_foreach_elem(&oauth2.issuers->list, issuer) T_BEGIN {
		issuer_list_one(&oauth2, issuer);
	} T_END;
	doveadm_pix_oauth2_unload(&oauth2);
}

struct doveadm_cmd_ver2 doveadm_pix_cmd_issuer_list = {
	.name = "pix issuer list",
	.cmd = cmd_issuer_list,
	.usage = "",
DOVEADM_CMD_PARAMS_START
DOVEADM_CMD_PARAMS_END
};
