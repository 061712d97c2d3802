/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "submission-common.h"
#include "submission-client.h"
#include "pix-session.h"
#include "pix-submission.h"

/* Only the submission executable has them; elsewhere they are NULL. */
#pragma weak submission_client_created_hook_set
#pragma weak client_destroy

static submission_client_created_func_t *pix_session_submission_next_hook;

bool pix_session_is_submission(void)
{
	return submission_client_created_hook_set != NULL;
}

/* Between DATA and its answer the mail may be accepted already: then a client
   that got 421 instead of 250 would send it twice. */
static bool
pix_session_submission_end(struct client *client, const char *text, bool force)
{
	if (client->disconnected || client->destroyed)
		return TRUE;
	if (client->state.state == SMTP_SERVER_STATE_DATA && !force)
		return FALSE;
	client_destroy_compat(&client, "4.3.2", text);
	return TRUE;
}

static void pix_session_submission_created(struct client **_client)
{
	pix_session_client_attach((*_client)->user, *_client,
				  pix_session_submission_end);
	if (pix_session_submission_next_hook != NULL)
		pix_session_submission_next_hook(_client);
}

void pix_session_submission_init(void)
{
	if (pix_session_is_submission())
		pix_session_submission_next_hook =
			submission_client_created_hook_set(pix_session_submission_created);
}

void pix_session_submission_deinit(void)
{
	if (pix_session_is_submission())
		submission_client_created_hook_set(pix_session_submission_next_hook);
}
