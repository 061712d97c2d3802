/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "imap-common.h"
#include "imap-client.h"
#include "pix-session.h"

/* Only the imap executable has them; elsewhere they are NULL. */
#pragma weak imap_client_created_hook_set
#pragma weak client_disconnect_with_error
#pragma weak client_destroy

static imap_client_created_func_t *pix_session_imap_next_hook;

bool pix_session_is_imap(void)
{
	return imap_client_created_hook_set != NULL;
}

static bool
pix_session_imap_end(struct client *client, const char *text, bool force)
{
	if (client->disconnected)
		return TRUE;
	if (client->output_cmd_lock != NULL) {
		/* in the middle of an answer: a BYE would land inside it */
		if (!force)
			return FALSE;
		client_destroy(client, text);
		return TRUE;
	}
	client_disconnect_with_error(client, text);
	return TRUE;
}

/* A hibernated client is held by another process, which knows nothing of
   expiry and revocation. */
static int
pix_session_imap_state_export(struct client *client ATTR_UNUSED,
			      bool internal ATTR_UNUSED,
			      buffer_t *dest ATTR_UNUSED, const char **error_r)
{
	*error_r = "pix_session: the session must stay where it can be ended";
	return 0;
}

static void pix_session_imap_created(struct client **_client)
{
	struct client *client = *_client;

	if (pix_session_get(client->user) != NULL) {
		client->v.state_export = pix_session_imap_state_export;
		pix_session_client_attach(client->user, client,
					  pix_session_imap_end);
	}
	if (pix_session_imap_next_hook != NULL)
		pix_session_imap_next_hook(_client);
}

void pix_session_imap_init(void)
{
	if (pix_session_is_imap())
		pix_session_imap_next_hook =
			imap_client_created_hook_set(pix_session_imap_created);
}

void pix_session_imap_deinit(void)
{
	if (pix_session_is_imap())
		imap_client_created_hook_set(pix_session_imap_next_hook);
}
