/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-archive-guard.h"
#include "mailbox-list-iter.h"
#include "mail-namespace.h"
#include "mail-search-build.h"
#include "mail-storage-private.h"

/* A folder that gets another name can lose its label: what is protected less
   under the new name is handed over first. The mail stays in the folder. */

struct rename_state {
	struct pix_archive_user *auser;
	struct mailbox *src;
	const char *new_name;
	unsigned int generation;
};

static int
rename_mail(struct rename_state *state, struct mail *mail,
	    const struct pix_archive_folder *old_folder,
	    const struct pix_archive_folder *new_folder)
{
	struct pix_retention_decision was, is;
	enum pix_archive_verdict verdict;

	i_zero(&is);
	verdict = pix_archive_guard_decide(state->auser, mail, old_folder, &was);
	if (verdict == PIX_ARCHIVE_FREE || (verdict == PIX_ARCHIVE_RETAINED && was.grace))
		return 0;
	if (verdict == PIX_ARCHIVE_RETAINED)
		verdict = pix_archive_guard_decide(state->auser, mail, new_folder, &is);
	if (verdict == PIX_ARCHIVE_FAIL)
		return -1;
	if (verdict == PIX_ARCHIVE_RETAINED && !is.grace &&
	    is.until >= was.until && (!was.held || is.held))
		return 0;
	return pix_archive_guard_send(state->auser, mail, old_folder, &was, "rename") < 0 ?
		-1 : 0;
}

static int
rename_mailbox(struct rename_state *state, struct mailbox *box, const char *suffix)
{
	struct pix_archive_folder old_folder, new_folder;
	struct mailbox_transaction_context *trans;
	struct mail_search_context *ctx;
	struct mail_search_args *args;
	struct mail *mail;
	int ret = 0;

	if (mailbox_open(box) < 0) {
		/* a folder that holds none but folders */
		return mailbox_get_last_mail_error(box) == MAIL_ERROR_NOTFOUND ? 0 : -1;
	}
	if (mailbox_sync(box, MAILBOX_SYNC_FLAG_FULL_READ) < 0)
		return -1;
	pix_archive_folder_get(box, &old_folder);
	new_folder = old_folder;
	new_folder.name = t_strconcat(state->new_name, suffix, NULL);
	/* special uses stay with the name */
	new_folder.special_uses = NULL;
	trans = mailbox_transaction_begin(box, 0, __func__);
	args = mail_search_build_init();
	mail_search_build_add_all(args);
	ctx = mailbox_search_init(trans, args, NULL, 0, NULL);
	mail_search_args_unref(&args);
	while (ret == 0 && mailbox_search_next(ctx, &mail)) T_BEGIN {
		ret = rename_mail(state, mail, &old_folder, &new_folder);
	} T_END;
	if (mailbox_search_deinit(&ctx) < 0)
		ret = -1;
	mailbox_transaction_rollback(&trans);
	return ret;
}

static int rename_one(struct rename_state *state, const char *vname, const char *suffix)
{
	struct mailbox *box = mailbox_alloc(state->src->list, vname,
					    MAILBOX_FLAG_READONLY | MAILBOX_FLAG_IGNORE_ACLS);
	enum mail_error error;
	const char *text;
	int ret = rename_mailbox(state, box, suffix);

	if (ret < 0) {
		text = t_strdup(mailbox_get_last_error(box, &error));
		mail_storage_set_error(state->src->storage, error, text);
	}
	mailbox_free(&box);
	return ret;
}

static int rename_children(struct rename_state *state)
{
	const char *vname = mailbox_get_vname(state->src);
	char sep = mail_namespace_get_sep(mailbox_get_namespace(state->src));
	struct mailbox_list_iterate_context *iter;
	const struct mailbox_info *info;
	int ret = 0;

	iter = mailbox_list_iter_init(state->src->list,
		t_strdup_printf("%s%c*", vname, sep), MAILBOX_LIST_ITER_RAW_LIST |
		MAILBOX_LIST_ITER_NO_AUTO_BOXES | MAILBOX_LIST_ITER_RETURN_NO_FLAGS);
	while (ret == 0 && (info = mailbox_list_iter_next(iter)) != NULL) T_BEGIN {
		char *suffix = t_strdup_noconst(info->vname + strlen(vname));

		for (char *p = suffix; *p != '\0'; p++) {
			if (*p == sep)
				*p = '/';
		}
		ret = rename_one(state, info->vname, suffix);
	} T_END;
	if (mailbox_list_iter_deinit(&iter) < 0)
		ret = -1;
	return ret;
}

int pix_archive_rename(struct pix_archive_user *auser, struct mailbox *src,
		       struct mailbox *dest)
{
	struct pix_archive_folder folder;
	struct rename_state state = {
		.auser = auser,
		.src = src,
		.generation = pix_archive_guard_generation(auser),
	};
	int ret;

	pix_archive_folder_get(dest, &folder);
	state.new_name = folder.name;
	pix_archive_guard_enter(auser);
	ret = rename_one(&state, mailbox_get_vname(src), "");
	if (ret == 0)
		ret = rename_children(&state);
	if (ret == 0)
		ret = pix_archive_guard_wait(auser, src, state.generation);
	pix_archive_guard_leave(auser, ret < 0);
	return ret;
}
