/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */
#ifndef PIX_ARCHIVE_STORE_PRIVATE_H
#define PIX_ARCHIVE_STORE_PRIVATE_H

#include "pix-archive-store.h"
#include "pix-mail-store.h"
#include "mail-storage.h"

struct archive_owner {
	struct archive_owner *prev, *next;
	char *name;
	struct pix_mail_store_user *user;
	/* the folder that was used last stays open */
	struct mailbox *box;
	/* of archive_store_read() */
	struct mailbox_transaction_context *trans;
	struct mail *mail;
};

struct archive_store {
	struct pix_mail_store *mail_store;
	struct event *event;
	char *dir;
	unsigned int owners_max, owner_count;
	bool compress;
	/* last used first */
	struct archive_owner *owners;
	struct archive_owner *owners_tail;
	struct archive_owner *reading;
	struct istream *read_input;
	/* DIR/inflight.PID: what is being saved and not in the ledger yet */
	char *inflight_path;
	int inflight_fd;
};

/* The owner's archive, opened if needed. NULL and error_r. */
struct archive_owner *
archive_owner_get(struct archive_store *store, const char *name,
		  const char **error_r);
/* Forgets an owner whose mailbox is in doubt. */
void archive_owner_drop(struct archive_store *store, struct archive_owner *owner);
/* The folder of an owner, opened and synced. NULL and error_r. */
struct mailbox *
archive_owner_box(struct archive_owner *owner, const char *name, bool create,
		  const char **error_r);
/* A name that the storage accepts, for any folder name. Data stack. */
const char *archive_owner_box_name(struct archive_owner *owner, const char *mailbox);

/* Notes what is about to be saved. */
int archive_inflight_add(struct archive_store *store, const char *owner,
			 const char *box, uint32_t uid_validity,
			 uint32_t uid_next, const char **error_r);

#endif
