/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pop3-common.h"
#include "pop3-client.h"
#include "pix-session.h"

/* Only the pop3 executable has them; elsewhere they are NULL. */
#pragma weak pop3_client_created_hook_set
#pragma weak client_send_line
#pragma weak client_disconnect
#pragma weak client_destroy

static pop3_client_created_func_t *pix_session_pop3_next_hook;

bool pix_session_is_pop3(void)
{
	return pop3_client_created_hook_set != NULL;
}

/* RFC 1939 §3: an autologout doesn't enter the UPDATE state, so what was
   marked by DELE stays. */
static bool
pix_session_pop3_end(struct client *client, const char *text, bool force)
{
	if (client->disconnected || client->destroyed)
		return TRUE;
	if (client->cmd != NULL) {
		if (!force)
			return FALSE;
		client_destroy(client, text);
		return TRUE;
	}
	client_send_line(client, "-ERR %s", text);
	client_disconnect(client, text);
	return TRUE;
}

static void pix_session_pop3_created(struct client **_client)
{
	pix_session_client_attach((*_client)->user, *_client,
				  pix_session_pop3_end);
	if (pix_session_pop3_next_hook != NULL)
		pix_session_pop3_next_hook(_client);
}

void pix_session_pop3_init(void)
{
	if (pix_session_is_pop3())
		pix_session_pop3_next_hook =
			pop3_client_created_hook_set(pix_session_pop3_created);
}

void pix_session_pop3_deinit(void)
{
	if (pix_session_is_pop3())
		pop3_client_created_hook_set(pix_session_pop3_next_hook);
}
