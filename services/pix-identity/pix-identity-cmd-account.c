/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-identity-dispatch.h"
#include "pix-identity-change.h"
#include "pix-identity-session.h"
#include "pix-identity-users.h"
#include "ioloop.h"

/* One row a user that was ever locked: state "locked" or "open". */
#define PIX_ACCOUNT_KIND "account"
#define PIX_ACCOUNT_REASON_MAX 200

struct pix_account_cmd {
	struct pix_identity_request *request;
	json_t *args;
	const char *user, *actor, *reason;
	bool lock;
};

static void pix_account_end_sessions(struct pix_account_cmd *cmd)
{
	struct pix_identity *identity = cmd->request->identity;
	const struct pix_identity_session_filter filter = { .user = cmd->user };
	struct pix_identity_session *session = NULL;

	while ((session = pix_identity_session_next(identity->sessions, session,
						    &filter)) != NULL)
		pix_identity_session_end(session, "locked", NULL);
}

static void
pix_account_rows(enum pix_store_result result, const struct pix_row *rows,
		 unsigned int count, unsigned int tampered, void *context)
{
	struct pix_account_cmd *cmd = context;
	struct pix_change *change;
	struct pix_row row;
	bool locked;

	if (result != PIX_STORE_OK) {
		pix_identity_fail_store(cmd->request);
		goto end;
	}
	/* a lock must work whatever was done to the other rows */
	if (tampered > 0 && !cmd->lock) {
		pix_identity_fail(cmd->request, "data", "rows of this user were changed, deleted or rolled back in the database (see TAMPERING in pix-identity(8))");
		goto end;
	}
	i_zero(&row);
	locked = count > 0 && pix_row_state_is(&rows[0], "locked");
	if (!cmd->lock && !locked) {
		pix_identity_fail(cmd->request, "not-found",
				  t_strdup_printf("%s is not locked", cmd->user));
		goto end;
	}
	if (count > 0)
		row = pix_row_copy(&rows[0]);
	else {
		row.kind = PIX_ACCOUNT_KIND;
		row.id = pix_identity_new_id(8);
		row.owner = cmd->user;
		row.data = json_object();
		pix_json_set_int(row.data, "created", ioloop_time);
	}
	pix_json_set_str(row.data, "state", cmd->lock ? "locked" : "open");
	pix_json_set_int(row.data, "changed", ioloop_time);
	pix_json_set_str(row.data, "changed_by", cmd->actor);
	if (cmd->reason != NULL)
		pix_json_set_str(row.data, "reason", cmd->reason);
	else
		json_object_del(row.data, "reason");
	change = pix_change_begin(cmd->request);
	pix_change_put(change, &row);
	json_decref(row.data);
	if (cmd->lock)
		pix_account_end_sessions(cmd);
	pix_change_commit(change, cmd->user,
			  json_pack("{s:s}", "state", cmd->lock ? "locked" : "open"));
end:
	json_decref(cmd->args);
	i_free(cmd);
}

static void pix_account_start(struct pix_identity_request *request, bool lock)
{
	const char *user = pix_identity_request_user(request);
	struct pix_account_cmd *cmd;

	if (user == NULL)
		return;
	cmd = i_new(struct pix_account_cmd, 1);
	cmd->request = request;
	cmd->args = json_incref((json_t *)(uintptr_t)request->args);
	cmd->user = user;
	cmd->actor = pix_json_str(request->args, "actor");
	cmd->reason = pix_json_str(request->args, "reason");
	cmd->lock = lock;
	if (cmd->reason != NULL && strlen(cmd->reason) > PIX_ACCOUNT_REASON_MAX) {
		pix_identity_fail(request, "invalid", "the reason is longer than 200 bytes");
		json_decref(cmd->args);
		i_free(cmd);
		return;
	}
	pix_identity_store_owner(request->identity->store, user,
				 PIX_ACCOUNT_KIND, pix_account_rows, cmd);
}

void pix_identity_cmd_account_lock(struct pix_identity_request *request)
{
	pix_account_start(request, TRUE);
}

void pix_identity_cmd_account_unlock(struct pix_identity_request *request)
{
	pix_account_start(request, FALSE);
}
