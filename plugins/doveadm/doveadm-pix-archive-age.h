/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */
#ifndef DOVEADM_PIX_ARCHIVE_AGE_H
#define DOVEADM_PIX_ARCHIVE_AGE_H

#include "doveadm-pix-archive.h"

struct doveadm_pix_archive_age {
	struct pix_archive_client *client;
	const struct pix_retention_policy *policy;
	/* FALSE: only count */
	bool apply;
	/* mail that is due for the archive, and what was moved there */
	unsigned int due, moved;
};

/* Moves what has reached the age of a label's archive-after from one user's
   mailboxes to the archive. The guard does the hand-over: it must be active. */
void doveadm_pix_archive_age_user(struct doveadm_pix_archive_age *age,
				  const char *username);

#endif
