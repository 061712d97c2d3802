/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

/* doveadm pix sort canary: which authserv-ids really arrive at a user, and which
   of them are trusted, from the newest mails of INBOX. */

#include "doveadm-pix-sort.h"
#include "pix-core.h"
#include "pix-doveadm-mail.h"
#include "pix-mail-authres.h"
#include "pix-settings-sort.h"
#include "mail-namespace.h"
#include "mail-storage-private.h"
#include "mail-user.h"

#define SORT_CANARY_MAILS 100

/* One kind of field: an authserv-id at a height, trusted or not. */
struct sort_canary_row {
	const char *authserv_id, *verdict;
	unsigned int received_above, count;
	bool trusted;
};

struct sort_canary_cmd {
	struct pix_doveadm_mail_cmd cmd;
	/* of one user */
	const struct pix_sort_settings *set;
	ARRAY(struct sort_canary_row) rows;
	unsigned int mail_count;
	/* of all users */
	bool trusted;
};

static void
sort_canary_count(struct sort_canary_cmd *cmd, const struct pix_authres_seen *seen)
{
	const char *id = seen->authserv_id == NULL ? "" : seen->authserv_id;
	const char *verdict = seen->refused == NULL ? "trusted" : seen->refused;
	struct sort_canary_row *row;

	array_foreach_modifiable(&cmd->rows, row) {
		if (strcasecmp(row->authserv_id, id) == 0 &&
		    row->received_above == seen->received_above &&
		    strcmp(row->verdict, verdict) == 0) {
			row->count++;
			return;
		}
	}
	row = array_append_space(&cmd->rows);
	row->authserv_id = p_strdup(cmd->cmd.ctx.pool, id);
	row->verdict = verdict;
	row->received_above = seen->received_above;
	row->trusted = seen->refused == NULL;
	row->count = 1;
}

static void sort_canary_mail(struct sort_canary_cmd *cmd, struct mail *mail)
{
	pool_t pool = pool_alloconly_create("sort canary", 2048);
	struct pix_authres_set *results = pix_mail_authres_get(pool, cmd->set, mail);
	const struct pix_authres_seen *seen;
	unsigned int count;

	if (results != NULL) {
		cmd->mail_count++;
		seen = pix_authres_set_seen(results, &count);
		for (unsigned int i = 0; i < count; i++)
			sort_canary_count(cmd, &seen[i]);
	}
	pool_unref(&pool);
}

static int
sort_canary_read(struct sort_canary_cmd *cmd, struct mail_user *user,
		 const char *folder)
{
	struct mail_namespace *ns = mail_namespace_find(user->namespaces, folder);
	struct mailbox *box = mailbox_alloc(ns->list, folder, MAILBOX_FLAG_READONLY);
	struct mailbox_transaction_context *t;
	struct mailbox_status status;
	struct mail *mail;

	if (mailbox_open(box) < 0 ||
	    mailbox_sync(box, MAILBOX_SYNC_FLAG_FULL_READ) < 0) {
		i_error("Could not open the folder: name=%s: %s", folder,
			mailbox_get_last_internal_error(box, NULL));
		doveadm_mail_failed_mailbox(&cmd->cmd.ctx, box);
		mailbox_free(&box);
		return -1;
	}
	mailbox_get_open_status(box, STATUS_MESSAGES, &status);
	t = mailbox_transaction_begin(box, 0, "pix sort canary");
	mail = mail_alloc(t, 0, NULL);
	for (uint32_t seq = status.messages; seq > 0 &&
	     status.messages - seq < SORT_CANARY_MAILS; seq--) T_BEGIN {
		mail_set_seq(mail, seq);
		sort_canary_mail(cmd, mail);
	} T_END;
	mail_free(&mail);
	(void)mailbox_transaction_commit(&t);
	mailbox_free(&box);
	return 0;
}

static int
sort_canary_run(struct doveadm_mail_cmd_context *ctx, struct mail_user *user)
{
	struct sort_canary_cmd *cmd =
		container_of(ctx, struct sort_canary_cmd, cmd.ctx);
	const char *folder = pix_doveadm_str(ctx->cctx, "folder");
	const struct sort_canary_row *row;
	const char *const *unknown, *error;
	const void *set;
	int ret;

	if (pix_settings_get_user(user, &pix_sort_setting_parser_info, &set,
				  &unknown, &error) < 0) {
		i_error("Could not read settings: %s", error);
		doveadm_mail_failed_error(ctx, MAIL_ERROR_PARAMS);
		return -1;
	}
	cmd->set = set;
	cmd->mail_count = 0;
	p_array_init(&cmd->rows, ctx->pool, 8);
	ret = sort_canary_read(cmd, user, folder == NULL ? "INBOX" : folder);
	array_foreach(&cmd->rows, row) {
		doveadm_print(user->username);
		doveadm_print(row->authserv_id);
		doveadm_print_num(row->received_above);
		doveadm_print_num(row->count);
		doveadm_print_num(cmd->mail_count);
		doveadm_print(row->verdict);
		if (row->trusted)
			cmd->trusted = TRUE;
	}
	pix_settings_free(&cmd->set);
	return ret;
}

static void sort_canary_init(struct doveadm_mail_cmd_context *ctx ATTR_UNUSED)
{
	doveadm_print_header("user", "user", 0);
	doveadm_print_header("authserv-id", "authserv-id", 0);
	doveadm_print_header("received-above", "received-above",
			     DOVEADM_PRINT_HEADER_FLAG_NUMBER);
	doveadm_print_header("fields", "fields", DOVEADM_PRINT_HEADER_FLAG_NUMBER);
	doveadm_print_header("mails", "mails", DOVEADM_PRINT_HEADER_FLAG_NUMBER);
	doveadm_print_header("verdict", "verdict", 0);
}

/* A canary that finds nothing to trust is dead. */
static void sort_canary_deinit(struct doveadm_mail_cmd_context *ctx)
{
	struct sort_canary_cmd *cmd =
		container_of(ctx, struct sort_canary_cmd, cmd.ctx);

	if (!cmd->trusted && ctx->exit_code == 0) {
		i_error("No mail has trusted Authentication-Results "
			"(check pix_sort_authserv_id, pix_sort_max_received and the mail server)");
		ctx->exit_code = EX_DATAERR;
	}
}

static struct doveadm_mail_cmd_context *sort_canary_alloc(void)
{
	static const struct pix_doveadm_mail_vfuncs vfuncs = {
		.init = sort_canary_init,
		.run = sort_canary_run,
		.deinit = sort_canary_deinit,
	};

	doveadm_print_init(DOVEADM_PRINT_TYPE_TABLE);
	return pix_doveadm_mail_alloc(sizeof(struct sort_canary_cmd), &vfuncs);
}

struct doveadm_cmd_ver2 pix_doveadm_cmd_sort_canary = {
	.name = "pix sort canary",
	.mail_cmd = sort_canary_alloc,
	.usage = DOVEADM_CMD_MAIL_USAGE_PREFIX"[-m <folder>]",
DOVEADM_CMD_PARAMS_START
DOVEADM_CMD_MAIL_COMMON
DOVEADM_CMD_PARAM('m', "folder", CMD_PARAM_STR, 0)
DOVEADM_CMD_PARAMS_END
};
