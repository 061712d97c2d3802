/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "doveadm-pix-sort-run.h"
#include "pix-core.h"
#include "hash.h"
#include "imap-util.h"
#include "mail-search-build.h"
#include "mail-namespace.h"
#include "mail-storage-private.h"
#include "mail-user.h"

void pix_sort_folders_init(struct pix_sort_folders *folders)
{
	folders->pool = pool_alloconly_create("sort folders", 16 * 1024);
	p_array_init(&folders->list, folders->pool, 8);
}

void pix_sort_folders_deinit(struct pix_sort_folders *folders)
{
	struct pix_sort_folder *folder;

	array_foreach_modifiable(&folders->list, folder)
		hash_table_destroy(&folder->guids);
	pool_unref(&folders->pool);
}

int pix_sort_guids_read(pool_t pool, struct mailbox *box,
			HASH_TABLE_TYPE(pix_sort_guids) guids)
{
	struct mail_search_args *args = mail_search_build_init();
	struct mailbox_transaction_context *t =
		mailbox_transaction_begin(box, 0, "pix sort run");
	struct mail_search_context *search;
	struct mail *mail;
	const char *guid;
	int ret;

	mail_search_build_add_all(args);
	mail_search_args_init(args, box, FALSE, NULL);
	search = mailbox_search_init(t, args, NULL, MAIL_FETCH_GUID, NULL);
	while (mailbox_search_next(search, &mail)) {
		if (mail_get_special(mail, MAIL_FETCH_GUID, &guid) == 0)
			hash_table_update(guids, p_strdup(pool, guid), POINTER_CAST(1));
	}
	ret = mailbox_search_deinit(&search);
	mail_search_args_deinit(args);
	mail_search_args_unref(&args);
	(void)mailbox_transaction_commit(&t);
	return ret;
}

static bool
sort_folders_have(struct pix_sort_folders *folders, struct mail_user *user,
		  const char *name, const char *guid)
{
	struct pix_sort_folder *folder;
	struct mailbox *box;

	array_foreach_modifiable(&folders->list, folder) {
		if (strcmp(folder->name, name) == 0)
			return hash_table_lookup(folder->guids, guid) != NULL;
	}
	folder = array_append_space(&folders->list);
	folder->name = p_strdup(folders->pool, name);
	hash_table_create(&folder->guids, default_pool, 0, str_hash, strcmp);
	box = mailbox_alloc(mail_namespace_find(user->namespaces, name)->list,
			    name, MAILBOX_FLAG_READONLY);
	/* a folder that can't be read has nothing; filing into it will say why */
	if (mailbox_open(box) == 0 &&
	    mailbox_sync(box, MAILBOX_SYNC_FLAG_FULL_READ) == 0)
		(void)pix_sort_guids_read(folders->pool, box, folder->guids);
	mailbox_free(&box);
	return hash_table_lookup(folder->guids, guid) != NULL;
}

static void
sort_plan_add(pool_t pool, ARRAY_TYPE(const_string) *list, const char *word)
{
	const char *const *known;

	array_foreach(list, known) {
		if (strcasecmp(*known, word) == 0)
			return;
	}
	word = p_strdup(pool, word);
	array_push_back(list, &word);
}

static const char *const *
sort_plan_list(pool_t pool, ARRAY_TYPE(const_string) *list)
{
	array_append_zero(list);
	return p_strarray_dup(pool, array_front(list));
}

/* A delivery can't file into such a folder either, and keeps the mail. */
static const char *
sort_plan_folder_error(struct mail_user *user, const struct pix_sieve_action *action)
{
	struct mail_namespace *ns =
		mail_namespace_find(user->namespaces, action->folder);
	struct mailbox *box = mailbox_alloc(ns->list, action->folder, 0);
	enum mailbox_existence existence;
	const char *error = NULL;

	if (mailbox_exists(box, TRUE, &existence) < 0)
		error = t_strdup(mailbox_get_last_internal_error(box, NULL));
	else if (existence != MAILBOX_EXISTENCE_SELECT && !action->create)
		error = "there is no such folder";
	mailbox_free(&box);
	return error;
}

/* Returns why the actions can't be done, or NULL. */
static const char *
sort_plan_error(struct mail_user *user, const struct pix_sieve_verdict *verdict)
{
	const char *error;

	for (unsigned int i = 0; i < verdict->action_count; i++) {
		const struct pix_sieve_action *action = &verdict->actions[i];

		if (action->type != PIX_SIEVE_ACTION_STORE)
			continue;
		error = sort_plan_folder_error(user, action);
		if (error != NULL) {
			return t_strdup_printf("could not file into %s: %s",
					       action->folder, error);
		}
	}
	return NULL;
}

void pix_sort_plan_make(pool_t pool, struct pix_sort_folders *folders,
			struct mail *mail, const char *trash,
			struct pix_sieve_verdict *verdict,
			const char *const *tags, struct pix_sort_plan *plan_r)
{
	const char *own = mailbox_get_vname(mail->box), *guid;
	ARRAY_TYPE(const_string) targets, flags;
	struct mail_user *user = mail->box->storage->user;
	bool stored = FALSE;

	i_zero(plan_r);
	if (mail_get_special(mail, MAIL_FETCH_GUID, &guid) < 0)
		guid = "";
	t_array_init(&targets, 4);
	t_array_init(&flags, 8);
	if (verdict->error == NULL)
		verdict->error = sort_plan_error(user, verdict);
	if (verdict->error != NULL)
		plan_r->stays = TRUE;
	for (unsigned int i = 0; i < verdict->action_count &&
	     verdict->error == NULL; i++) {
		const struct pix_sieve_action *action = &verdict->actions[i];
		const char *const *words = t_strsplit_spaces(action->flags, " ");

		for (; *words != NULL; words++)
			sort_plan_add(pool, &flags, *words);
		if (action->type == PIX_SIEVE_ACTION_KEEP)
			plan_r->stays = TRUE;
		else if (action->type == PIX_SIEVE_ACTION_DISCARD)
			plan_r->discarded = TRUE;
		else if (action->type == PIX_SIEVE_ACTION_STORE) {
			stored = TRUE;
			if (strcmp(action->folder, own) == 0)
				plan_r->stays = TRUE;
			else if (!sort_folders_have(folders, user, action->folder, guid))
				sort_plan_add(pool, &targets, action->folder);
		}
	}
	for (; *tags != NULL; tags++)
		sort_plan_add(pool, &flags, *tags);
	if (stored || plan_r->stays)
		plan_r->discarded = FALSE;
	if (plan_r->discarded && strcmp(own, trash) != 0)
		sort_plan_add(pool, &targets, trash);
	/* only sent on, discarded in the trash already, or a copy is there */
	if (array_count(&targets) == 0)
		plan_r->stays = TRUE;
	plan_r->uid = mail->uid;
	plan_r->guid = p_strdup(pool, guid);
	plan_r->targets = sort_plan_list(pool, &targets);
	plan_r->flags = sort_plan_list(pool, &flags);
	plan_r->old_flags = mail_get_flags(mail) & ENUM_NEGATE(MAIL_RECENT);
	plan_r->old_keywords = p_strarray_dup(pool, mail_get_keywords(mail));
}

enum mail_flags pix_sort_flags_parse(const char *const *words,
				     const char *const **keywords_r)
{
	ARRAY_TYPE(const_string) keywords;
	enum mail_flags flags = 0;

	t_array_init(&keywords, 8);
	for (; *words != NULL; words++) {
		if (**words == '\\')
			flags |= imap_parse_system_flag(*words);
		else
			array_push_back(&keywords, words);
	}
	array_append_zero(&keywords);
	*keywords_r = array_front(&keywords);
	return flags;
}

bool pix_sort_plan_changes(const struct pix_sort_plan *plan)
{
	const char *const *keywords;
	enum mail_flags flags;

	if (plan->targets[0] != NULL)
		return TRUE;
	flags = pix_sort_flags_parse(plan->flags, &keywords);
	if ((flags & ~plan->old_flags) != 0)
		return TRUE;
	for (; *keywords != NULL; keywords++) {
		if (!str_array_icase_find(plan->old_keywords, *keywords))
			return TRUE;
	}
	return FALSE;
}
