/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "imap-common.h"
#include "pix-mail-session.h"
#include "module-context.h"
#include "imap-commands.h"
#include "istream.h"
#include "ostream.h"

#pragma weak imap_client_created_hook_set
#pragma weak command_hook_register
#pragma weak command_hook_unregister
#pragma weak imap_module_register

#define PIX_IMAP_CONTEXT(obj) \
	MODULE_CONTEXT_REQUIRE(obj, pix_imap_module)
static MODULE_CONTEXT_DEFINE(pix_imap_module, &imap_module_register);

/* Handles of the registration. */
static pix_mail_session_end_t *pix_imap_callback;
static imap_client_created_func_t *pix_imap_next_hook;
/* the command that runs */
static struct client_command_context *pix_imap_cmd;

static void pix_imap_destroy(struct client *client, const char *reason)
{
	union imap_module_context *ctx = PIX_IMAP_CONTEXT(client);
	struct pix_mail_session_end end = {
		.bytes_in = client->input->v_offset,
		.bytes_out = client->output->offset,
		.reason = client->disconnect_reason != NULL ?
			client->disconnect_reason : reason,
		.hibernated = client->hibernated,
	};

	if (pix_imap_callback != NULL)
		pix_imap_callback(client->user, &end);
	pix_imap_cmd = NULL;
	ctx->super.destroy(client, reason);
}

static void pix_imap_created(struct client **_client)
{
	struct client *client = *_client;
	union imap_module_context *ctx;

	if (client->user != NULL) {
		ctx = p_new(client->pool, union imap_module_context, 1);
		ctx->super = client->v;
		client->v.destroy = pix_imap_destroy;
		MODULE_CONTEXT_SET_SELF(client, pix_imap_module, ctx);
	}
	if (pix_imap_next_hook != NULL)
		pix_imap_next_hook(_client);
}

static void pix_imap_command_pre(struct client_command_context *cmd)
{
	pix_imap_cmd = cmd;
}

static void pix_imap_command_post(struct client_command_context *cmd ATTR_UNUSED)
{
	pix_imap_cmd = NULL;
}

const char *pix_mail_imap_args(void)
{
	return pix_imap_cmd == NULL ? NULL : pix_imap_cmd->args;
}

void pix_mail_imap_init(pix_mail_session_end_t *callback)
{
	if (imap_client_created_hook_set == NULL || command_hook_register == NULL)
		return;
	pix_imap_module.id.module_id_register = &imap_module_register.id;
	pix_imap_callback = callback;
	pix_imap_next_hook = imap_client_created_hook_set(pix_imap_created);
	command_hook_register(pix_imap_command_pre, pix_imap_command_post);
}

void pix_mail_imap_deinit(void)
{
	if (pix_imap_callback == NULL)
		return;
	pix_imap_callback = NULL;
	command_hook_unregister(pix_imap_command_pre, pix_imap_command_post);
	imap_client_created_hook_set(pix_imap_next_hook);
}
