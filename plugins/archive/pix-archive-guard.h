/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */
#ifndef PIX_ARCHIVE_GUARD_H
#define PIX_ARCHIVE_GUARD_H

#include "pix-retention.h"

/* The guard: retained mail leaves a mailbox only after pix-archive has it on
   the disk. Everything that deletes comes through mail.v.expunge within a
   transaction; the mail is sent at once and the transaction's commit waits for
   the archive. What fails, fails the whole transaction: the mail stays. */

struct mail;
struct mailbox;
struct mail_user;
struct mailbox_transaction_context;
struct pix_archive_user;

void pix_archive_user_created(struct mail_user *user);
void pix_archive_mailbox_allocated(struct mailbox *box);
void pix_archive_mail_allocated(struct mail *mail);

/* NULL for a user that is not guarded (raw mail, the archive itself). */
struct pix_archive_user *pix_archive_user_get(struct mail_user *user);

/* A folder as the policy sees it. */
struct pix_archive_folder {
	/* whose mail it is: the user's own or that of who shares it */
	const char *owner;
	/* UTF-8, without the namespace's prefix, "/" between levels */
	const char *name;
	/* NULL-terminated */
	const char *const *special_uses;
	bool own;
};
/* Data stack. */
void pix_archive_folder_get(struct mailbox *box, struct pix_archive_folder *folder_r);

enum pix_archive_verdict {
	PIX_ARCHIVE_FAIL = -1,
	/* not retained */
	PIX_ARCHIVE_FREE = 0,
	PIX_ARCHIVE_RETAINED = 1,
};
/* Decides over a mail in a folder (not always the one it is in). On FAIL the
   storage's error is set. decision_r is set when RETAINED. */
enum pix_archive_verdict
pix_archive_guard_decide(struct pix_archive_user *auser, struct mail *mail,
			 const struct pix_archive_folder *folder,
			 struct pix_retention_decision *decision_r);
/* Sends a mail to the archive. Returns 1 when sent, 0 when there is nothing to
   send as the mail is gone already, -1 with the storage's error set. */
int pix_archive_guard_send(struct pix_archive_user *auser, struct mail *mail,
			   const struct pix_archive_folder *folder,
			   const struct pix_retention_decision *decision,
			   const char *reason);
/* Waits for what was sent. -1 with box's storage's error set. */
int pix_archive_guard_wait(struct pix_archive_user *auser, struct mailbox *box,
			   unsigned int generation);
/* Counts up when mail that was sent got lost. */
unsigned int pix_archive_guard_generation(struct pix_archive_user *auser);
/* A transaction with sent mail begins, or ends without commit. */
void pix_archive_guard_enter(struct pix_archive_user *auser);
void pix_archive_guard_leave(struct pix_archive_user *auser, bool rollback);
/* TRUE if doveadm must not delete retained mail. */
bool pix_archive_guard_refuses(struct pix_archive_user *auser);
/* Refuses the deletion of a mail: sets the storage's error. */
void pix_archive_guard_refuse(struct mailbox *box, const struct pix_archive_folder *folder,
			      const struct pix_retention_decision *decision);
/* TRUE if the policy treats folders differently: else moves and renames
   change nothing. */
bool pix_archive_guard_knows_folders(struct pix_archive_user *auser);

/* Forgets the mail that was moved last: its box may be gone, and another one at
   its address. */
void pix_archive_guard_moved_end(struct pix_archive_user *auser);
/* The mail that was moved last, and how long it is protected where it went:
   the expunge that follows needs no archive if that is long enough. */
void pix_archive_guard_moved(struct pix_archive_user *auser, struct mailbox *src,
			     uint32_t uid, const struct pix_archive_folder *dest,
			     int64_t until, bool held);
bool pix_archive_guard_is_safe_move(struct pix_archive_user *auser, struct mail *mail,
				    const struct pix_archive_folder *folder,
				    const struct pix_retention_decision *decision);

/* Hands over all mail of a folder (and those below) that would be protected
   less under its new name. -1 with src's storage's error set. */
int pix_archive_rename(struct pix_archive_user *auser, struct mailbox *src,
		       struct mailbox *dest);

#endif
