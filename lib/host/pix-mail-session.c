/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-mail-session.h"
#include "pix-compat.h"
#include "mail-user.h"

void pix_mail_session_init(pix_mail_session_end_t *callback)
{
	pix_mail_imap_init(callback);
	pix_mail_pop3_init(callback);
	pix_mail_submission_init(callback);
}

void pix_mail_session_deinit(void)
{
	pix_mail_imap_deinit();
	pix_mail_pop3_deinit();
	pix_mail_submission_deinit();
}

const char *pix_mail_user_proto(const struct mail_user *user)
{
	const char *proto = user->service;

#if PIX_DOVECOT_24
	if (user->protocol != NULL)
		proto = user->protocol;
#endif
	return strcmp(proto, "managesieve") == 0 ? "sieve" : proto;
}
