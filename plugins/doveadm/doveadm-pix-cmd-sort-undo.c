/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

/* doveadm pix sort undo -u USER: takes back the last "sort run --apply" of a user:
   folders, flags and keywords are as they were. */

#include "doveadm-pix-sort-run.h"
#include "pix-core.h"
#include "pix-json.h"
#include "hash.h"
#include "istream.h"
#include "mail-namespace.h"
#include "mail-storage-private.h"
#include "mail-user.h"

#include <unistd.h>

#define SORT_UNDO_MAX_LINE (64 * 1024)

struct sort_undo_record {
	const char *guid, *folder;
	const char *const *targets;
	/* "\Seen $x", as words */
	const char *const *flags;
	bool stays, done;
};

struct sort_undo {
	struct doveadm_mail_cmd_context *ctx;
	struct mail_user *user;
	pool_t pool;
	ARRAY(struct sort_undo_record *) records;
	HASH_TABLE(const char *, struct sort_undo_record *) by_guid;
	/* the folder that is worked on */
	const char *folder;
	/* the folder that mails go back to */
	const char *home;
	struct mailbox *home_box;
	struct mailbox_transaction_context *home_trans;
	unsigned int count;
};

static void sort_undo_parse(struct sort_undo *undo, const char *line)
{
	struct sort_undo_record *record;
	const char *error;
	const json_t *list;
	const char **targets;
	json_t *obj = pix_json_parse_object(line, strlen(line), 4, &error);

	/* the last line may be cut off by a crash: nothing was done for it */
	if (obj == NULL)
		return;
	record = p_new(undo->pool, struct sort_undo_record, 1);
	record->guid = p_strdup(undo->pool, pix_json_str(obj, "guid"));
	record->folder = p_strdup(undo->pool, pix_json_str(obj, "folder"));
	record->stays = pix_json_true(obj, "stays");
	record->flags = pix_json_str(obj, "flags") == NULL ? NULL :
		(const char *const *)p_strsplit_spaces(undo->pool,
			pix_json_str(obj, "flags"), " ");
	list = json_object_get(obj, "targets");
	targets = p_new(undo->pool, const char *, json_array_size(list) + 1);
	for (size_t i = 0; i < json_array_size(list); i++) {
		targets[i] = p_strdup(undo->pool,
				      json_string_value(json_array_get(list, i)));
	}
	record->targets = targets;
	if (record->guid != NULL && record->folder != NULL &&
	    record->flags != NULL) {
		array_push_back(&undo->records, &record);
		hash_table_update(undo->by_guid, record->guid, record);
	}
	json_decref(obj);
}

static int sort_undo_read(struct sort_undo *undo, const char *path)
{
	struct istream *input = i_stream_create_file(path, SORT_UNDO_MAX_LINE);
	const char *line;
	int ret = 0;

	while ((line = i_stream_read_next_line(input)) != NULL) T_BEGIN {
		sort_undo_parse(undo, line);
	} T_END;
	if (input->stream_errno == ENOENT) {
		i_error("There is nothing to undo: user=%s", undo->user->username);
		doveadm_mail_failed_error(undo->ctx, MAIL_ERROR_NOTFOUND);
		ret = -1;
	} else if (input->stream_errno != 0) {
		i_error("Could not read the undo file: path=%s: %s", path,
			i_stream_get_error(input));
		doveadm_mail_failed_error(undo->ctx, MAIL_ERROR_TEMP);
		ret = -1;
	}
	i_stream_destroy(&input);
	return ret;
}

static void
sort_undo_set_flags(struct mail *mail, const struct sort_undo_record *record)
{
	const char *const *words;
	enum mail_flags flags = pix_sort_flags_parse(record->flags, &words);
	struct mail_keywords *keywords =
		mailbox_keywords_create_valid(mail->box, words);

	mail_update_flags(mail, MODIFY_REPLACE, flags);
	mail_update_keywords(mail, MODIFY_REPLACE, keywords);
	mailbox_keywords_unref(&keywords);
}

static int
sort_undo_move(struct sort_undo *undo, struct mail *mail,
	       struct sort_undo_record *record)
{
	struct mail_save_context *save = mailbox_save_alloc(undo->home_trans);
	struct mail_keywords *keywords;
	const char *const *words;
	enum mail_flags flags;

	mailbox_save_copy_flags(save, mail);
	flags = pix_sort_flags_parse(record->flags, &words);
	keywords = mailbox_keywords_create_valid(undo->home_box, words);
	mailbox_save_set_flags(save, flags, keywords);
	mailbox_keywords_unref(&keywords);
	if (mailbox_move(&save, mail) < 0) {
		i_error("Could not move a mail back: uid=%u: %s", mail->uid,
			mailbox_get_last_internal_error(undo->home_box, NULL));
		return -1;
	}
	record->done = TRUE;
	undo->count++;
	return 0;
}

static int sort_undo_mail(struct mail *mail, void *context)
{
	struct sort_undo *undo = context;
	struct sort_undo_record *record;
	const char *guid;

	if (mail_get_special(mail, MAIL_FETCH_GUID, &guid) < 0)
		return 0;
	record = hash_table_lookup(undo->by_guid, guid);
	if (record == NULL || strcmp(record->folder, undo->home) != 0)
		return 0;
	if (record->stays && strcmp(undo->folder, record->folder) == 0) {
		sort_undo_set_flags(mail, record);
		undo->count++;
		return 0;
	}
	if (strcmp(undo->folder, record->folder) == 0 ||
	    !str_array_find(record->targets, undo->folder))
		return 0;
	if (!record->stays && !record->done)
		return sort_undo_move(undo, mail, record);
	/* a copy of a mail that is in its own folder */
	mail_expunge(mail);
	return 0;
}

static int sort_undo_commit(void *context)
{
	struct sort_undo *undo = context;
	int ret = mailbox_transaction_commit(&undo->home_trans);

	if (ret == 0) {
		undo->home_trans = mailbox_transaction_begin(undo->home_box,
			MAILBOX_TRANSACTION_FLAG_EXTERNAL, "pix sort undo");
	}
	return ret;
}

static void
sort_undo_add_name(ARRAY_TYPE(const_string) *names, const char *name)
{
	const char *const *known;

	array_foreach(names, known) {
		if (strcmp(*known, name) == 0)
			return;
	}
	array_push_back(names, &name);
}

/* Everything that came from one folder. */
static int sort_undo_home(struct sort_undo *undo, const char *home)
{
	struct mail_namespace *ns = mail_namespace_find(undo->user->namespaces, home);
	struct sort_undo_record *const *recordp;
	ARRAY_TYPE(const_string) folders;
	const char *const *folder;
	int ret = 0;

	t_array_init(&folders, 8);
	array_foreach(&undo->records, recordp) {
		if (strcmp((*recordp)->folder, home) != 0)
			continue;
		for (unsigned int i = 0; (*recordp)->targets[i] != NULL; i++)
			sort_undo_add_name(&folders, (*recordp)->targets[i]);
	}
	/* last, as mails that come back need nothing more */
	sort_undo_add_name(&folders, home);
	undo->home = home;
	undo->home_box = mailbox_alloc(ns->list, home, MAILBOX_FLAG_SAVEONLY);
	if (mailbox_open(undo->home_box) < 0) {
		i_error("Could not open the folder: name=%s: %s", home,
			mailbox_get_last_internal_error(undo->home_box, NULL));
		mailbox_free(&undo->home_box);
		return -1;
	}
	undo->home_trans = mailbox_transaction_begin(undo->home_box,
		MAILBOX_TRANSACTION_FLAG_EXTERNAL, "pix sort undo");
	array_foreach(&folders, folder) {
		undo->folder = *folder;
		if (ret == 0) {
			ret = pix_doveadm_mail_foreach(undo->ctx, undo->user, *folder,
				NULL, NULL, sort_undo_mail, sort_undo_commit, undo);
		}
	}
	if (undo->home_trans != NULL)
		mailbox_transaction_rollback(&undo->home_trans);
	mailbox_free(&undo->home_box);
	return ret;
}

static int
sort_undo_run(struct doveadm_mail_cmd_context *ctx, struct mail_user *user)
{
	struct sort_undo undo = { .ctx = ctx, .user = user };
	const char *path = pix_sort_undo_path(user);
	struct sort_undo_record *const *recordp;
	ARRAY_TYPE(const_string) homes;
	const char *const *home;
	int ret;

	if (path == NULL) {
		doveadm_mail_failed_error(ctx, MAIL_ERROR_NOTFOUND);
		return -1;
	}
	undo.pool = pool_alloconly_create("sort undo", 4096);
	p_array_init(&undo.records, undo.pool, 64);
	hash_table_create(&undo.by_guid, default_pool, 0, str_hash, strcmp);
	ret = sort_undo_read(&undo, path);
	t_array_init(&homes, 8);
	array_foreach(&undo.records, recordp)
		sort_undo_add_name(&homes, (*recordp)->folder);
	array_foreach(&homes, home) {
		if (ret == 0)
			ret = sort_undo_home(&undo, *home);
	}
	if (ret == 0) {
		i_unlink_if_exists(path);
		doveadm_print(user->username);
		doveadm_print_num(undo.count);
	}
	hash_table_destroy(&undo.by_guid);
	pool_unref(&undo.pool);
	return ret;
}

static void sort_undo_init(struct doveadm_mail_cmd_context *ctx ATTR_UNUSED)
{
	doveadm_print_header("user", "user", 0);
	doveadm_print_header("restored", "restored", DOVEADM_PRINT_HEADER_FLAG_NUMBER);
}

static struct doveadm_mail_cmd_context *sort_undo_alloc(void)
{
	static const struct pix_doveadm_mail_vfuncs vfuncs = {
		.init = sort_undo_init,
		.run = sort_undo_run,
	};

	doveadm_print_init(DOVEADM_PRINT_TYPE_TABLE);
	return pix_doveadm_mail_alloc(sizeof(struct pix_doveadm_mail_cmd), &vfuncs);
}

struct doveadm_cmd_ver2 pix_doveadm_cmd_sort_undo = {
	.name = "pix sort undo",
	.mail_cmd = sort_undo_alloc,
	.usage = DOVEADM_CMD_MAIL_USAGE_PREFIX,
DOVEADM_CMD_PARAMS_START
DOVEADM_CMD_MAIL_COMMON
DOVEADM_CMD_PARAMS_END
};
