/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pop3-common.h"
#include "pix-mail-session.h"
#include "module-context.h"
#include "istream.h"
#include "ostream.h"
#include "mail-storage.h"

#pragma weak pop3_client_created_hook_set
#pragma weak pop3_module_register

#define PIX_POP3_CONTEXT(obj) \
	MODULE_CONTEXT_REQUIRE(obj, pix_pop3_module)
static MODULE_CONTEXT_DEFINE(pix_pop3_module, &pop3_module_register);

/* Handles of the registration. */
static pix_mail_session_end_t *pix_pop3_callback;
static pop3_client_created_func_t *pix_pop3_next_hook;

static void pix_pop3_destroy(struct client *client, const char *reason)
{
	union pop3_module_context *ctx = PIX_POP3_CONTEXT(client);
	struct pix_mail_session_end end = {
		.bytes_in = client->input->v_offset,
		.bytes_out = client->output->offset,
		.reason = reason,
	};

	if (pix_pop3_callback != NULL)
		pix_pop3_callback(client->user, &end);
	ctx->super.destroy(client, reason);
}

static void pix_pop3_created(struct client **_client)
{
	struct client *client = *_client;
	union pop3_module_context *ctx;

	if (client->user != NULL) {
		ctx = p_new(client->pool, union pop3_module_context, 1);
		ctx->super = client->v;
		client->v.destroy = pix_pop3_destroy;
		MODULE_CONTEXT_SET_SELF(client, pix_pop3_module, ctx);
	}
	if (pix_pop3_next_hook != NULL)
		pix_pop3_next_hook(_client);
}

void pix_mail_pop3_init(pix_mail_session_end_t *callback)
{
	if (pop3_client_created_hook_set == NULL)
		return;
	pix_pop3_module.id.module_id_register = &pop3_module_register.id;
	pix_pop3_callback = callback;
	pix_pop3_next_hook = pop3_client_created_hook_set(pix_pop3_created);
}

void pix_mail_pop3_deinit(void)
{
	if (pix_pop3_callback == NULL)
		return;
	pix_pop3_callback = NULL;
	pop3_client_created_hook_set(pix_pop3_next_hook);
}
