/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */
#ifndef PIX_MAIL_SESSION_H
#define PIX_MAIL_SESSION_H

/* What the mail processes of the host (imap, pop3, submission) know of their
   client, in one form for all of them. Their symbols are bound weakly: in a
   process of another kind nothing happens. */

#include "lib.h"

struct mail_user;

struct pix_mail_session_end {
	uint64_t bytes_in, bytes_out;
	/* as the host words it; may be NULL */
	const char *reason;
	/* the client goes on in imap-hibernate */
	bool hibernated;
};

/* Called when a client is about to be destroyed, before its mail user. */
typedef void pix_mail_session_end_t(struct mail_user *user,
				    const struct pix_mail_session_end *end);

void pix_mail_session_init(pix_mail_session_end_t *callback);
void pix_mail_session_deinit(void);

/* Arguments of the IMAP command that runs now, or NULL. Only arguments that the
   command has read already. */
const char *pix_mail_imap_args(void);

/* "imap", "pop3", "lmtp", "submission", "sieve", "doveadm", "lda". */
const char *pix_mail_user_proto(const struct mail_user *user);
/* for the files of each protocol */
void pix_mail_imap_init(pix_mail_session_end_t *callback);
void pix_mail_imap_deinit(void);
void pix_mail_pop3_init(pix_mail_session_end_t *callback);
void pix_mail_pop3_deinit(void);
void pix_mail_submission_init(pix_mail_session_end_t *callback);
void pix_mail_submission_deinit(void);

#endif
