/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

/* doveadm pix quarantine release -u USER UID…: moves mails from the quarantine
   to INBOX (or another folder), marks them and says so to the audit. */

#include "doveadm-pix-quarantine.h"
#include "pix-core.h"
#include "strnum.h"
#include "seq-range-array.h"
#include "mail-namespace.h"
#include "mail-search.h"
#include "mail-search-build.h"
#include "mail-storage-private.h"
#include "mail-user.h"

#define PIX_RELEASED_KEYWORD "$PixReleased"

struct quarantine_release_cmd {
	struct pix_doveadm_mail_cmd cmd;
	const char *folder, *actor;
	ARRAY_TYPE(seq_range) uids;
	/* of one user */
	struct mailbox *dest;
	struct mailbox_transaction_context *dest_trans;
	unsigned int count;
	bool invalid;
};

static void quarantine_release_event(struct quarantine_release_cmd *cmd, struct mail *mail)
{
	struct mail_user *user = mail->box->storage->user;
	struct event *event = event_create(user->event);
	const char *guid;

	if (mail_get_special(mail, MAIL_FETCH_GUID, &guid) < 0)
		guid = "";
	event_set_name(event, "pix_quarantine_released");
	event_add_str(event, "user", user->username);
	event_add_str(event, "actor", cmd->actor);
	event_add_str(event, "mailbox", cmd->folder);
	event_add_str(event, "guid", guid);
	event_add_int(event, "uid", mail->uid);
	event_add_str(event, "message_id", pix_doveadm_mail_header(mail, "Message-ID"));
	e_info(event, "pix-sort: Released from quarantine: user=%s uid=%u folder=%s actor=%s",
	       user->username, mail->uid, cmd->folder, cmd->actor);
	event_unref(&event);
}

static int quarantine_release_mail(struct mail *mail, void *context)
{
	static const char *const released[] = { PIX_RELEASED_KEYWORD, NULL };
	struct quarantine_release_cmd *cmd = context;
	struct mail_user *user = mail->box->storage->user;
	struct mail_save_context *save;
	struct mail_keywords *keywords, *old, *merged;
	const char *subject;

	subject = pix_doveadm_mail_header(mail, "Subject");
	save = mailbox_save_alloc(cmd->dest_trans);
	mailbox_save_copy_flags(save, mail);
	old = mailbox_keywords_create_valid(cmd->dest, mail_get_keywords(mail));
	keywords = mailbox_keywords_create_valid(cmd->dest, released);
	merged = mailbox_keywords_merge(old, keywords);
	mailbox_save_set_flags(save, mail_get_flags(mail), merged);
	mailbox_keywords_unref(&old);
	mailbox_keywords_unref(&keywords);
	mailbox_keywords_unref(&merged);
	quarantine_release_event(cmd, mail);
	if (mailbox_move(&save, mail) < 0) {
		i_error("Could not release a mail: uid=%u: %s", mail->uid,
			mailbox_get_last_internal_error(cmd->dest, NULL));
		return -1;
	}
	cmd->count++;
	doveadm_print(user->username);
	doveadm_print_num(mail->uid);
	doveadm_print(cmd->folder);
	doveadm_print(subject);
	return 0;
}

/* The copies are on disk before their originals go. */
static int quarantine_release_commit(void *context)
{
	struct quarantine_release_cmd *cmd = context;

	return mailbox_transaction_commit(&cmd->dest_trans);
}

static int
quarantine_release_run(struct doveadm_mail_cmd_context *ctx, struct mail_user *user)
{
	struct quarantine_release_cmd *cmd =
		container_of(ctx, struct quarantine_release_cmd, cmd.ctx);
	struct mail_search_args *args = mail_search_build_init();
	struct mail_namespace *ns = mail_namespace_find(user->namespaces, cmd->folder);
	const char *from = pix_quarantine_folder(user);
	struct mail_search_arg *arg;
	int ret;

	if (cmd->invalid || array_count(&cmd->uids) == 0) {
		i_error("Give UIDs (see doveadm pix quarantine list)");
		doveadm_mail_failed_error(ctx, MAIL_ERROR_PARAMS);
		mail_search_args_unref(&args);
		return -1;
	}
	arg = mail_search_build_add(args, SEARCH_UIDSET);
	p_array_init(&arg->value.seqset, args->pool, 8);
	array_append_array(&arg->value.seqset, &cmd->uids);

	cmd->count = 0;
	cmd->dest = mailbox_alloc(ns->list, cmd->folder, MAILBOX_FLAG_SAVEONLY);
	if (mailbox_open(cmd->dest) < 0) {
		i_error("Could not open the folder: name=%s: %s", cmd->folder,
			mailbox_get_last_internal_error(cmd->dest, NULL));
		doveadm_mail_failed_mailbox(ctx, cmd->dest);
		ret = -1;
	} else {
		cmd->dest_trans = mailbox_transaction_begin(cmd->dest,
			MAILBOX_TRANSACTION_FLAG_EXTERNAL, "pix quarantine release");
		ret = pix_doveadm_mail_foreach(ctx, user, from, args, NULL,
					       quarantine_release_mail,
					       quarantine_release_commit, cmd);
		if (cmd->dest_trans != NULL)
			mailbox_transaction_rollback(&cmd->dest_trans);
	}
	mailbox_free(&cmd->dest);
	mail_search_args_unref(&args);
	if (ret == 0 && cmd->count == 0) {
		i_error("No such mail in quarantine: user=%s folder=%s",
			user->username, from);
		doveadm_mail_failed_error(ctx, MAIL_ERROR_NOTFOUND);
		ret = -1;
	}
	return ret;
}

static void quarantine_release_init(struct doveadm_mail_cmd_context *ctx)
{
	struct quarantine_release_cmd *cmd =
		container_of(ctx, struct quarantine_release_cmd, cmd.ctx);
	const char *const *uids = NULL;
	uint32_t uid;

	p_array_init(&cmd->uids, ctx->pool, 8);
	cmd->actor = p_strdup(ctx->pool, pix_doveadm_actor(ctx->cctx));
	cmd->folder = pix_doveadm_str(ctx->cctx, "folder");
	if (cmd->folder == NULL)
		cmd->folder = "INBOX";
	(void)doveadm_cmd_param_array(ctx->cctx, "uid", &uids);
	for (; uids != NULL && *uids != NULL; uids++) {
		if (str_to_uint32(*uids, &uid) < 0 || uid == 0)
			cmd->invalid = TRUE;
		else
			seq_range_array_add(&cmd->uids, uid);
	}
	doveadm_print_header("user", "user", 0);
	doveadm_print_header("uid", "uid", DOVEADM_PRINT_HEADER_FLAG_NUMBER);
	doveadm_print_header("folder", "folder", 0);
	doveadm_print_header("subject", "subject", 0);
}

static struct doveadm_mail_cmd_context *quarantine_release_alloc(void)
{
	static const struct pix_doveadm_mail_vfuncs vfuncs = {
		.init = quarantine_release_init,
		.run = quarantine_release_run,
	};

	doveadm_print_init(DOVEADM_PRINT_TYPE_TABLE);
	return pix_doveadm_mail_alloc(sizeof(struct quarantine_release_cmd), &vfuncs);
}

struct doveadm_cmd_ver2 pix_doveadm_cmd_quarantine_release = {
	.name = "pix quarantine release",
	.mail_cmd = quarantine_release_alloc,
	.usage = DOVEADM_CMD_MAIL_USAGE_PREFIX"[-m <folder>] <uid> [<uid> ...]",
DOVEADM_CMD_PARAMS_START
DOVEADM_CMD_MAIL_COMMON
DOVEADM_CMD_PARAM('m', "folder", CMD_PARAM_STR, 0)
DOVEADM_CMD_PARAM('\0', "uid", CMD_PARAM_ARRAY, CMD_PARAM_FLAG_POSITIONAL)
DOVEADM_CMD_PARAMS_END
};
