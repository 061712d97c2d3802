/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */
#ifndef DOVEADM_PIX_SORT_RUN_H
#define DOVEADM_PIX_SORT_RUN_H

#include "pix-doveadm-mail.h"
#include "pix-sieve-chain.h"
#include "hash-decl.h"

/* What "sort run" does with one mail. */
struct pix_sort_plan {
	uint32_t uid;
	const char *guid;
	/* NULL-terminated: folders that get a copy, without the mail's own */
	const char *const *targets;
	/* the mail stays in its folder */
	bool stays;
	/* the scripts would throw it away: it goes to the trash instead */
	bool discarded;
	/* NULL-terminated flags and keywords that are added */
	const char *const *flags;
	/* as the mail has them now, for the undo */
	enum mail_flags old_flags;
	const char *const *old_keywords;
};
ARRAY_DEFINE_TYPE(pix_sort_plan, struct pix_sort_plan);

/* The mails of folders, by GUID: running twice files nothing twice. */
HASH_TABLE_DEFINE_TYPE(pix_sort_guids, char *, void *);
struct pix_sort_folder {
	const char *name;
	HASH_TABLE_TYPE(pix_sort_guids) guids;
};
struct pix_sort_folders {
	pool_t pool;
	ARRAY(struct pix_sort_folder) list;
};
void pix_sort_folders_init(struct pix_sort_folders *folders);
void pix_sort_folders_deinit(struct pix_sort_folders *folders);
/* Adds the GUIDs of an open folder; keys are from pool. Returns 0 or -1. */
int pix_sort_guids_read(pool_t pool, struct mailbox *box,
			HASH_TABLE_TYPE(pix_sort_guids) guids);

/* Decides what a verdict means for a mail in a folder. Everything lives in pool.
   trash: where discarded mail goes. Where a delivery could not file the mail, it
   stays, and verdict->error says why (data stack). */
void pix_sort_plan_make(pool_t pool, struct pix_sort_folders *folders,
			struct mail *mail, const char *trash,
			struct pix_sieve_verdict *verdict,
			const char *const *tags, struct pix_sort_plan *plan_r);
/* TRUE if the plan changes something. */
bool pix_sort_plan_changes(const struct pix_sort_plan *plan);

/* Carries plans out in one folder, after writing them to the user's undo file.
   Returns the mails that were changed, or -1 after saying why; then nothing
   was lost, and what was done already can be undone. */
int pix_sort_apply(struct mail_user *user, const char *folder,
		   const ARRAY_TYPE(pix_sort_plan) *plans);

/* The undo file of a user (below the home), or NULL after saying why. Data stack. */
const char *pix_sort_undo_path(struct mail_user *user);

/* Splits "\Seen $x" into system flags and keywords (from the data stack). */
enum mail_flags pix_sort_flags_parse(const char *const *words,
				     const char *const **keywords_r);

extern struct doveadm_cmd_ver2 pix_doveadm_cmd_sort_run;
extern struct doveadm_cmd_ver2 pix_doveadm_cmd_sort_undo;
extern struct doveadm_cmd_ver2 pix_doveadm_cmd_sort_explain;

#endif
