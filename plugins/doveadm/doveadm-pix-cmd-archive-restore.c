/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "doveadm-pix-archive.h"
#include "pix-doveadm-user.h"
#include "hash.h"
#include "hex-binary.h"
#include "iostream-temp.h"
#include "istream.h"
#include "ostream.h"
#include "sha2.h"
#include "mail-search-build.h"
#include "mail-storage.h"

struct restore {
	struct pix_archive_client *client;
	struct pix_doveadm_user *user;
	/* where all of it goes, or NULL for where it was */
	const char *to;
	bool dry;
	pool_t pool;
	/* the folder at work, and the GUIDs that it has */
	struct mailbox *box;
	char *box_name;
	HASH_TABLE(const char *, const char *) guids;
	unsigned int restored, there, failed;
};

static void restore_box_close(struct restore *restore)
{
	if (restore->box == NULL)
		return;
	mailbox_free(&restore->box);
	i_free(restore->box_name);
	hash_table_clear(restore->guids, FALSE);
	p_clear(restore->pool);
}

static int restore_guids(struct restore *restore)
{
	struct mailbox_transaction_context *trans;
	struct mail_search_args *args;
	struct mail_search_context *ctx;
	struct mail *mail;
	const char *guid;
	int ret;

	trans = mailbox_transaction_begin(restore->box, 0, __func__);
	args = mail_search_build_init();
	mail_search_build_add_all(args);
	ctx = mailbox_search_init(trans, args, NULL, MAIL_FETCH_GUID, NULL);
	mail_search_args_unref(&args);
	while (mailbox_search_next(ctx, &mail)) {
		if (mail_get_special(mail, MAIL_FETCH_GUID, &guid) == 0) {
			guid = p_strdup(restore->pool, guid);
			hash_table_update(restore->guids, guid, guid);
		}
	}
	ret = mailbox_search_deinit(&ctx);
	(void)mailbox_transaction_commit(&trans);
	return ret;
}

static int restore_box_open(struct restore *restore, const char *name)
{
	enum mail_error error;

	if (restore->box != NULL && strcmp(restore->box_name, name) == 0)
		return 0;
	restore_box_close(restore);
	restore->box = pix_doveadm_user_mailbox(restore->user, name);
	restore->box_name = i_strdup(name);
	if (!restore->dry && mailbox_create(restore->box, NULL, FALSE) < 0) {
		(void)mailbox_get_last_error(restore->box, &error);
		if (error != MAIL_ERROR_EXISTS)
			goto fail;
	}
	if (mailbox_open(restore->box) < 0 || mailbox_sync(restore->box, 0) < 0) {
		if (restore->dry && mailbox_get_last_mail_error(restore->box) == MAIL_ERROR_NOTFOUND)
			return 0;
		goto fail;
	}
	if (restore_guids(restore) == 0)
		return 0;
fail:
	pix_doveadm_fail(EX_TEMPFAIL, "Mailbox %s: %s", name,
			 mailbox_get_last_internal_error(restore->box, &error));
	restore_box_close(restore);
	return -1;
}

/* The item's content, compared with its digest; NULL after pix_doveadm_fail(). */
static struct istream *
restore_content(struct restore *restore, const json_t *item)
{
	int64_t id = doveadm_pix_archive_int(item, "item");
	const char *sha256 = pix_json_str(item, "sha256");
	unsigned char digest[SHA256_RESULTLEN];
	const unsigned char *data;
	struct sha256_ctx ctx;
	struct ostream *output;
	struct istream *input;
	const char *error;
	size_t size;
	int ret;

	output = iostream_temp_create_named("/tmp/pix-restore.", 0, "(archived mail)");
	o_stream_set_no_error_handling(output, TRUE);
	ret = pix_archive_client_read(restore->client, id, output, &error);
	input = iostream_temp_finish(&output, IO_BLOCK_SIZE);
	if (ret <= 0) {
		pix_doveadm_fail(EX_TEMPFAIL, "Item %lld: %s", (long long)id, error);
		i_stream_unref(&input);
		return NULL;
	}
	sha256_init(&ctx);
	while (i_stream_read_more(input, &data, &size) > 0) {
		sha256_loop(&ctx, data, size);
		i_stream_skip(input, size);
	}
	sha256_result(&ctx, digest);
	if (input->stream_errno != 0 || sha256 == NULL ||
	    !str_equals_timing_almost_safe(binary_to_hex(digest, sizeof(digest)), sha256)) {
		pix_doveadm_fail(EX_DATAERR, "Item %lld: the content was changed in the archive", (long long)id);
		i_stream_unref(&input);
		return NULL;
	}
	i_stream_seek(input, 0);
	return input;
}

static int
restore_save(struct restore *restore, const json_t *item, struct istream *input)
{
	struct mailbox_transaction_context *trans;
	struct mail_keywords *keywords = NULL;
	struct mail_save_context *ctx;
	const char *const *names =
		t_strsplit_spaces(pix_json_str(item, "keywords"), " ");
	int ret;

	if (*names != NULL)
		(void)mailbox_keywords_create(restore->box, names, &keywords);
	trans = mailbox_transaction_begin(restore->box, MAILBOX_TRANSACTION_FLAG_EXTERNAL, __func__);
	ctx = mailbox_save_alloc(trans);
	mailbox_save_set_flags(ctx, (enum mail_flags)doveadm_pix_archive_int(item, "flags"), keywords);
	if (keywords != NULL)
		mailbox_keywords_unref(&keywords);
	mailbox_save_set_received_date(ctx, (time_t)doveadm_pix_archive_int(item, "received"), 0);
	mailbox_save_set_guid(ctx, pix_json_str(item, "guid"));
	ret = mailbox_save_begin(&ctx, input);
	while (ret == 0) {
		if (mailbox_save_continue(ctx) < 0)
			ret = -1;
		else if (i_stream_read(input) <= 0)
			break;
	}
	if (ret == 0 && input->stream_errno == 0)
		ret = mailbox_save_finish(&ctx);
	else if (ctx != NULL) {
		mailbox_save_cancel(&ctx);
		ret = -1;
	}
	if (ret < 0)
		mailbox_transaction_rollback(&trans);
	else
		ret = mailbox_transaction_commit(&trans);
	return ret;
}

static bool restore_item(const json_t *item, void *context)
{
	struct restore *restore = context;
	const char *name = restore->to != NULL ? restore->to : pix_json_str(item, "mailbox");
	const char *guid = pix_json_str(item, "guid");
	struct istream *input;

	if (name == NULL || guid == NULL || restore_box_open(restore, name) < 0) {
		restore->failed++;
		return TRUE;
	}
	if (hash_table_lookup(restore->guids, guid) != NULL) {
		restore->there++;
		return TRUE;
	}
	if (restore->dry) {
		restore->restored++;
		return TRUE;
	}
	input = restore_content(restore, item);
	if (input == NULL) {
		restore->failed++;
		return TRUE;
	}
	if (restore_save(restore, item, input) < 0) {
		pix_doveadm_fail(EX_TEMPFAIL, "Mailbox %s: %s", name,
				 mailbox_get_last_internal_error(restore->box, NULL));
		restore->failed++;
	} else {
		guid = p_strdup(restore->pool, guid);
		hash_table_update(restore->guids, guid, guid);
		restore->restored++;
	}
	i_stream_unref(&input);
	return TRUE;
}

static void restore_note(struct restore *restore, struct doveadm_cmd_context *cctx,
			 const char *owner)
{
	json_t *args = json_object(), *answer;

	pix_json_set_str(args, "owner", owner);
	pix_json_set_str(args, "actor", pix_doveadm_actor(cctx));
	pix_json_set_int(args, "count", restore->restored);
	answer = doveadm_pix_archive_call(restore->client, "restored", args);
	json_decref(answer);
}

static void cmd_archive_restore(struct doveadm_cmd_context *cctx)
{
	const char *owner = pix_doveadm_str(cctx, "user");
	struct restore restore = {
		.to = pix_doveadm_str(cctx, "to"),
		.dry = pix_doveadm_bool(cctx, "dry-run"),
	};
	json_t *filter, *probe;

	if (owner == NULL) {
		pix_doveadm_fail(EX_USAGE, "Whose mail? Use -u");
		return;
	}
	if ((filter = doveadm_pix_archive_filter(cctx)) == NULL)
		return;
	restore.client = doveadm_pix_archive_connect();
	/* connects while we are root */
	probe = doveadm_pix_archive_call(restore.client, "count", json_deep_copy(filter));
	json_decref(probe);
	if (probe == NULL || (restore.user = pix_doveadm_user_open(owner, NULL)) == NULL) {
		json_decref(filter);
		pix_archive_client_deinit(&restore.client);
		return;
	}
	restore.pool = pool_alloconly_create("archive restore", 4096);
	hash_table_create(&restore.guids, default_pool, 0, str_hash, strcmp);
	(void)doveadm_pix_archive_items(restore.client, "list", filter, restore_item, &restore);
	restore_box_close(&restore);
	if (restore.restored > 0 && !restore.dry)
		restore_note(&restore, cctx, owner);
	pix_doveadm_user_close(&restore.user);

	doveadm_print_init(DOVEADM_PRINT_TYPE_FLOW);
	doveadm_print_header_simple("restored");
	doveadm_print_header_simple("there");
	doveadm_print_header_simple("failed");
	doveadm_print(dec2str(restore.restored));
	doveadm_print(dec2str(restore.there));
	doveadm_print(dec2str(restore.failed));
	hash_table_destroy(&restore.guids);
	pool_unref(&restore.pool);
	pix_archive_client_deinit(&restore.client);
}

struct doveadm_cmd_ver2 doveadm_pix_cmd_archive_restore = {
	.name = "pix archive restore",
	.cmd = cmd_archive_restore,
	.usage = "[--to <mailbox>] [--dry-run] "DOVEADM_PIX_ARCHIVE_FILTER_USAGE,
DOVEADM_CMD_PARAMS_START
DOVEADM_PIX_ARCHIVE_FILTER_PARAMS
DOVEADM_CMD_PARAM('\0', "to", CMD_PARAM_STR, 0)
DOVEADM_CMD_PARAM('\0', "dry-run", CMD_PARAM_BOOL, 0)
DOVEADM_CMD_PARAMS_END
};
