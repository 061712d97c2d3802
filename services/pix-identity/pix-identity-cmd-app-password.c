/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-identity-dispatch.h"
#include "pix-identity-app-password.h"
#include "pix-identity-change.h"
#include "pix-identity-session.h"
#include "pix-app-password.h"
#include "pix-keyring.h"
#include "pix-secret.h"
#include "ioloop.h"
#include "net.h"
#include "randgen.h"

#define PIX_APP_LABEL_MAX 100
#define PIX_APP_LIST_MAX 32

struct pix_app_cmd {
	struct pix_identity_request *request;
	json_t *args;
	const char *user, *actor;
};

static struct pix_app_cmd *
pix_app_cmd_new(struct pix_identity_request *request,
		pix_store_rows_callback_t *callback)
{
	const char *user = pix_identity_request_user(request);
	struct pix_app_cmd *cmd;

	if (user == NULL)
		return NULL;
	cmd = i_new(struct pix_app_cmd, 1);
	cmd->request = request;
	cmd->args = json_incref((json_t *)(uintptr_t)request->args);
	cmd->user = user;
	cmd->actor = pix_json_str(request->args, "actor");
	pix_identity_store_owner(request->identity->store, user,
				 PIX_APP_PASSWORD_KIND, callback, cmd);
	return cmd;
}

static void pix_app_cmd_free(struct pix_app_cmd *cmd)
{
	json_decref(cmd->args);
	i_free(cmd);
}

static void pix_app_cmd_fail(struct pix_app_cmd *cmd, const char *code,
			     const char *text)
{
	pix_identity_fail(cmd->request, code, text);
	pix_app_cmd_free(cmd);
}

static bool
pix_app_cmd_rows_ok(struct pix_app_cmd *cmd, enum pix_store_result result,
		    unsigned int tampered)
{
	if (result != PIX_STORE_OK) {
		pix_identity_fail_store(cmd->request);
		pix_app_cmd_free(cmd);
		return FALSE;
	}
	if (tampered > 0) {
		pix_app_cmd_fail(cmd, "data", "rows of this user were changed, deleted or rolled back in the database (see TAMPERING in pix-identity(8))");
		return FALSE;
	}
	return TRUE;
}

/* A list of strings of the request; each must pass valid(). */
static bool
pix_app_cmd_list(struct pix_app_cmd *cmd, json_t *data, const char *name,
		 bool (*valid)(const char *value))
{
	json_t *list = json_object_get(cmd->args, name), *value;
	size_t i;

	if (list == NULL)
		return TRUE;
	if (!json_is_array(list) || json_array_size(list) > PIX_APP_LIST_MAX)
		return FALSE;
	json_array_foreach(list, i, value) {
		if (!json_is_string(value) || !valid(json_string_value(value)))
			return FALSE;
	}
	if (json_array_size(list) > 0)
		json_object_set(data, name, list);
	return TRUE;
}

static bool pix_app_valid_service(const char *value)
{
	return *value != '\0' && strlen(value) <= 32 &&
		strspn(value, "abcdefghijklmnopqrstuvwxyz0123456789-") == strlen(value);
}

static bool pix_app_valid_network(const char *value)
{
	struct ip_addr ip;
	unsigned int bits;

	return net_parse_range(value, &ip, &bits) == 0;
}

/* The data of a new app password. FALSE and error_r if the request is wrong. */
static bool
pix_app_cmd_data(struct pix_app_cmd *cmd, json_t *data, const char **error_r)
{
	const char *label = pix_json_str(cmd->args, "label");
	int64_t expires;

	if (label == NULL || *label == '\0' || strlen(label) > PIX_APP_LABEL_MAX)
		*error_r = "an app password needs a label of 1 to 100 bytes: what is it for?";
	else if (!pix_app_cmd_list(cmd, data, "services", pix_app_valid_service))
		*error_r = "a service is a word like imap, pop3, submission or sieve";
	else if (!pix_app_cmd_list(cmd, data, "networks", pix_app_valid_network))
		*error_r = "a network is an address, with /BITS behind it for a range";
	else if (json_object_get(cmd->args, "expires") != NULL &&
		 !pix_json_int(cmd->args, "expires", ioloop_time + 1, INT64_MAX / 2, &expires))
		*error_r = "the expiry must be in the future";
	else {
		if (json_object_get(cmd->args, "expires") != NULL)
			pix_json_set_int(data, "expires", expires);
		pix_json_set_str(data, "state", "active");
		pix_json_set_str(data, "label", label);
		pix_json_set_int(data, "created", ioloop_time);
		pix_json_set_str(data, "created_by", cmd->actor);
		return TRUE;
	}
	return FALSE;
}

static void
pix_app_add_row(struct pix_app_cmd *cmd, json_t *data)
{
	struct pix_identity *identity = cmd->request->identity;
	unsigned char random[PIX_APP_PASSWORD_RANDOM];
	char normal[PIX_APP_PASSWORD_NORMAL_LEN + 1];
	char lookup[PIX_KEYRING_MAC_LEN + 1];
	string_t *password = t_str_new(64);
	struct pix_change *change = pix_change_begin(cmd->request);
	struct pix_row row;
	json_t *answer = json_object();

	random_fill(random, sizeof(random));
	pix_app_password_make(password, random);
	if (!pix_app_password_parse(str_c(password), normal))
		i_unreached();
	pix_keyring_hash(identity->keyring, 0, PIX_APP_PASSWORD_KIND, normal, lookup);
	i_zero(&row);
	row.kind = PIX_APP_PASSWORD_KIND;
	row.id = pix_identity_new_id(6);
	row.owner = cmd->user;
	row.lookup = lookup;
	row.data = data;
	pix_change_put(change, &row);
	pix_json_set_str(answer, "credential", row.id);
	pix_json_set_str(answer, "password", str_c(password));
	pix_secret_wipe_buffer(password);
	explicit_bzero(random, sizeof(random));
	explicit_bzero(normal, sizeof(normal));
	pix_change_commit(change, cmd->user, answer);
}

static void
pix_app_add_rows(enum pix_store_result result, const struct pix_row *rows,
		 unsigned int count, unsigned int tampered, void *context)
{
	struct pix_app_cmd *cmd = context;
	const unsigned int limit =
		cmd->request->identity->set->pix_identity_app_password_limit;
	unsigned int active = 0;
	const char *error;
	json_t *data;

	if (!pix_app_cmd_rows_ok(cmd, result, tampered))
		return;
	for (unsigned int i = 0; i < count; i++) {
		if (pix_row_state_is(&rows[i], "active") &&
		    !pix_app_password_expired(&rows[i], ioloop_time))
			active++;
	}
	if (active >= limit) {
		pix_app_cmd_fail(cmd, "refused", t_strdup_printf(
			"%s has %u app passwords already: revoke one first (check pix_identity_app_password_limit)",
			cmd->user, active));
		return;
	}
	data = json_object();
	if (!pix_app_cmd_data(cmd, data, &error))
		pix_app_cmd_fail(cmd, "invalid", error);
	else {
		pix_app_add_row(cmd, data);
		pix_app_cmd_free(cmd);
	}
	json_decref(data);
}

void pix_identity_cmd_app_password_add(struct pix_identity_request *request)
{
	(void)pix_app_cmd_new(request, pix_app_add_rows);
}

/* Ends the sessions that came in with the credential, and no others. */
static void pix_app_end_sessions(struct pix_identity *identity,
				 const char *user, const char *credential)
{
	const struct pix_identity_session_filter filter = {
		.user = user,
		.credential = credential,
	};
	struct pix_identity_session *session = NULL;

	while ((session = pix_identity_session_next(identity->sessions, session,
						    &filter)) != NULL)
		pix_identity_session_end(session, "revoked", NULL);
}

static void
pix_app_revoke_rows(enum pix_store_result result, const struct pix_row *rows,
		    unsigned int count, unsigned int tampered, void *context)
{
	struct pix_app_cmd *cmd = context;
	const char *credential = pix_json_str(cmd->args, "credential");
	const bool all = pix_json_true(cmd->args, "all");
	struct pix_change *change = NULL;
	unsigned int n = 0;

	if (!pix_app_cmd_rows_ok(cmd, result, tampered))
		return;
	for (unsigned int i = 0; i < count; i++) {
		struct pix_row ended;

		if (!pix_row_state_is(&rows[i], "active") ||
		    (!all && null_strcmp(credential, rows[i].id) != 0))
			continue;
		if (change == NULL)
			change = pix_change_begin(cmd->request);
		ended = pix_row_copy(&rows[i]);
		ended.lookup = NULL;
		pix_json_set_str(ended.data, "state", "ended");
		pix_json_set_int(ended.data, "ended", ioloop_time);
		pix_json_set_str(ended.data, "ended_by", cmd->actor);
		pix_change_put(change, &ended);
		json_decref(ended.data);
		pix_app_end_sessions(cmd->request->identity, cmd->user, rows[i].id);
		n++;
	}
	if (change == NULL && !all) {
		pix_app_cmd_fail(cmd, "not-found", t_strdup_printf(
			"%s has no such app password (see 'doveadm pix app-password list -u %s')",
			cmd->user, cmd->user));
		return;
	}
	if (change == NULL)
		change = pix_change_begin(cmd->request);
	pix_change_commit(change, cmd->user, json_pack("{s:i}", "revoked", n));
	pix_app_cmd_free(cmd);
}

void pix_identity_cmd_app_password_revoke(struct pix_identity_request *request)
{
	(void)pix_app_cmd_new(request, pix_app_revoke_rows);
}
