/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "doveadm-pix-archive-age.h"
#include "pix-doveadm-user.h"
#include "mail-namespace.h"
#include "mail-search-build.h"
#include "mail-storage.h"
#include "mail-user.h"
#include "mailbox-list-iter.h"

#include <time.h>

struct age_box {
	struct doveadm_pix_archive_age *age;
	const char *owner, *name;
	const struct pix_archive_owner *about;
	int64_t now;
};

static int64_t age_event(const struct pix_retention_label *label, void *context)
{
	struct age_box *abox = context;

	return pix_archive_owner_event(abox->about, label->name);
}

/* Only what is retained goes: anything else the guard would let be destroyed. */
static bool age_is_due(struct age_box *abox, struct mail *mail)
{
	struct pix_retention_subject subject = {
		.owner = abox->owner,
		.mailbox = abox->name,
		.event_date = age_event,
		.context = abox,
	};
	struct pix_retention_decision decision;
	time_t received, saved;

	if (mail_get_received_date(mail, &received) < 0 ||
	    mail_get_save_date(mail, &saved) < 0)
		return FALSE;
	subject.received = received;
	subject.saved = saved;
	pix_retention_decide(abox->age->policy, &subject, abox->now, &decision);
	return decision.retained && decision.archive_label != NULL &&
		decision.archive_at <= abox->now;
}

static void age_mailbox(struct age_box *abox, struct mailbox *box)
{
	struct mailbox_transaction_context *trans;
	struct mail_search_context *ctx;
	struct mail_search_args *args;
	struct mail *mail;
	unsigned int due = 0;

	if (mailbox_open(box) < 0 || mailbox_sync(box, 0) < 0)
		return;
	trans = mailbox_transaction_begin(box, 0, __func__);
	args = mail_search_build_init();
	mail_search_build_add_all(args);
	ctx = mailbox_search_init(trans, args, NULL, 0, NULL);
	mail_search_args_unref(&args);
	while (mailbox_search_next(ctx, &mail)) T_BEGIN {
		if (age_is_due(abox, mail)) {
			due++;
			if (abox->age->apply)
				mail_expunge(mail);
		}
	} T_END;
	(void)mailbox_search_deinit(&ctx);
	abox->age->due += due;
	if (mailbox_transaction_commit(&trans) < 0 || mailbox_sync(box, 0) < 0) {
		pix_doveadm_fail(EX_TEMPFAIL, "User %s, mailbox %s: %s", abox->owner,
				 abox->name, mailbox_get_last_internal_error(box, NULL));
	} else if (abox->age->apply) {
		abox->age->moved += due;
	}
}

/* Without the guard an expunge would destroy: ask before. */
static bool age_is_guarded(struct mail_user *user)
{
	const struct mail_user_settings *set = user->set;

	return pix_doveadm_user_has_plugin(set, "pix_archive");
}

void doveadm_pix_archive_age_user(struct doveadm_pix_archive_age *age,
				  const char *username)
{
	struct age_box abox = {
		.age = age, .owner = username, .now = time(NULL),
	};
	struct mailbox_list_iterate_context *iter;
	const struct mailbox_info *info;
	struct pix_doveadm_user *user;
	struct mail_namespace *ns;
	const char *error;

	if (pix_archive_client_owner(age->client, username, &abox.about, &error) < 0) {
		pix_doveadm_fail(EX_TEMPFAIL, "%s", error);
		return;
	}
	user = pix_doveadm_user_open(username, "pix_archive_doveadm=divert");
	if (user == NULL)
		return;
	if (!age_is_guarded(pix_doveadm_user_get(user))) {
		pix_doveadm_fail(EX_CONFIG, "User %s: the guard is not active in doveadm (check mail_plugins for pix_archive)",
				 username);
		pix_doveadm_user_close(&user);
		return;
	}
	ns = mail_namespace_find_inbox(pix_doveadm_user_get(user)->namespaces);
	iter = mailbox_list_iter_init(ns->list, t_strconcat(ns->prefix, "*", NULL),
				      MAILBOX_LIST_ITER_NO_AUTO_BOXES |
				      MAILBOX_LIST_ITER_RETURN_NO_FLAGS);
	while ((info = mailbox_list_iter_next(iter)) != NULL) T_BEGIN {
		struct mailbox *box = mailbox_alloc(ns->list, info->vname, 0);

		abox.name = pix_doveadm_user_folder(user, info->vname);
		age_mailbox(&abox, box);
		mailbox_free(&box);
	} T_END;
	(void)mailbox_list_iter_deinit(&iter);
	pix_doveadm_user_close(&user);
}
