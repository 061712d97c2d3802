/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "doveadm-pix-sort-run.h"
#include "pix-core.h"
#include "pix-json.h"
#include "hash.h"
#include "write-full.h"
#include "imap-util.h"
#include "mail-namespace.h"
#include "mail-storage-private.h"
#include "mail-user.h"

#include <fcntl.h>
#include <unistd.h>

#define PIX_SORT_UNDO_FILE ".pix-sort-undo"

/* A folder that gets mails. */
struct sort_target {
	const char *name;
	struct mailbox *box;
	struct mailbox_transaction_context *trans;
	/* GUIDs that are there already: running twice files nothing twice */
	HASH_TABLE_TYPE(pix_sort_guids) guids;
};

struct sort_apply {
	pool_t pool;
	struct mail_user *user;
	ARRAY(struct sort_target *) targets;
};

const char *pix_sort_undo_path(struct mail_user *user)
{
	const char *home;

	if (mail_user_get_home(user, &home) <= 0) {
		i_error("Could not find the undo file: the user has no home: user=%s",
			user->username);
		return NULL;
	}
	return t_strconcat(home, "/"PIX_SORT_UNDO_FILE, NULL);
}

static json_t *sort_apply_strings(const char *const *strings)
{
	json_t *list = json_array();

	for (; *strings != NULL; strings++)
		json_array_append_new(list, json_string_nocheck(*strings));
	return list;
}

static void
sort_undo_append(buffer_t *dest, const char *folder, const struct pix_sort_plan *plan)
{
	json_t *record = json_object();
	string_t *flags = t_str_new(64);

	imap_write_flags(flags, plan->old_flags, plan->old_keywords);
	pix_json_set_str(record, "guid", plan->guid);
	pix_json_set_str(record, "folder", folder);
	pix_json_set_bool(record, "stays", plan->stays);
	pix_json_set_str(record, "flags", str_c(flags));
	json_object_set_new(record, "targets", sort_apply_strings(plan->targets));
	pix_json_append(dest, record);
	buffer_append_c(dest, '\n');
	json_decref(record);
}

/* Before anything is changed: what is needed to change it back. */
static int
sort_undo_write(struct mail_user *user, const char *folder,
		const ARRAY_TYPE(pix_sort_plan) *plans)
{
	const char *path = pix_sort_undo_path(user);
	const struct pix_sort_plan *plan;
	buffer_t *text = buffer_create_dynamic(default_pool, 1024);
	int fd, ret;

	if (path == NULL) {
		buffer_free(&text);
		return -1;
	}
	array_foreach(plans, plan) T_BEGIN {
		sort_undo_append(text, folder, plan);
	} T_END;
	fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600);
	ret = fd == -1 ? -1 : write_full(fd, text->data, text->used);
	if (ret == 0)
		ret = fdatasync(fd);
	if (ret < 0)
		i_error("Could not write the undo file: path=%s: %m", path);
	i_close_fd(&fd);
	buffer_free(&text);
	return ret;
}

static struct sort_target *
sort_target_get(struct sort_apply *apply, const char *name)
{
	struct mail_namespace *ns = mail_namespace_find(apply->user->namespaces, name);
	struct sort_target *target, *const *targetp;

	array_foreach(&apply->targets, targetp) {
		if (strcmp((*targetp)->name, name) == 0)
			return (*targetp)->trans == NULL ? NULL : *targetp;
	}
	target = p_new(apply->pool, struct sort_target, 1);
	target->name = p_strdup(apply->pool, name);
	hash_table_create(&target->guids, default_pool, 0, str_hash, strcmp);
	target->box = mailbox_alloc(ns->list, name, 0);
	array_push_back(&apply->targets, &target);
	if (mailbox_open(target->box) < 0 &&
	    mailbox_get_last_mail_error(target->box) == MAIL_ERROR_NOTFOUND &&
	    mailbox_create(target->box, NULL, FALSE) == 0)
		(void)mailbox_open(target->box);
	if (!target->box->opened ||
	    mailbox_sync(target->box, MAILBOX_SYNC_FLAG_FULL_READ) < 0 ||
	    pix_sort_guids_read(apply->pool, target->box, target->guids) < 0) {
		i_error("Could not open the folder: name=%s: %s", name,
			mailbox_get_last_internal_error(target->box, NULL));
		return NULL;
	}
	target->trans = mailbox_transaction_begin(target->box,
		MAILBOX_TRANSACTION_FLAG_EXTERNAL, "pix sort run");
	return target;
}

static int
sort_apply_copy(struct sort_apply *apply, struct mail *mail,
		const struct pix_sort_plan *plan, const char *name, bool move)
{
	struct sort_target *target = sort_target_get(apply, name);
	const char *const *new_keywords, *const *old_keywords = mail_get_keywords(mail);
	struct mail_keywords *keywords, *old, *merged;
	struct mail_save_context *save;
	enum mail_flags flags;
	int ret;

	if (target == NULL)
		return -1;
	if (hash_table_lookup(target->guids, plan->guid) != NULL) {
		if (move)
			mail_expunge(mail);
		return 0;
	}
	flags = pix_sort_flags_parse(plan->flags, &new_keywords);
	save = mailbox_save_alloc(target->trans);
	mailbox_save_copy_flags(save, mail);
	old = mailbox_keywords_create_valid(target->box, old_keywords);
	keywords = mailbox_keywords_create_valid(target->box, new_keywords);
	merged = mailbox_keywords_merge(old, keywords);
	mailbox_save_set_flags(save, flags | mail_get_flags(mail), merged);
	mailbox_keywords_unref(&old);
	mailbox_keywords_unref(&keywords);
	mailbox_keywords_unref(&merged);
	ret = move ? mailbox_move(&save, mail) : mailbox_copy(&save, mail);
	if (ret < 0) {
		i_error("Could not file a mail: uid=%u folder=%s: %s", mail->uid, name,
			mailbox_get_last_internal_error(target->box, NULL));
	}
	return ret;
}

static int
sort_apply_mail(struct sort_apply *apply, struct mail *mail,
		const struct pix_sort_plan *plan)
{
	const char *const *target, *const *words;
	struct mail_keywords *keywords;
	enum mail_flags flags;

	for (target = plan->targets; *target != NULL; target++) {
		if (sort_apply_copy(apply, mail, plan, *target,
				    !plan->stays && target[1] == NULL) < 0)
			return -1;
	}
	if (plan->stays) {
		flags = pix_sort_flags_parse(plan->flags, &words);
		if (flags != 0)
			mail_update_flags(mail, MODIFY_ADD, flags);
		keywords = mailbox_keywords_create_valid(mail->box, words);
		mail_update_keywords(mail, MODIFY_ADD, keywords);
		mailbox_keywords_unref(&keywords);
	}
	return 0;
}

/* Copies first: a mail may leave its folder only when it is elsewhere. */
static int sort_apply_finish(struct sort_apply *apply, int ret)
{
	struct sort_target *target, *const *targetp;

	array_foreach(&apply->targets, targetp) {
		target = *targetp;
		if (target->trans != NULL && ret < 0)
			mailbox_transaction_rollback(&target->trans);
		else if (target->trans != NULL &&
			 mailbox_transaction_commit(&target->trans) < 0) {
			i_error("Could not write to the folder: name=%s: %s", target->name,
				mailbox_get_last_internal_error(target->box, NULL));
			ret = -1;
		}
		hash_table_destroy(&target->guids);
		mailbox_free(&target->box);
	}
	return ret;
}

static int
sort_apply_box(struct sort_apply *apply, struct mailbox *box,
	       const ARRAY_TYPE(pix_sort_plan) *plans)
{
	struct mailbox_transaction_context *t =
		mailbox_transaction_begin(box, 0, "pix sort run");
	struct mail *mail = mail_alloc(t, MAIL_FETCH_FLAGS, NULL);
	const struct pix_sort_plan *plan;
	int ret = 0, count = 0;

	array_foreach(plans, plan) {
		/* gone meanwhile: somebody else was quicker */
		if (!mail_set_uid(mail, plan->uid))
			continue;
		T_BEGIN {
			ret = sort_apply_mail(apply, mail, plan);
		} T_END;
		if (ret < 0)
			break;
		count++;
	}
	mail_free(&mail);
	ret = sort_apply_finish(apply, ret);
	if (ret < 0)
		mailbox_transaction_rollback(&t);
	else if (mailbox_transaction_commit(&t) < 0 || mailbox_sync(box, 0) < 0) {
		i_error("Could not write to the folder: name=%s: %s",
			mailbox_get_vname(box), mailbox_get_last_internal_error(box, NULL));
		ret = -1;
	}
	return ret < 0 ? -1 : count;
}

int pix_sort_apply(struct mail_user *user, const char *folder,
		   const ARRAY_TYPE(pix_sort_plan) *plans)
{
	struct mail_namespace *ns = mail_namespace_find(user->namespaces, folder);
	struct sort_apply apply = { .user = user };
	struct mailbox *box;
	int ret = -1;

	if (array_count(plans) == 0)
		return 0;
	if (sort_undo_write(user, folder, plans) < 0)
		return -1;
	apply.pool = pool_alloconly_create("sort apply", 4096);
	p_array_init(&apply.targets, apply.pool, 8);
	box = mailbox_alloc(ns->list, folder, 0);
	if (mailbox_open(box) < 0 ||
	    mailbox_sync(box, MAILBOX_SYNC_FLAG_FULL_READ) < 0) {
		i_error("Could not open the folder: name=%s: %s", folder,
			mailbox_get_last_internal_error(box, NULL));
	} else {
		ret = sort_apply_box(&apply, box, plans);
	}
	mailbox_free(&box);
	pool_unref(&apply.pool);
	return ret;
}
