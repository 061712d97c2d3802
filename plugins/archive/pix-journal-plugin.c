/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

/* The journal: a copy of what arrives goes to the archive before Sieve, and so
   before the user, can touch it. Whose mail: "journal" in the policy. When the
   archive can't take the copy the delivery fails for now, and the MTA tries
   again. */

#include "pix-journal-plugin.h"
#include "pix-archive-client.h"
#include "pix-core.h"
#include "pix-mail-user.h"
#include "pix-retention-file.h"
#include "pix-settings-archive.h"
#include "ioloop.h"
#include "istream.h"
#include "lib-event.h"
#include "mail-deliver.h"
#include "mail-storage.h"
#include "mail-user.h"

#define JOURNAL_FOLDER "Journal"
/* what the MTA is told; the cause is in the log */
#define JOURNAL_ERROR "The mail can't be journalled now"

/* Only processes that deliver have it. */
extern deliver_mail_func_t *
mail_deliver_hook_set(deliver_mail_func_t *new_hook) __attribute__((weak));

PIX_EXPORT const char *pix_journal_plugin_version = DOVECOT_ABI_VERSION;

static deliver_mail_func_t *next_deliver_mail;

static int
journal_send(const struct pix_archive_settings *set, struct mail *mail,
	     const struct pix_archive_mail *amail, const char **error_r)
{
	struct pix_archive_client *client;
	struct istream *input;
	const char *path = set->pix_archive_socket;
	int ret;

	if (mail_get_stream(mail, NULL, NULL, &input) < 0) {
		*error_r = t_strdup(mailbox_get_last_internal_error(mail->box, NULL));
		return -1;
	}
	if (*path != '/')
		path = t_strconcat(pix_mail_base_dir(), "/", path, NULL);
	client = pix_archive_client_init(path, set->pix_archive_timeout * 1000);
	ret = pix_archive_client_put(client, amail, input, error_r);
	if (ret > 0)
		ret = pix_archive_client_commit(client, error_r);
	pix_archive_client_deinit(&client);
	i_stream_seek(input, 0);
	return ret > 0 ? 0 : -1;
}

static int
journal_policy(struct mail_user *user, const struct pix_archive_settings *set,
	       struct mail *mail, const char **error_r)
{
	struct pix_retention_file *file =
		pix_retention_file_init(set->pix_archive_policy, user->event);
	const struct pix_retention_policy *policy;
	struct pix_retention_decision decision;
	const struct pix_retention_subject subject = {
		.owner = user->username,
		.mailbox = JOURNAL_FOLDER,
		.groups = t_strsplit_spaces(set->pix_archive_groups, " "),
		.received = ioloop_time,
		.saved = ioloop_time,
	};
	struct pix_archive_mail amail = {
		.owner = user->username,
		.mailbox = JOURNAL_FOLDER,
		.mailbox_guid = "",
		.keywords = "",
		.received = ioloop_time,
		.saved = ioloop_time,
		.reason = "journal",
	};
	int ret;

	ret = pix_retention_file_get(file, &policy, error_r);
	if (ret == 0 && pix_retention_journal(policy, &subject, ioloop_time, &decision)) {
		amail.label = decision.label->name;
		amail.until = decision.until;
		ret = journal_send(set, mail, &amail, error_r);
	}
	pix_retention_file_deinit(&file);
	return ret;
}

static int journal_mail(struct mail_user *user, struct mail *mail)
{
	const struct pix_archive_settings *set;
	const char *const *unknown, *error;
	const void *ptr;
	int ret;

	ret = pix_settings_get_user(user, &pix_archive_setting_parser_info,
				    &ptr, &unknown, &error);
	if (ret == 0) {
		set = ptr;
		ret = journal_policy(user, set, mail, &error);
		pix_settings_free(&set);
	}
	if (ret < 0)
		e_error(user->event, "pix_journal: The mail was not delivered: %s", error);
	return ret;
}

static int
pix_journal_deliver_mail(struct mail_deliver_context *ctx,
			 struct mail_storage **storage_r)
{
	int ret;

	T_BEGIN {
		ret = journal_mail(ctx->rcpt_user, ctx->src_mail);
	} T_END;
	if (ret < 0) {
		ctx->tempfail_error = JOURNAL_ERROR;
		return -1;
	}
	/* without another hook the caller saves to the default folder */
	return next_deliver_mail == NULL ? -1 : next_deliver_mail(ctx, storage_r);
}

PIX_EXPORT void pix_journal_plugin_init(struct module *module ATTR_UNUSED)
{
	if (mail_deliver_hook_set != NULL)
		next_deliver_mail = mail_deliver_hook_set(pix_journal_deliver_mail);
}

PIX_EXPORT void pix_journal_plugin_deinit(void)
{
	if (mail_deliver_hook_set != NULL)
		(void)mail_deliver_hook_set(next_deliver_mail);
}
