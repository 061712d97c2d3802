/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "submission-common.h"
#include "pix-mail-session.h"
#include "module-context.h"
#include "smtp-server.h"

#pragma weak submission_client_created_hook_set
#pragma weak submission_module_register

#define PIX_SUBMISSION_CONTEXT(obj) \
	MODULE_CONTEXT_REQUIRE(obj, pix_submission_module)
static MODULE_CONTEXT_DEFINE(pix_submission_module, &submission_module_register);

/* Handles of the registration. */
static pix_mail_session_end_t *pix_submission_callback;
static submission_client_created_func_t *pix_submission_next_hook;

static void pix_submission_destroy(struct client *client)
{
	union submission_module_context *ctx = PIX_SUBMISSION_CONTEXT(client);
	struct pix_mail_session_end end;

	i_zero(&end);
	if (client->conn != NULL) {
		const struct smtp_server_stats *stats =
			smtp_server_connection_get_stats(client->conn);

		end.bytes_in = stats->input;
		end.bytes_out = stats->output;
	}
	if (pix_submission_callback != NULL && client->user != NULL)
		pix_submission_callback(client->user, &end);
	ctx->super.destroy(client);
}

static void pix_submission_created(struct client **_client)
{
	struct client *client = *_client;
	union submission_module_context *ctx;

	if (client->user != NULL) {
		ctx = p_new(client->pool, union submission_module_context, 1);
		ctx->super = client->v;
		client->v.destroy = pix_submission_destroy;
		MODULE_CONTEXT_SET_SELF(client, pix_submission_module, ctx);
	}
	if (pix_submission_next_hook != NULL)
		pix_submission_next_hook(_client);
}

void pix_mail_submission_init(pix_mail_session_end_t *callback)
{
	if (submission_client_created_hook_set == NULL)
		return;
	pix_submission_module.id.module_id_register = &submission_module_register.id;
	pix_submission_callback = callback;
	pix_submission_next_hook = submission_client_created_hook_set(pix_submission_created);
}

void pix_mail_submission_deinit(void)
{
	if (pix_submission_callback == NULL)
		return;
	pix_submission_callback = NULL;
	submission_client_created_hook_set(pix_submission_next_hook);
}
