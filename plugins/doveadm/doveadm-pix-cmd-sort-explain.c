/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

/* doveadm pix sort explain -u USER MAILBOX UID: by which script, line and test
   the scripts of now file a mail. */

#include "doveadm-pix-sort-run.h"
#include "pix-core.h"
#include "strnum.h"
#include "istream.h"
#include "mail-namespace.h"
#include "mail-storage.h"
#include "mail-user.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#define SORT_EXPLAIN_MAX_LINE (64 * 1024)

static void
sort_explain_row(const char *script, unsigned int line, const char *kind,
		 const char *text)
{
	doveadm_print(script);
	doveadm_print_num(line);
	doveadm_print(kind);
	doveadm_print(text);
}

/* "   4: header test", "## Started executing script 'x'" */
static void sort_explain_trace_line(const char **script, const char *line)
{
	const char *text = line, *begin, *end;
	unsigned int number;

	begin = strchr(line, '\'');
	if (strncmp(line, "## Started executing script", 27) == 0 && begin != NULL) {
		end = strrchr(begin + 1, '\'');
		*script = t_strdup_until(begin + 1, end == NULL ?
					 begin + strlen(begin) : end);
		return;
	}
	while (*text == ' ')
		text++;
	if (str_parse_uint(text, &number, &text) < 0 || text[0] != ':')
		return;
	text++;
	while (*text == ' ')
		text++;
	sort_explain_row(*script, number, "step", text);
}

static void sort_explain_trace(const char *path)
{
	struct istream *input = i_stream_create_file(path, SORT_EXPLAIN_MAX_LINE);
	const char *script = "", *line;

	while ((line = i_stream_read_next_line(input)) != NULL)
		sort_explain_trace_line(&script, line);
	i_stream_destroy(&input);
}

static void
sort_explain_verdict(const struct pix_sieve_verdict *verdict)
{
	for (unsigned int i = 0; i < verdict->action_count; i++) {
		const struct pix_sieve_action *action = &verdict->actions[i];
		const char *text = action->name, *line, *script = action->location;
		unsigned int number = 0;

		if (action->type == PIX_SIEVE_ACTION_STORE)
			text = t_strconcat("store in folder ", action->folder, NULL);
		if (action->flags[0] != '\0')
			text = t_strconcat(text, " with flags ", action->flags, NULL);
		line = strstr(action->location, ": line ");
		if (line != NULL && str_to_uint(line + 7, &number) == 0)
			script = t_strdup_until(script, line);
		sort_explain_row(script, number, "action", text);
	}
	if (verdict->error != NULL)
		sort_explain_row("", 0, "error", verdict->error);
}

static int
sort_explain_mail(struct mail_user *user, struct mail *mail)
{
	pool_t pool = pool_alloconly_create("sort explain", 4096);
	char path[] = "/tmp/pix-sort-trace.XXXXXX";
	struct pix_sieve_chain *chain;
	struct pix_sieve_verdict verdict;
	const char *error;
	int fd = mkstemp(path), ret = -1;

	if (fd == -1) {
		i_error("mkstemp(%s) failed: %m", path);
	} else if (pix_sieve_chain_init(user, &chain, &error) < 0) {
		i_error("Could not run the scripts: user=%s: %s", user->username, error);
	} else {
		ret = pix_sieve_chain_run(chain, pool, mail, path, &verdict);
		if (ret == 0) {
			sort_explain_trace(path);
			sort_explain_verdict(&verdict);
		}
		pix_sieve_chain_deinit(&chain);
	}
	if (fd != -1) {
		i_close_fd(&fd);
		i_unlink(path);
	}
	pool_unref(&pool);
	return ret;
}

static int
sort_explain_run(struct doveadm_mail_cmd_context *ctx, struct mail_user *user)
{
	const char *folder = pix_doveadm_str(ctx->cctx, "mailbox");
	const char *uid_str = pix_doveadm_str(ctx->cctx, "uid");
	struct mailbox_transaction_context *t;
	struct mail_namespace *ns;
	struct mailbox *box;
	struct mail *mail;
	uint32_t uid;
	int ret = -1;

	if (folder == NULL || uid_str == NULL || str_to_uint32(uid_str, &uid) < 0) {
		i_error("Give a mailbox and a UID");
		doveadm_mail_failed_error(ctx, MAIL_ERROR_PARAMS);
		return -1;
	}
	ns = mail_namespace_find(user->namespaces, folder);
	box = mailbox_alloc(ns->list, folder, MAILBOX_FLAG_READONLY);
	if (mailbox_open(box) < 0 ||
	    mailbox_sync(box, MAILBOX_SYNC_FLAG_FULL_READ) < 0) {
		i_error("Could not open the folder: name=%s: %s", folder,
			mailbox_get_last_internal_error(box, NULL));
		doveadm_mail_failed_mailbox(ctx, box);
		mailbox_free(&box);
		return -1;
	}
	t = mailbox_transaction_begin(box, 0, "pix sort explain");
	mail = mail_alloc(t, 0, NULL);
	if (!mail_set_uid(mail, uid)) {
		i_error("No such mail: mailbox=%s uid=%u", folder, uid);
		doveadm_mail_failed_error(ctx, MAIL_ERROR_NOTFOUND);
	} else {
		ret = sort_explain_mail(user, mail);
		if (ret < 0)
			doveadm_mail_failed_error(ctx, MAIL_ERROR_TEMP);
	}
	mail_free(&mail);
	(void)mailbox_transaction_commit(&t);
	mailbox_free(&box);
	return ret;
}

static void sort_explain_init(struct doveadm_mail_cmd_context *ctx ATTR_UNUSED)
{
	doveadm_print_header("script", "script", 0);
	doveadm_print_header("line", "line", DOVEADM_PRINT_HEADER_FLAG_NUMBER);
	doveadm_print_header("kind", "kind", 0);
	doveadm_print_header("text", "text", 0);
}

static struct doveadm_mail_cmd_context *sort_explain_alloc(void)
{
	static const struct pix_doveadm_mail_vfuncs vfuncs = {
		.init = sort_explain_init,
		.run = sort_explain_run,
	};

	doveadm_print_init(DOVEADM_PRINT_TYPE_TABLE);
	return pix_doveadm_mail_alloc(sizeof(struct pix_doveadm_mail_cmd), &vfuncs);
}

struct doveadm_cmd_ver2 pix_doveadm_cmd_sort_explain = {
	.name = "pix sort explain",
	.mail_cmd = sort_explain_alloc,
	.usage = DOVEADM_CMD_MAIL_USAGE_PREFIX"<mailbox> <uid>",
DOVEADM_CMD_PARAMS_START
DOVEADM_CMD_MAIL_COMMON
DOVEADM_CMD_PARAM('\0', "mailbox", CMD_PARAM_STR, CMD_PARAM_FLAG_POSITIONAL)
DOVEADM_CMD_PARAM('\0', "uid", CMD_PARAM_STR, CMD_PARAM_FLAG_POSITIONAL)
DOVEADM_CMD_PARAMS_END
};
