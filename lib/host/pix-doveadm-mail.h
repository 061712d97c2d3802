/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */
#ifndef PIX_DOVEADM_MAIL_H
#define PIX_DOVEADM_MAIL_H

/* doveadm commands that run for one or more users. A command embeds struct
   pix_doveadm_mail_cmd as its first member, lists its options with
   DOVEADM_CMD_PARAM (named options need a short form; positional arguments
   arrive like the others) and reads them by name from ctx->cctx. */

#include "pix-doveadm.h"
#include "doveadm-mail.h"

struct mail_user;
struct mail_search_args;

struct pix_doveadm_mail_vfuncs {
	/* prints headers, reads parameters; may be NULL */
	void (*init)(struct doveadm_mail_cmd_context *ctx);
	/* one user; 0, or -1 after saying why (doveadm_mail_failed_error()) */
	int (*run)(struct doveadm_mail_cmd_context *ctx, struct mail_user *user);
	/* may be NULL */
	void (*deinit)(struct doveadm_mail_cmd_context *ctx);
};

struct pix_doveadm_mail_cmd {
	struct doveadm_mail_cmd_context ctx;
	const struct pix_doveadm_mail_vfuncs *vfuncs;
};

/* For the .mail_cmd function: size of the struct that embeds ours. */
struct doveadm_mail_cmd_context *
pix_doveadm_mail_alloc(size_t size, const struct pix_doveadm_mail_vfuncs *vfuncs);

/* Opens a folder and searches it (all mails without args; args is referenced
   while the search runs). wanted_headers may be NULL. Calls back with each
   mail, in a transaction that is committed if all callbacks returned 0; before
   that calls before_commit (may be NULL), where a move commits the folder that
   it moved to. A folder that doesn't exist holds nothing. Returns 0, or -1 after saying
   why. Blocks. */
typedef int pix_doveadm_mail_callback_t(struct mail *mail, void *context);
int pix_doveadm_mail_foreach(struct doveadm_mail_cmd_context *ctx,
			     struct mail_user *user, const char *folder,
			     struct mail_search_args *args,
			     const char *const *wanted_headers,
			     pix_doveadm_mail_callback_t *callback,
			     int (*before_commit)(void *context), void *context);

/* A header field decoded to UTF-8 in one line, or "". Data stack. */
const char *pix_doveadm_mail_header(struct mail *mail, const char *name);

#endif
