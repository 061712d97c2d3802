/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-doveadm-mail.h"
#include "pix-compat.h"
#include "str.h"
#include "str-sanitize.h"
#include "mail-namespace.h"
#include "mail-search-build.h"
#include "mail-storage.h"
#include "mail-user.h"

static void
#if PIX_DOVECOT_24
pix_doveadm_mail_init(struct doveadm_mail_cmd_context *ctx)
#else
pix_doveadm_mail_init(struct doveadm_mail_cmd_context *ctx,
		      const char *const args[] ATTR_UNUSED)
#endif
{
	struct pix_doveadm_mail_cmd *cmd =
		container_of(ctx, struct pix_doveadm_mail_cmd, ctx);

	if (cmd->vfuncs->init != NULL)
		cmd->vfuncs->init(ctx);
}

#if !PIX_DOVECOT_24
/* The values are read from cctx, by name. */
static bool
pix_doveadm_mail_parse_arg(struct doveadm_mail_cmd_context *ctx ATTR_UNUSED,
			   int c ATTR_UNUSED)
{
	return TRUE;
}
#endif

struct doveadm_mail_cmd_context *
pix_doveadm_mail_alloc(size_t size, const struct pix_doveadm_mail_vfuncs *vfuncs)
{
	struct doveadm_mail_cmd_context *ctx = doveadm_mail_cmd_alloc_size(size);
	struct pix_doveadm_mail_cmd *cmd =
		container_of(ctx, struct pix_doveadm_mail_cmd, ctx);

	cmd->vfuncs = vfuncs;
	ctx->v.init = pix_doveadm_mail_init;
	ctx->v.run = vfuncs->run;
	if (vfuncs->deinit != NULL)
		ctx->v.deinit = vfuncs->deinit;
#if !PIX_DOVECOT_24
	ctx->v.parse_arg = pix_doveadm_mail_parse_arg;
#endif
	return ctx;
}

static int
pix_doveadm_mail_open(struct doveadm_mail_cmd_context *ctx, struct mailbox *box)
{
	if (mailbox_open(box) == 0 &&
	    mailbox_sync(box, MAILBOX_SYNC_FLAG_FULL_READ) == 0)
		return 1;
	if (mailbox_get_last_mail_error(box) == MAIL_ERROR_NOTFOUND)
		return 0;
	i_error("Could not open the folder: name=%s: %s", mailbox_get_vname(box),
		mailbox_get_last_internal_error(box, NULL));
	doveadm_mail_failed_mailbox(ctx, box);
	return -1;
}

static int
pix_doveadm_mail_search(struct doveadm_mail_cmd_context *ctx,
			struct mailbox *box, struct mail_search_args *args,
			const char *const *wanted_headers,
			pix_doveadm_mail_callback_t *callback,
			int (*before_commit)(void *context), void *context)
{
	struct mailbox_header_lookup_ctx *headers = wanted_headers == NULL ? NULL :
		mailbox_header_lookup_init(box, wanted_headers);
	struct mailbox_transaction_context *t =
		mailbox_transaction_begin(box, 0, "doveadm pix");
	struct mail_search_context *search;
	struct mail *mail;
	int ret = 0;

	mail_search_args_init(args, box, FALSE, NULL);
	search = mailbox_search_init(t, args, NULL, MAIL_FETCH_FLAGS, headers);
	while (ret == 0 && mailbox_search_next(search, &mail)) T_BEGIN {
		ret = callback(mail, context);
	} T_END;
	if (mailbox_search_deinit(&search) < 0 && ret == 0)
		ret = -1;
	mail_search_args_deinit(args);
	mailbox_header_lookup_unref(&headers);
	if (ret == 0 && before_commit != NULL)
		ret = before_commit(context);
	if (ret < 0)
		mailbox_transaction_rollback(&t);
	else if (mailbox_transaction_commit(&t) < 0 || mailbox_sync(box, 0) < 0)
		ret = -1;
	if (ret < 0) {
		i_error("Could not work on the folder: name=%s: %s",
			mailbox_get_vname(box),
			mailbox_get_last_internal_error(box, NULL));
		doveadm_mail_failed_error(ctx, MAIL_ERROR_TEMP);
	}
	return ret;
}

int pix_doveadm_mail_foreach(struct doveadm_mail_cmd_context *ctx,
			     struct mail_user *user, const char *folder,
			     struct mail_search_args *args,
			     const char *const *wanted_headers,
			     pix_doveadm_mail_callback_t *callback,
			     int (*before_commit)(void *context), void *context)
{
	struct mail_namespace *ns = mail_namespace_find(user->namespaces, folder);
	struct mailbox *box = mailbox_alloc(ns->list, folder, 0);
	int ret = pix_doveadm_mail_open(ctx, box);

	if (ret > 0) {
		if (args == NULL) {
			args = mail_search_build_init();
			mail_search_build_add_all(args);
		} else {
			mail_search_args_ref(args);
		}
		ret = pix_doveadm_mail_search(ctx, box, args, wanted_headers,
					      callback, before_commit, context);
		mail_search_args_unref(&args);
	}
	mailbox_free(&box);
	return ret;
}

const char *pix_doveadm_mail_header(struct mail *mail, const char *name)
{
	const char *value;

	if (mail_get_first_header_utf8(mail, name, &value) <= 0)
		return "";
	return str_sanitize_utf8(value, 200);
}
