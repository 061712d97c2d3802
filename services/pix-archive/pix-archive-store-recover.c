/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-archive-store-private.h"
#include "istream.h"
#include "strescape.h"
#include "mail-search-build.h"
#include "write-full.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

/* DIR/inflight.PID holds a line for each folder that is being saved to:
   UIDVALIDITY UIDNEXT OWNER TAB BOX. It is emptied when the ledger knows the
   mails. It needs no sync: only the death of the process matters, and after
   a power cut a mail too many is in the way of nobody. */

int archive_inflight_add(struct archive_store *store, const char *owner,
			 const char *box, uint32_t uid_validity,
			 uint32_t uid_next, const char **error_r)
{
	const char *line = t_strdup_printf("%u\t%u\t%s\t%s\n", uid_validity, uid_next,
					   str_tabescape(owner), str_tabescape(box));

	if (store->inflight_fd == -1)
		store->inflight_fd = open(store->inflight_path,
			O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (store->inflight_fd == -1) {
		*error_r = t_strdup_printf("open(%s) failed: %m", store->inflight_path);
		return -1;
	}
	if (write_full(store->inflight_fd, line, strlen(line)) < 0) {
		*error_r = t_strdup_printf("write(%s) failed: %m", store->inflight_path);
		return -1;
	}
	return 0;
}

void archive_store_saved(struct archive_store *store)
{
	if (store->inflight_fd != -1 && ftruncate(store->inflight_fd, 0) < 0)
		e_error(store->event, "ftruncate(%s) failed: %m", store->inflight_path);
}

struct recover_known {
	const char *box;
	ARRAY(uint32_t) uids;
};

static bool recover_item(const struct archive_item *item, void *context)
{
	struct recover_known *known = context;

	if (strcmp(item->box, known->box) == 0)
		array_push_back(&known->uids, &item->box_uid);
	return TRUE;
}

static bool recover_is_known(struct recover_known *known, uint32_t uid)
{
	const uint32_t *known_uid;

	array_foreach(&known->uids, known_uid) {
		if (*known_uid == uid)
			return TRUE;
	}
	return FALSE;
}

static int
recover_box(struct archive_store *store, struct mailbox *box,
	    struct recover_known *known, uint32_t uid_next)
{
	struct mailbox_transaction_context *trans;
	struct mail_search_args *args;
	struct mail_search_context *ctx;
	struct mail *mail;
	unsigned int count = 0;
	int ret;

	trans = mailbox_transaction_begin(box, MAILBOX_TRANSACTION_FLAG_EXTERNAL, __func__);
	args = mail_search_build_init();
	mail_search_build_add_all(args);
	ctx = mailbox_search_init(trans, args, NULL, 0, NULL);
	mail_search_args_unref(&args);
	while (mailbox_search_next(ctx, &mail)) {
		if (mail->uid >= uid_next && !recover_is_known(known, mail->uid)) {
			mail_expunge(mail);
			count++;
		}
	}
	ret = mailbox_search_deinit(&ctx);
	if (mailbox_transaction_commit(&trans) < 0 || mailbox_sync(box, 0) < 0)
		ret = -1;
	if (count > 0)
		e_info(store->event, "Removed %u mail(s) that were being archived when the service died; they still are where they were",
		       count);
	return ret;
}

static int
recover_line(struct archive_store *store, struct archive_ledger *ledger,
	     const char *line)
{
	const char *const *args = t_strsplit_tabescaped(line);
	struct archive_filter filter = { .state = -1 };
	struct recover_known known;
	struct mailbox_status status;
	struct archive_owner *owner;
	struct mailbox *box;
	uint32_t uid_validity, uid_next;
	const char *error;

	if (str_array_length(args) != 4 || str_to_uint32(args[0], &uid_validity) < 0 ||
	    str_to_uint32(args[1], &uid_next) < 0)
		return 0; /* cut off by the crash: nothing was saved yet */
	filter.owner = args[2];
	known.box = args[3];
	t_array_init(&known.uids, 64);
	if (archive_ledger_list(ledger, &filter, recover_item, &known) < 0) {
		e_error(store->event, "%s", archive_ledger_error(ledger));
		return -1;
	}
	owner = archive_owner_get(store, args[2], &error);
	box = owner == NULL ? NULL : archive_owner_box(owner, args[3], FALSE, &error);
	if (box == NULL) {
		e_error(store->event, "%s", error);
		return -1;
	}
	mailbox_get_open_status(box, STATUS_UIDVALIDITY, &status);
	if (status.uidvalidity != uid_validity)
		return 0;
	return recover_box(store, box, &known, uid_next);
}

static int
recover_file(struct archive_store *store, struct archive_ledger *ledger,
	     const char *path)
{
	struct istream *input = i_stream_create_file(path, 65536);
	const char *line;
	int ret = 0;

	while ((line = i_stream_read_next_line(input)) != NULL) T_BEGIN {
		if (recover_line(store, ledger, line) < 0)
			ret = -1;
	} T_END;
	if (input->stream_errno != 0 && input->stream_errno != ENOENT) {
		e_error(store->event, "read(%s) failed: %s", path, i_stream_get_error(input));
		ret = -1;
	}
	i_stream_destroy(&input);
	if (ret == 0)
		i_unlink_if_exists(path);
	return ret;
}

void archive_store_undo(struct archive_store *store,
			struct archive_ledger *ledger)
{
	if (store->inflight_fd == -1)
		return;
	i_close_fd(&store->inflight_fd);
	/* what could not be removed now is removed at the next start */
	(void)recover_file(store, ledger, store->inflight_path);
}

int archive_store_recover(struct archive_store *store,
			  struct archive_ledger *ledger)
{
	DIR *dir = opendir(store->dir);
	const struct dirent *d;
	pid_t pid;
	int ret = 0;

	if (dir == NULL) {
		e_error(store->event, "opendir(%s) failed: %m", store->dir);
		return -1;
	}
	while ((d = readdir(dir)) != NULL) {
		if (strncmp(d->d_name, "inflight.", 9) != 0 ||
		    str_to_pid(d->d_name + 9, &pid) < 0)
			continue;
		/* the process of before a reload may still be at work */
		if (pid != getpid() && kill(pid, 0) == 0)
			continue;
		T_BEGIN {
			if (recover_file(store, ledger, t_strconcat(
					store->dir, "/", d->d_name, NULL)) < 0)
				ret = -1;
		} T_END;
	}
	(void)closedir(dir);
	return ret;
}
