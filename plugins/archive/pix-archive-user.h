/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */
#ifndef PIX_ARCHIVE_USER_H
#define PIX_ARCHIVE_USER_H

#include "pix-archive-client.h"
#include "pix-retention-file.h"
#include "pix-settings-archive.h"
#include "mail-user.h"

struct mailbox;

/* The user of an event of the user. */
#define PIX_ARCHIVE_USER_EVENT_PTR "pix_archive_user"

struct pix_archive_user {
	union mail_user_module_context module_ctx;
	struct mail_user *user;
	struct event *event;
	const struct pix_archive_settings *set;
	struct pix_retention_file *policy;
	struct pix_archive_client *client;
	const char *const *groups;
	/* why nothing may be deleted, or NULL */
	const char *error;

	/* transactions that sent mail and are open */
	unsigned int open;
	/* counts what was sent and lost */
	unsigned int generation;
	/* the policy that folders_known was found for */
	unsigned int policy_generation;
	bool knows_folders;

	struct {
		struct mailbox *box;
		uint32_t uid;
		const char *owner;
		int64_t until;
		bool held;
	} moved;
};

#endif
