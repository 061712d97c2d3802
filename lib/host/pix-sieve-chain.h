/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */
#ifndef PIX_SIEVE_CHAIN_H
#define PIX_SIEVE_CHAIN_H

/* Runs the whole chain of Sieve scripts of a user (before, personal, after) over
   a stored mail, as a delivery would, and tells what they decide without doing
   any of it. For programs that link libdovecot-sieve. */

#include "lib.h"
#include "array.h"

struct mail;
struct mail_user;
struct pix_sieve_chain;

enum pix_sieve_action_type {
	/* stays where it is: the keep, implicit or not */
	PIX_SIEVE_ACTION_KEEP,
	/* into a folder */
	PIX_SIEVE_ACTION_STORE,
	PIX_SIEVE_ACTION_DISCARD,
	/* redirect, vacation, reject, notify, …: outside the mailbox */
	PIX_SIEVE_ACTION_OTHER,
};

struct pix_sieve_action {
	enum pix_sieve_action_type type;
	/* of the engine: "store", "keep", "discard", "redirect", "vacation", … */
	const char *name;
	/* of STORE, in UTF-8, else NULL */
	const char *folder;
	/* the folder is made if it isn't there */
	bool create;
	/* flags and keywords that it adds, separated by spaces; "" if none */
	const char *flags;
	/* "script: line 4", or the name of the script, or "" */
	const char *location;
};

struct pix_sieve_verdict {
	const struct pix_sieve_action *actions;
	unsigned int action_count;
	/* NULL, or why a script failed: then the mail is kept */
	const char *error;
};

/* Opens (or compiles) the scripts. Returns 0, or -1 and error_r (data stack).
   Scripts that don't compile are left out, as a delivery does, and named in
   the log. */
int pix_sieve_chain_init(struct mail_user *user, struct pix_sieve_chain **chain_r,
			 const char **error_r);
void pix_sieve_chain_deinit(struct pix_sieve_chain **chain);

/* Runs the chain. What verdict_r points to lives in pool. trace_path: NULL, or
   a file that the engine's trace is written to. Returns 0, or -1 if the mail
   can't be read. */
int pix_sieve_chain_run(struct pix_sieve_chain *chain, pool_t pool,
			struct mail *mail, const char *trace_path,
			struct pix_sieve_verdict *verdict_r);

#endif
