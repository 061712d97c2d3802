/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

/* doveadm pix sort run -u USER [--apply] QUERY: what the scripts would do with
   mail that is there already, and with --apply does it. */

#include "doveadm-pix-sort-run.h"
#include "pix-core.h"
#include "pix-settings-sort.h"
#include "pix-sort-marks.h"
#include "doveadm-mail-iter.h"
#include "doveadm-mailbox-list-iter.h"
#include "mail-search.h"
#include "mail-storage.h"
#include "mail-user.h"

#include <unistd.h>

struct sort_run_cmd {
	struct pix_doveadm_mail_cmd cmd;
	bool apply, invalid;
	/* of one user */
	struct pix_sieve_chain *chain;
	struct pix_sort_folders folders;
	const char *trash;
	/* of all users */
	unsigned int mail_count, change_count, fail_count;
};

static const char *sort_run_actions(const struct pix_sieve_verdict *verdict,
				    const struct pix_sort_marks *marks)
{
	string_t *str = t_str_new(128);

	for (unsigned int i = 0; i < verdict->action_count; i++) {
		const struct pix_sieve_action *action = &verdict->actions[i];

		if (i > 0)
			str_append(str, "; ");
		str_append(str, action->name);
		if (action->type == PIX_SIEVE_ACTION_STORE)
			str_printfa(str, " %s", action->folder);
		if (action->flags[0] != '\0')
			str_printfa(str, " (%s)", action->flags);
		if (action->location[0] != '\0')
			str_printfa(str, " [%s]", action->location);
	}
	if (marks != NULL) {
		for (unsigned int i = 0; i < marks->tag_count; i++)
			str_printfa(str, "; tag %s", marks->tags[i]);
		for (unsigned int i = 0; i < marks->label_count; i++)
			str_printfa(str, "; retain %s", marks->labels[i]);
	}
	if (verdict->error != NULL)
		str_printfa(str, "; %s", verdict->error);
	return str_c(str);
}

static const char *
sort_run_result(const struct sort_run_cmd *cmd, const struct pix_sort_plan *plan)
{
	const char *done = cmd->apply ? "" : "would be ";

	if (!pix_sort_plan_changes(plan))
		return "stays";
	if (plan->targets[0] == NULL)
		return t_strconcat(done, "marked", NULL);
	return t_strdup_printf("%s%s to %s", done, plan->stays ? "copied" : "moved",
			       t_strarray_join(plan->targets, ", "));
}

static void sort_run_reset_marks(struct mail_user *user, struct pix_sort_marks *marks)
{
	if (marks == NULL)
		return;
	marks->label_count = marks->tag_count = 0;
	marks->labels = NULL;
	event_set_ptr(user->event, PIX_SORT_LABELS_KEY, NULL);
}

static void
sort_run_mail(struct sort_run_cmd *cmd, struct mail_user *user, struct mail *mail,
	      pool_t plan_pool, ARRAY_TYPE(pix_sort_plan) *plans)
{
	struct pix_sort_marks *marks = pix_sort_marks_get(user);
	pool_t pool = pool_alloconly_create("sort run", 4096);
	ARRAY_TYPE(const_string) tags;
	struct pix_sieve_verdict verdict;
	struct pix_sort_plan plan;

	sort_run_reset_marks(user, marks);
	cmd->mail_count++;
	if (pix_sieve_chain_run(cmd->chain, pool, mail, NULL, &verdict) < 0) {
		cmd->fail_count++;
		pool_unref(&pool);
		return;
	}
	t_array_init(&tags, 8);
	if (marks != NULL)
		array_append(&tags, marks->tags, marks->tag_count);
	array_append_zero(&tags);
	pix_sort_plan_make(plan_pool, &cmd->folders, mail, cmd->trash, &verdict,
			   array_front(&tags), &plan);
	if (verdict.error != NULL)
		cmd->fail_count++;
	if (pix_sort_plan_changes(&plan)) {
		cmd->change_count++;
		array_push_back(plans, &plan);
	}
	doveadm_print(user->username);
	doveadm_print(mailbox_get_vname(mail->box));
	doveadm_print_num(mail->uid);
	doveadm_print(pix_doveadm_mail_header(mail, "Subject"));
	doveadm_print(sort_run_actions(&verdict, marks));
	doveadm_print(sort_run_result(cmd, &plan));
	sort_run_reset_marks(user, marks);
	pool_unref(&pool);
}

static int
sort_run_box(struct sort_run_cmd *cmd, struct mail_user *user,
	     const struct mailbox_info *info)
{
	static const char *const headers[] = { "Subject", NULL };
	pool_t pool = pool_alloconly_create("sort plans", 4096);
	ARRAY_TYPE(pix_sort_plan) plans;
	struct doveadm_mail_iter *iter;
	struct mail *mail;
	int ret;

	ret = doveadm_mail_iter_init(&cmd->cmd.ctx, info, cmd->cmd.ctx.search_args,
				     MAIL_FETCH_FLAGS | MAIL_FETCH_GUID, headers,
				     DOVEADM_MAIL_ITER_FLAG_READONLY, &iter);
	if (ret < 0) {
		pool_unref(&pool);
		return -1;
	}
	p_array_init(&plans, pool, 64);
	while (doveadm_mail_iter_next(iter, &mail)) T_BEGIN {
		sort_run_mail(cmd, user, mail, pool, &plans);
	} T_END;
	ret = doveadm_mail_iter_deinit(&iter);
	if (ret == 0 && cmd->apply &&
	    pix_sort_apply(user, info->vname, &plans) < 0) {
		doveadm_mail_failed_error(&cmd->cmd.ctx, MAIL_ERROR_TEMP);
		ret = -1;
	}
	pool_unref(&pool);
	return ret;
}

static int
sort_run_boxes(struct sort_run_cmd *cmd, struct mail_user *user)
{
	const enum mailbox_list_iter_flags flags =
		MAILBOX_LIST_ITER_NO_AUTO_BOXES | MAILBOX_LIST_ITER_RETURN_NO_FLAGS;
	struct doveadm_mailbox_list_iter *iter;
	const struct mailbox_info *info;
	ARRAY_TYPE(const_string) names;
	const char *const *name;
	int ret = 0;

	/* the folders as they were, without those that are made on the way */
	t_array_init(&names, 16);
	iter = doveadm_mailbox_list_iter_init(&cmd->cmd.ctx, user,
					      cmd->cmd.ctx.search_args, flags);
	while ((info = doveadm_mailbox_list_iter_next(iter)) != NULL) {
		const char *copy = t_strdup(info->vname);

		array_push_back(&names, &copy);
	}
	if (doveadm_mailbox_list_iter_deinit(&iter) < 0)
		ret = -1;
	array_foreach(&names, name) T_BEGIN {
		const struct mailbox_info box = {
			.vname = *name,
			.ns = mail_namespace_find(user->namespaces, *name),
		};

		if (sort_run_box(cmd, user, &box) < 0)
			ret = -1;
	} T_END;
	return ret;
}

static int
sort_run_run(struct doveadm_mail_cmd_context *ctx, struct mail_user *user)
{
	struct sort_run_cmd *cmd = container_of(ctx, struct sort_run_cmd, cmd.ctx);
	const struct pix_sort_settings *set;
	const char *const *unknown, *error, *undo;
	const void *values;
	int ret;

	if (pix_settings_get_user(user, &pix_sort_setting_parser_info, &values,
				  &unknown, &error) < 0 ||
	    pix_sieve_chain_init(user, &cmd->chain, &error) < 0) {
		i_error("Could not run the scripts: user=%s: %s", user->username, error);
		doveadm_mail_failed_error(ctx, MAIL_ERROR_TEMP);
		return -1;
	}
	set = values;
	cmd->trash = t_strdup(set->pix_sort_retain_folder);
	pix_settings_free(&set);
	if (cmd->apply) {
		/* undo goes back one run */
		undo = pix_sort_undo_path(user);
		if (undo != NULL)
			i_unlink_if_exists(undo);
	}
	pix_sort_folders_init(&cmd->folders);
	ret = sort_run_boxes(cmd, user);
	pix_sort_folders_deinit(&cmd->folders);
	pix_sieve_chain_deinit(&cmd->chain);
	return ret;
}

static void sort_run_init(struct doveadm_mail_cmd_context *ctx)
{
	struct sort_run_cmd *cmd = container_of(ctx, struct sort_run_cmd, cmd.ctx);
	const char *const *query = NULL;

	cmd->apply = pix_doveadm_bool(ctx->cctx, "apply");
	(void)doveadm_cmd_param_array(ctx->cctx, "query", &query);
	if (query == NULL || query[0] == NULL) {
		static const char *const inbox[] = { "mailbox", "INBOX", NULL };

		query = inbox;
	}
	ctx->search_args = doveadm_mail_build_search_args(query);
	doveadm_print_header("user", "user", 0);
	doveadm_print_header("mailbox", "mailbox", 0);
	doveadm_print_header("uid", "uid", DOVEADM_PRINT_HEADER_FLAG_NUMBER);
	doveadm_print_header("subject", "subject", 0);
	doveadm_print_header("actions", "actions", 0);
	doveadm_print_header("result", "result", 0);
}

static void sort_run_deinit(struct doveadm_mail_cmd_context *ctx)
{
	struct sort_run_cmd *cmd = container_of(ctx, struct sort_run_cmd, cmd.ctx);

	i_info("%u mails, %u %s, %u scripts failed%s", cmd->mail_count, cmd->change_count,
	       cmd->apply ? "changed" : "would change", cmd->fail_count,
	       cmd->apply ? "" : " (dry run: add --apply)");
}

static struct doveadm_mail_cmd_context *sort_run_alloc(void)
{
	static const struct pix_doveadm_mail_vfuncs vfuncs = {
		.init = sort_run_init,
		.run = sort_run_run,
		.deinit = sort_run_deinit,
	};

	doveadm_print_init(DOVEADM_PRINT_TYPE_TABLE);
	return pix_doveadm_mail_alloc(sizeof(struct sort_run_cmd), &vfuncs);
}

struct doveadm_cmd_ver2 pix_doveadm_cmd_sort_run = {
	.name = "pix sort run",
	.mail_cmd = sort_run_alloc,
	.usage = DOVEADM_CMD_MAIL_USAGE_PREFIX"[-a|--apply] [<search query>]",
DOVEADM_CMD_PARAMS_START
DOVEADM_CMD_MAIL_COMMON
DOVEADM_CMD_PARAM('a', "apply", CMD_PARAM_BOOL, 0)
DOVEADM_CMD_PARAM('\0', "query", CMD_PARAM_ARRAY, CMD_PARAM_FLAG_POSITIONAL)
DOVEADM_CMD_PARAMS_END
};
