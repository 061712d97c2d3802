/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

/* Goes the way of a login with the live configuration, and says each step. The
   token comes on stdin and is never printed. */

#include "doveadm-pix-issuer.h"
#include "pix-jwt.h"
#include "askpass.h"
#include "str-sanitize.h"

#include <time.h>
#include <unistd.h>

struct explain {
	struct doveadm_pix_oauth2 oauth2;
	const char *user, *service;
	enum pix_verdict verdict;
};

static void
explain_step(const char *check, enum pix_verdict verdict, const char *detail,
	     void *context)
{
	struct explain *explain = context;

	doveadm_print(check);
	doveadm_print(pix_verdict_name(verdict));
	doveadm_print(str_sanitize(detail != NULL ? detail :
		verdict == PIX_TOKEN_OK ? "" : pix_verdict_text(verdict), 256));
	if (explain->verdict == PIX_TOKEN_OK)
		explain->verdict = verdict;
}

static const char *explain_read_token(void)
{
	char *token = t_malloc0(PIX_JWS_MAX_SIZE + 2);
	size_t used = 0;
	ssize_t ret;

	if (isatty(STDIN_FILENO))
		askpass("Token: ", token, PIX_JWS_MAX_SIZE);
	else while (used <= PIX_JWS_MAX_SIZE &&
		    (ret = read(STDIN_FILENO, token + used,
				PIX_JWS_MAX_SIZE + 1 - used)) > 0)
		used += (size_t)ret;
	token[strcspn(token, " \t\r\n")] = '\0';
	if (*token != '\0')
		return token;
	pix_doveadm_fail(EX_USAGE, "No token: give it on stdin or at the prompt");
	return NULL;
}

static enum pix_verdict
explain_verify(struct explain *explain, const struct pix_issuer *issuer,
	       const struct pix_jws *jws, const char **detail_r)
{
	struct pix_oauth2_stored stored;
	enum pix_verdict verdict = PIX_TOKEN_KEYS_UNAVAILABLE;
	const struct pix_jwk *key;
	const char *notes, *error = NULL;

	if (doveadm_pix_oauth2_keys(&explain->oauth2, issuer, &stored, &error)) {
		verdict = pix_jws_verify(jws, stored.keys, &key);
		pix_jwks_unref(&stored.keys);
	}
	/* auth would ask for newer keys */
	if ((verdict == PIX_TOKEN_KEYS_UNAVAILABLE || verdict == PIX_TOKEN_KEY_UNKNOWN) &&
	    (issuer->keys == PIX_ISSUER_KEYS_DISCOVERY ||
	     issuer->keys == PIX_ISSUER_KEYS_URL)) {
		if (doveadm_pix_oauth2_fetch(&explain->oauth2, issuer, FALSE, &stored,
					     &notes, &error)) {
			verdict = pix_jws_verify(jws, stored.keys, &key);
			pix_jwks_unref(&stored.keys);
		} else {
			verdict = PIX_TOKEN_KEYS_UNAVAILABLE;
		}
	}
	*detail_r = verdict == PIX_TOKEN_KEYS_UNAVAILABLE ? error :
		t_strdup_printf("%s kid=%s", pix_jwa_name(jws->alg),
				jws->kid == NULL ? "" : jws->kid);
	return verdict;
}

static void
explain_user(struct explain *explain, const struct pix_jwt_identity *id)
{
	if (explain->user == NULL || id->user == NULL)
		return;
	explain_step("client's user", strcasecmp(explain->user, id->user) == 0 ?
		     PIX_TOKEN_OK : PIX_TOKEN_USER_MISMATCH, explain->user, explain);
}

static void
explain_claims(struct explain *explain, const struct pix_jws *jws, const json_t *claims)
{
	const struct pix_jwt_context ctx = {
		.now = time(NULL),
		.service = explain->service,
		.step = explain_step,
		.step_context = explain,
	};
	const char *iss = pix_jwt_issuer(claims), *detail;
	struct pix_issuer *issuer = iss == NULL ? NULL :
		pix_issuers_find(explain->oauth2.issuers, iss);
	struct pix_jwt_identity id;
	enum pix_verdict verdict;

	if (issuer == NULL) {
		explain_step("issuer", iss == NULL ? PIX_TOKEN_ISSUER_MISSING :
			     PIX_TOKEN_ISSUER_UNKNOWN, iss, explain);
		return;
	}
	explain_step("issuer", PIX_TOKEN_OK,
		     t_strdup_printf("%s (%s)", iss, issuer->source), explain);
	explain_step("algorithm", (issuer->algs & PIX_JWA_BIT(jws->alg)) != 0 ?
		     PIX_TOKEN_OK : PIX_TOKEN_ALG_REFUSED, pix_jwa_name(jws->alg), explain);
	verdict = explain_verify(explain, issuer, jws, &detail);
	explain_step("signature", verdict, detail, explain);
	(void)pix_jwt_check(issuer, jws, claims, &ctx, pool_datastack_create(), &id);
	explain_user(explain, &id);
}

static void explain_token(struct explain *explain, const char *token)
{
	struct pix_jws jws;
	json_t *claims = NULL;
	enum pix_verdict verdict = pix_jws_parse(token, strlen(token), &jws);

	if (verdict == PIX_TOKEN_MALFORMED && !pix_jws_is_jwt(token, strlen(token)))
		verdict = PIX_TOKEN_OPAQUE;
	explain_step("header", verdict, NULL, explain);
	if (verdict != PIX_TOKEN_OK)
		return;
	verdict = pix_jwt_claims(&jws, &claims);
	explain_step("claims", verdict, NULL, explain);
	if (verdict == PIX_TOKEN_OK)
		explain_claims(explain, &jws, claims);
	json_decref(claims);
	pix_jws_deinit(&jws);
}

static void cmd_token_explain(struct doveadm_cmd_context *cctx)
{
	struct explain explain = {
		.user = pix_doveadm_str(cctx, "user"),
		.service = pix_doveadm_str(cctx, "service"),
	};
	const char *token;

	doveadm_print_init(DOVEADM_PRINT_TYPE_TABLE);
	doveadm_print_header_simple("check");
	doveadm_print_header_simple("verdict");
	doveadm_print_header_simple("detail");
	token = explain_read_token();
	if (token == NULL || !doveadm_pix_oauth2_load(&explain.oauth2))
		return;
	explain_token(&explain, token);
	doveadm_print("token");
	doveadm_print(pix_verdict_name(explain.verdict));
	doveadm_print(pix_verdict_text(explain.verdict));
	pix_secret_wipe_str((char *)token);
	doveadm_pix_oauth2_unload(&explain.oauth2);
	if (explain.verdict != PIX_TOKEN_OK)
		doveadm_exit_code = EX_NOPERM;
}

struct doveadm_cmd_ver2 doveadm_pix_cmd_token_explain = {
	.name = "pix token explain",
	.cmd = cmd_token_explain,
	.usage = "[-u <user>] [--service <name>] < token",
DOVEADM_CMD_PARAMS_START
DOVEADM_CMD_PARAM('u', "user", CMD_PARAM_STR, 0)
DOVEADM_CMD_PARAM('\0', "service", CMD_PARAM_STR, 0)
DOVEADM_CMD_PARAMS_END
};
