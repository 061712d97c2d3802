/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-identity-token.h"
#include "pix-identity-change.h"
#include "pix-keyring.h"
#include "ioloop.h"
#include "randgen.h"

static const char *pix_token_aad(const char *id, const char *owner)
{
	return t_strconcat(PIX_TOKEN_KIND"/", id, "/", owner, NULL);
}

json_t *pix_token_new(struct pix_identity *identity, const char *id,
		      const char *owner, const struct pix_totp_params *params,
		      const unsigned char *secret, size_t secret_size,
		      const char *state, const char *actor)
{
	unsigned char nonce[PIX_KEYRING_NONCE_SIZE];
	json_t *data = json_object();

	random_fill(nonce, sizeof(nonce));
	pix_json_set_str(data, "state", state);
	pix_json_set_str(data, "secret", t_pix_keyring_seal(identity->keyring,
		pix_token_aad(id, owner), secret, secret_size, nonce));
	pix_json_set_str(data, "algorithm", pix_totp_algorithm_name(params->algorithm));
	pix_json_set_int(data, "digits", params->digits);
	pix_json_set_int(data, "period", params->period);
	pix_json_set_int(data, "last_step", 0);
	pix_json_set_int(data, "drift", 0);
	pix_json_set_int(data, "created", ioloop_time);
	pix_json_set_str(data, "created_by", actor);
	return data;
}

bool pix_token_params(const struct pix_row *row, struct pix_totp_params *params_r)
{
	const char *alg = pix_json_str(row->data, "algorithm");
	int64_t digits, period;

	if (alg == NULL || !pix_totp_algorithm_parse(alg, &params_r->algorithm) ||
	    !pix_json_int(row->data, "digits", 6, 8, &digits) || digits == 7 ||
	    !pix_json_int(row->data, "period", 15, 300, &period))
		return FALSE;
	params_r->digits = (unsigned int)digits;
	params_r->period = (unsigned int)period;
	return TRUE;
}

bool pix_token_verify(struct pix_identity *identity, const struct pix_row *row,
		      const char *code, uint64_t now, unsigned int window,
		      enum pix_totp_verdict *verdict_r, uint64_t *step_r,
		      const char **error_r)
{
	const char *sealed = pix_json_str(row->data, "secret");
	struct pix_totp_params params;
	struct pix_secret *secret;
	int64_t last_step, drift;

	if (sealed == NULL || !pix_token_params(row, &params) ||
	    !pix_json_int(row->data, "last_step", 0, INT64_MAX, &last_step) ||
	    !pix_json_int(row->data, "drift", -PIX_TOTP_DRIFT_MAX,
			  PIX_TOTP_DRIFT_MAX, &drift)) {
		*error_r = "a member is missing";
		return FALSE;
	}
	if (pix_keyring_open(identity->keyring, pix_token_aad(row->id, row->owner),
			     sealed, &secret, error_r) < 0)
		return FALSE;
	/* around our clock first, then around the token's: it may have been set */
	*verdict_r = pix_totp_verify(&params, pix_secret_data(secret),
				     pix_secret_size(secret), code, now,
				     I_MIN(window, PIX_TOTP_WINDOW_MAX),
				     0, (uint64_t)last_step, step_r);
	if (*verdict_r == PIX_TOTP_WRONG && drift != 0) {
		*verdict_r = pix_totp_verify(&params, pix_secret_data(secret),
					     pix_secret_size(secret), code, now,
					     I_MIN(window, PIX_TOTP_WINDOW_MAX),
					     (int)drift, (uint64_t)last_step, step_r);
	}
	pix_secret_free(&secret);
	return TRUE;
}

void pix_token_accepted(struct pix_identity *identity, const struct pix_row *row,
			uint64_t now, uint64_t step, const char *rip,
			struct pix_row *row_r)
{
	struct pix_totp_params params;

	*row_r = pix_row_copy(row);
	if (pix_token_params(row, &params))
		pix_json_set_int(row_r->data, "drift", pix_totp_drift(&params,
			now, identity->set->pix_identity_totp_window, step));
	if (pix_row_state_is(row, "pending"))
		pix_json_set_int(row_r->data, "confirmed", (int64_t)now);
	pix_json_set_str(row_r->data, "state", "active");
	pix_json_set_int(row_r->data, "last_step", (int64_t)step);
	pix_json_set_int(row_r->data, "last_used", (int64_t)now);
	pix_json_set_str(row_r->data, "last_ip", rip);
}

void pix_token_ended(const struct pix_row *row, uint64_t now, const char *actor,
		     struct pix_row *row_r)
{
	*row_r = pix_row_copy(row);
	pix_json_set_str(row_r->data, "state", "ended");
	pix_json_set_int(row_r->data, "ended", (int64_t)now);
	pix_json_set_str(row_r->data, "ended_by", actor);
	json_object_del(row_r->data, "secret");
}
