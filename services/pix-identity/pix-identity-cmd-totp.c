/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-identity-dispatch.h"
#include "pix-identity-change.h"
#include "pix-identity-token.h"
#include "pix-otpauth.h"
#include "pix-secret.h"
#include "ioloop.h"
#include "randgen.h"

/* At the first code the clocks of phone and server may differ more. */
#define PIX_TOTP_CONFIRM_WINDOW 3

/* A request that waits for the rows of its user. */
struct pix_totp_cmd {
	struct pix_identity_request *request;
	json_t *args;
	const char *user, *actor;
};

static struct pix_totp_cmd *
pix_totp_cmd_new(struct pix_identity_request *request,
		 pix_store_rows_callback_t *callback)
{
	const char *user = pix_identity_request_user(request);
	struct pix_totp_cmd *cmd;

	if (user == NULL)
		return NULL;
	cmd = i_new(struct pix_totp_cmd, 1);
	cmd->request = request;
	cmd->args = json_incref((json_t *)(uintptr_t)request->args);
	cmd->user = user;
	cmd->actor = pix_json_str(request->args, "actor");
	pix_identity_store_owner(request->identity->store, user, PIX_TOKEN_KIND,
				 callback, cmd);
	return cmd;
}

static void pix_totp_cmd_free(struct pix_totp_cmd *cmd)
{
	json_decref(cmd->args);
	i_free(cmd);
}

/* FALSE after the request failed, because its rows could not be read. */
static bool
pix_totp_cmd_rows_ok(struct pix_totp_cmd *cmd, enum pix_store_result result,
		     unsigned int tampered)
{
	if (result != PIX_STORE_OK)
		pix_identity_fail_store(cmd->request);
	else if (tampered > 0)
		pix_identity_fail(cmd->request, "data",
			"rows of this user were changed, deleted or rolled back in the database (see TAMPERING in pix-identity(8))");
	else
		return TRUE;
	pix_totp_cmd_free(cmd);
	return FALSE;
}

/* What new tokens use: the arguments, else the settings. */
static bool
pix_totp_cmd_params(struct pix_totp_cmd *cmd, struct pix_totp_params *params_r,
		    const char **error_r)
{
	const struct pix_identity_settings *set = cmd->request->identity->set;
	const char *alg = pix_json_str(cmd->args, "algorithm");
	int64_t num;

	params_r->digits = set->pix_identity_totp_digits;
	params_r->period = set->pix_identity_totp_period;
	if (pix_json_int(cmd->args, "digits", 0, INT_MAX, &num))
		params_r->digits = (unsigned int)num;
	if (pix_json_int(cmd->args, "period", 0, INT_MAX, &num))
		params_r->period = (unsigned int)num;
	if (!pix_totp_algorithm_parse(alg != NULL ? alg :
				      set->pix_identity_totp_algorithm, &params_r->algorithm))
		*error_r = "unknown algorithm: use sha1, sha256 or sha512";
	else if (params_r->digits != 6 && params_r->digits != 8)
		*error_r = "codes have 6 or 8 digits";
	else if (params_r->period != 30 && params_r->period != 60)
		*error_r = "the period is 30 or 60 seconds";
	else
		return TRUE;
	return FALSE;
}

/* Puts a new token in the place of those that are pending. */
static void
pix_totp_cmd_add(struct pix_totp_cmd *cmd, const struct pix_row *rows,
		 unsigned int count, const struct pix_totp_params *params,
		 const unsigned char *secret, size_t secret_size,
		 const char *state, json_t *answer)
{
	struct pix_change *change = pix_change_begin(cmd->request);
	struct pix_row row, ended;

	for (unsigned int i = 0; i < count; i++) {
		if (!pix_row_state_is(&rows[i], "pending"))
			continue;
		pix_token_ended(&rows[i], ioloop_time, cmd->actor, &ended);
		pix_change_put(change, &ended);
		json_decref(ended.data);
	}
	i_zero(&row);
	row.kind = PIX_TOKEN_KIND;
	row.id = pix_identity_new_id(8);
	row.owner = cmd->user;
	row.data = pix_token_new(cmd->request->identity, row.id, row.owner, params,
				 secret, secret_size, state, cmd->actor);
	pix_change_put(change, &row);
	json_decref(row.data);
	pix_json_set_str(answer, "credential", row.id);
	pix_json_set_str(answer, "state", state);
	pix_change_commit(change, cmd->user, answer);
}

/* FALSE after the request failed: there is an active token. */
static bool
pix_totp_cmd_free_of_tokens(struct pix_totp_cmd *cmd, const struct pix_row *rows,
			    unsigned int count)
{
	for (unsigned int i = 0; i < count; i++) {
		if (pix_row_state_is(&rows[i], "active")) {
			pix_identity_fail(cmd->request, "exists", t_strdup_printf(
				"%s has an active token: end it first by 'doveadm pix totp reset -u %s'",
				cmd->user, cmd->user));
			pix_totp_cmd_free(cmd);
			return FALSE;
		}
	}
	return TRUE;
}

static void
pix_totp_enroll_rows(enum pix_store_result result, const struct pix_row *rows,
		     unsigned int count, unsigned int tampered, void *context)
{
	struct pix_totp_cmd *cmd = context;
	const struct pix_identity_settings *set = cmd->request->identity->set;
	unsigned char secret[PIX_TOTP_SECRET_MAX];
	struct pix_totp_params params;
	const char *error;
	json_t *answer;
	string_t *uri;
	size_t size;

	if (!pix_totp_cmd_rows_ok(cmd, result, tampered) ||
	    !pix_totp_cmd_free_of_tokens(cmd, rows, count))
		return;
	if (!pix_totp_cmd_params(cmd, &params, &error)) {
		pix_identity_fail(cmd->request, "invalid", error);
		pix_totp_cmd_free(cmd);
		return;
	}
	size = pix_totp_secret_size(params.algorithm);
	random_fill(secret, size);
	uri = t_pix_otpauth_uri(set->pix_identity_issuer, cmd->user, &params, secret, size);
	answer = json_object();
	pix_json_set_str(answer, "uri", str_c(uri));
	pix_totp_cmd_add(cmd, rows, count, &params, secret, size, "pending", answer);
	pix_secret_wipe_buffer(uri);
	explicit_bzero(secret, sizeof(secret));
	pix_totp_cmd_free(cmd);
}

void pix_identity_cmd_totp_enroll(struct pix_identity_request *request)
{
	(void)pix_totp_cmd_new(request, pix_totp_enroll_rows);
}

static void
pix_totp_import_rows(enum pix_store_result result, const struct pix_row *rows,
		     unsigned int count, unsigned int tampered, void *context)
{
	struct pix_totp_cmd *cmd = context;
	const char *uri = pix_json_str(cmd->args, "uri");
	const char *text = pix_json_str(cmd->args, "secret");
	const char *error = "neither uri nor secret was given";
	struct pix_otpauth otpauth;
	bool ok = FALSE;

	if (!pix_totp_cmd_rows_ok(cmd, result, tampered) ||
	    !pix_totp_cmd_free_of_tokens(cmd, rows, count))
		return;
	i_zero(&otpauth);
	if (uri != NULL)
		ok = pix_otpauth_parse(uri, &otpauth, &error) == 0;
	else if (text != NULL) {
		ok = pix_totp_cmd_params(cmd, &otpauth.params, &error);
		if (ok && !pix_otpauth_secret(text, otpauth.secret, &otpauth.secret_size)) {
			error = "the secret is not base32 of 10 to 128 bytes";
			ok = FALSE;
		}
	}
	if (!ok)
		pix_identity_fail(cmd->request, "invalid", error);
	else {
		pix_totp_cmd_add(cmd, rows, count, &otpauth.params, otpauth.secret,
				 otpauth.secret_size,
				 pix_json_true(cmd->args, "pending") ? "pending" : "active",
				 json_object());
	}
	explicit_bzero(&otpauth, sizeof(otpauth));
	pix_totp_cmd_free(cmd);
}

void pix_identity_cmd_totp_import(struct pix_identity_request *request)
{
	(void)pix_totp_cmd_new(request, pix_totp_import_rows);
}

static void
pix_totp_confirm_rows(enum pix_store_result result, const struct pix_row *rows,
		      unsigned int count, unsigned int tampered, void *context)
{
	struct pix_totp_cmd *cmd = context;
	const char *code = pix_json_str(cmd->args, "code"), *error;
	bool pending = FALSE;

	if (!pix_totp_cmd_rows_ok(cmd, result, tampered))
		return;
	for (unsigned int i = 0; i < count; i++) {
		enum pix_totp_verdict verdict;
		struct pix_row accepted;
		struct pix_change *change;
		uint64_t step;

		if (!pix_row_state_is(&rows[i], "pending"))
			continue;
		pending = TRUE;
		if (!pix_token_verify(cmd->request->identity, &rows[i],
				      code == NULL ? "" : code, ioloop_time,
				      PIX_TOTP_CONFIRM_WINDOW, &verdict, &step, &error) ||
		    verdict != PIX_TOTP_OK)
			continue;
		pix_token_accepted(cmd->request->identity, &rows[i], ioloop_time,
				   step, NULL, &accepted);
		change = pix_change_begin(cmd->request);
		pix_change_put(change, &accepted);
		json_decref(accepted.data);
		pix_change_commit(change, cmd->user,
				  json_pack("{s:s, s:s}", "credential", rows[i].id, "state", "active"));
		pix_totp_cmd_free(cmd);
		return;
	}
	if (pending)
		pix_identity_fail(cmd->request, "refused",
				  "the code is not right: check the clocks of phone and server");
	else
		pix_identity_fail(cmd->request, "not-found", t_strdup_printf(
			"%s has no pending enrolment", cmd->user));
	pix_totp_cmd_free(cmd);
}

void pix_identity_cmd_totp_confirm(struct pix_identity_request *request)
{
	(void)pix_totp_cmd_new(request, pix_totp_confirm_rows);
}

static void
pix_totp_reset_rows(enum pix_store_result result, const struct pix_row *rows,
		    unsigned int count, unsigned int tampered, void *context)
{
	struct pix_totp_cmd *cmd = context;
	struct pix_change *change;
	struct pix_row ended;
	unsigned int n = 0;

	if (!pix_totp_cmd_rows_ok(cmd, result, tampered))
		return;
	change = pix_change_begin(cmd->request);
	for (unsigned int i = 0; i < count; i++) {
		if (pix_row_state_is(&rows[i], "ended"))
			continue;
		pix_token_ended(&rows[i], ioloop_time, cmd->actor, &ended);
		pix_change_put(change, &ended);
		json_decref(ended.data);
		n++;
	}
	pix_change_commit(change, cmd->user, json_pack("{s:i}", "ended", n));
	pix_totp_cmd_free(cmd);
}

void pix_identity_cmd_totp_reset(struct pix_identity_request *request)
{
	(void)pix_totp_cmd_new(request, pix_totp_reset_rows);
}
