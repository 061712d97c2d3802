/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-identity-dispatch.h"
#include "pix-identity-change.h"
#include "pix-identity-code.h"
#include "pix-secret.h"
#include "ioloop.h"
#include "randgen.h"

#define PIX_RECOVERY_CODES 10
/* lifetime of an access pass in seconds */
#define PIX_ACCESS_PASS_DEFAULT (24 * 3600)
#define PIX_ACCESS_PASS_MAX (30 * 24 * 3600)
#define PIX_ACCESS_PASS_USES_DEFAULT 20
#define PIX_ACCESS_PASS_USES_MAX 1000

struct pix_code_cmd {
	struct pix_identity_request *request;
	json_t *args;
	const char *user, *actor;
};

static void
pix_code_cmd_new(struct pix_identity_request *request, const char *kind,
		 pix_store_rows_callback_t *callback)
{
	const char *user = pix_identity_request_user(request);
	struct pix_code_cmd *cmd;

	if (user == NULL)
		return;
	cmd = i_new(struct pix_code_cmd, 1);
	cmd->request = request;
	cmd->args = json_incref((json_t *)(uintptr_t)request->args);
	cmd->user = user;
	cmd->actor = pix_json_str(request->args, "actor");
	pix_identity_store_owner(request->identity->store, user, kind, callback, cmd);
}

static void pix_code_cmd_free(struct pix_code_cmd *cmd)
{
	json_decref(cmd->args);
	i_free(cmd);
}

static bool
pix_code_cmd_rows_ok(struct pix_code_cmd *cmd, enum pix_store_result result,
		     unsigned int tampered)
{
	if (result == PIX_STORE_OK && tampered == 0)
		return TRUE;
	if (result != PIX_STORE_OK)
		pix_identity_fail_store(cmd->request);
	else
		pix_identity_fail(cmd->request, "data", "rows of this user were changed, deleted or rolled back in the database (see TAMPERING in pix-identity(8))");
	pix_code_cmd_free(cmd);
	return FALSE;
}

/* Ends what is still active, as part of the change. */
static unsigned int
pix_code_end_rows(struct pix_code_cmd *cmd, struct pix_change *change,
		  const struct pix_row *rows, unsigned int count)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < count; i++) {
		struct pix_row ended;

		if (!pix_row_state_is(&rows[i], "active"))
			continue;
		ended = pix_row_copy(&rows[i]);
		pix_json_set_str(ended.data, "state", "ended");
		pix_json_set_int(ended.data, "ended", ioloop_time);
		pix_json_set_str(ended.data, "ended_by", cmd->actor);
		json_object_del(ended.data, "codes");
		json_object_del(ended.data, "hash");
		pix_change_put(change, &ended);
		json_decref(ended.data);
		n++;
	}
	return n;
}

static json_t *pix_code_new_data(struct pix_code_cmd *cmd)
{
	json_t *data = json_object();

	pix_json_set_str(data, "state", "active");
	pix_json_set_int(data, "created", ioloop_time);
	pix_json_set_str(data, "created_by", cmd->actor);
	return data;
}

static void
pix_recovery_renew_rows(enum pix_store_result result, const struct pix_row *rows,
			unsigned int count, unsigned int tampered, void *context)
{
	struct pix_code_cmd *cmd = context;
	struct pix_identity *identity = cmd->request->identity;
	unsigned char random[PIX_RECOVERY_CODE_RANDOM];
	json_t *hashes = json_array(), *codes = json_array(), *answer;
	struct pix_change *change;
	struct pix_row row;

	if (!pix_code_cmd_rows_ok(cmd, result, tampered)) {
		json_decref(hashes);
		json_decref(codes);
		return;
	}
	for (unsigned int i = 0; i < PIX_RECOVERY_CODES; i++) {
		string_t *code = t_str_new(32);

		random_fill(random, sizeof(random));
		pix_recovery_code_make(code, random);
		json_array_append_new(codes, json_string(str_c(code)));
		json_array_append_new(hashes, json_pack("{s:s}", "hash",
			pix_code_hash(identity, 0, PIX_RECOVERY_KIND, cmd->user, str_c(code))));
		pix_secret_wipe_buffer(code);
	}
	explicit_bzero(random, sizeof(random));
	change = pix_change_begin(cmd->request);
	(void)pix_code_end_rows(cmd, change, rows, count);
	i_zero(&row);
	row.kind = PIX_RECOVERY_KIND;
	row.id = pix_identity_new_id(8);
	row.owner = cmd->user;
	row.data = pix_code_new_data(cmd);
	json_object_set_new(row.data, "codes", hashes);
	pix_change_put(change, &row);
	json_decref(row.data);
	answer = json_object();
	json_object_set_new(answer, "codes", codes);
	pix_json_set_str(answer, "credential", row.id);
	pix_change_commit(change, cmd->user, answer);
	pix_code_cmd_free(cmd);
}

void pix_identity_cmd_recovery_renew(struct pix_identity_request *request)
{
	pix_code_cmd_new(request, PIX_RECOVERY_KIND, pix_recovery_renew_rows);
}

static void
pix_pass_add_rows(enum pix_store_result result, const struct pix_row *rows ATTR_UNUSED,
		  unsigned int count ATTR_UNUSED, unsigned int tampered, void *context)
{
	struct pix_code_cmd *cmd = context;
	struct pix_identity *identity = cmd->request->identity;
	unsigned char random[PIX_ACCESS_PASS_RANDOM];
	int64_t lifetime = PIX_ACCESS_PASS_DEFAULT, uses = PIX_ACCESS_PASS_USES_DEFAULT;
	string_t *code = t_str_new(32);
	struct pix_change *change;
	json_t *answer;
	struct pix_row row;

	if (!pix_code_cmd_rows_ok(cmd, result, tampered))
		return;
	if ((json_object_get(cmd->args, "lifetime") != NULL &&
	     !pix_json_int(cmd->args, "lifetime", 60, PIX_ACCESS_PASS_MAX, &lifetime)) ||
	    (json_object_get(cmd->args, "uses") != NULL &&
	     !pix_json_int(cmd->args, "uses", 1, PIX_ACCESS_PASS_USES_MAX, &uses))) {
		pix_identity_fail(cmd->request, "invalid",
			"an access pass lives from 1 minute to 30 days and can be used 1 to 1000 times");
		pix_code_cmd_free(cmd);
		return;
	}
	random_fill(random, sizeof(random));
	pix_access_pass_make(code, random);
	explicit_bzero(random, sizeof(random));
	i_zero(&row);
	row.kind = PIX_ACCESS_PASS_KIND;
	row.id = pix_identity_new_id(8);
	row.owner = cmd->user;
	row.data = pix_code_new_data(cmd);
	pix_json_set_str(row.data, "hash", pix_code_hash(identity, 0,
		PIX_ACCESS_PASS_KIND, cmd->user, str_c(code)));
	pix_json_set_int(row.data, "expires", ioloop_time + lifetime);
	pix_json_set_int(row.data, "uses_left", uses);
	change = pix_change_begin(cmd->request);
	pix_change_put(change, &row);
	json_decref(row.data);
	answer = json_object();
	pix_json_set_str(answer, "credential", row.id);
	pix_json_set_str(answer, "code", str_c(code));
	pix_json_set_int(answer, "expires", ioloop_time + lifetime);
	pix_json_set_int(answer, "uses", uses);
	pix_secret_wipe_buffer(code);
	pix_change_commit(change, cmd->user, answer);
	pix_code_cmd_free(cmd);
}

void pix_identity_cmd_access_pass_add(struct pix_identity_request *request)
{
	pix_code_cmd_new(request, PIX_ACCESS_PASS_KIND, pix_pass_add_rows);
}

static void
pix_pass_revoke_rows(enum pix_store_result result, const struct pix_row *rows,
		     unsigned int count, unsigned int tampered, void *context)
{
	struct pix_code_cmd *cmd = context;
	struct pix_change *change;
	unsigned int n;

	if (!pix_code_cmd_rows_ok(cmd, result, tampered))
		return;
	change = pix_change_begin(cmd->request);
	n = pix_code_end_rows(cmd, change, rows, count);
	pix_change_commit(change, cmd->user, json_pack("{s:i}", "revoked", n));
	pix_code_cmd_free(cmd);
}

void pix_identity_cmd_access_pass_revoke(struct pix_identity_request *request)
{
	pix_code_cmd_new(request, PIX_ACCESS_PASS_KIND, pix_pass_revoke_rows);
}
