/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-archive-guard.h"
#include "pix-archive-user.h"
#include "ioloop.h"
#include "istream.h"
#include "lib-event.h"
#include "mail-storage-private.h"

/* What clients are told; the cause is in the log. */
#define GUARD_CLIENT_ERROR "Mail that must be kept can't be archived now, so it was not deleted. Try again later."

static enum pix_archive_verdict
guard_fail(struct pix_archive_user *auser, struct mailbox *box, const char *error)
{
	e_error(auser->event, "Mailbox %s: mail was not deleted: %s",
		mailbox_get_vname(box), error);
	mail_storage_set_error(box->storage, MAIL_ERROR_UNAVAILABLE, GUARD_CLIENT_ERROR);
	return PIX_ARCHIVE_FAIL;
}

bool pix_archive_guard_knows_folders(struct pix_archive_user *auser)
{
	const struct pix_retention_policy *policy;
	const struct pix_archive_owner *owner;
	struct pix_retention_rule *rule;
	const char *error;

	/* on doubt, and with holds of single folders, they do matter */
	if (auser->policy == NULL ||
	    pix_retention_file_get(auser->policy, &policy, &error) < 0 ||
	    pix_archive_client_owner(auser->client, auser->user->username, &owner, &error) < 0 ||
	    pix_archive_owner_has_holds(owner))
		return TRUE;
	if (auser->policy_generation != pix_retention_file_generation(auser->policy)) {
		auser->policy_generation = pix_retention_file_generation(auser->policy);
		auser->knows_folders = FALSE;
		array_foreach_elem(&policy->rules, rule) {
			if (array_count(&rule->folders) > 0 ||
			    array_count(&rule->special_uses) > 0)
				auser->knows_folders = TRUE;
		}
	}
	return auser->knows_folders;
}

static int64_t
guard_event_date(const struct pix_retention_label *label, void *context)
{
	return pix_archive_owner_event(context, label->name);
}

static void label_add(ARRAY_TYPE(const_string) *labels, const json_t *list)
{
	json_t *value;
	size_t i;

	json_array_foreach(list, i, value) {
		const char *label = t_strdup(json_string_value(value));

		if (label != NULL)
			array_push_back(labels, &label);
	}
}

/* The labels that were put on the mail itself. */
static int
guard_labels(struct pix_archive_user *auser, struct mail *mail,
	     const char *owner, const char *const **labels_r, const char **error_r)
{
	ARRAY_TYPE(const_string) labels;
	json_t *args, *guids, *answer;
	const char *guid;

	if (mail_get_special(mail, MAIL_FETCH_GUID, &guid) < 0) {
		*error_r = mailbox_get_last_internal_error(mail->box, NULL);
		return -1;
	}
	args = json_object();
	guids = json_array();
	json_array_append_new(guids, json_string(guid));
	pix_json_set_str(args, "owner", owner);
	json_object_set_new(args, "guids", guids);
	if (pix_archive_client_call(auser->client, "labels", args, &answer, error_r) <= 0)
		return -1;
	t_array_init(&labels, 4);
	label_add(&labels, json_object_get(json_object_get(answer, "labels"), guid));
	json_decref(answer);
	array_append_zero(&labels);
	*labels_r = array_front(&labels);
	return 0;
}

enum pix_archive_verdict
pix_archive_guard_decide(struct pix_archive_user *auser, struct mail *mail,
			 const struct pix_archive_folder *folder,
			 struct pix_retention_decision *decision_r)
{
	const struct pix_retention_policy *policy;
	const struct pix_archive_owner *owner;
	struct pix_retention_subject subject;
	const char *error;
	time_t received, saved;

	if (auser->error != NULL)
		return guard_fail(auser, mail->box, auser->error);
	if (pix_retention_file_get(auser->policy, &policy, &error) < 0 ||
	    pix_archive_client_owner(auser->client, folder->owner, &owner, &error) < 0)
		return guard_fail(auser, mail->box, error);
	i_zero(&subject);
	subject.owner = folder->owner;
	subject.mailbox = folder->name;
	subject.special_uses = folder->special_uses;
	subject.groups = folder->own ? auser->groups : NULL;
	subject.groups_unknown = !folder->own;
	subject.event_date = guard_event_date;
	subject.context = (void *)owner;

	if (array_count(&policy->rules) == 0 && policy->grace == NULL &&
	    !pix_archive_owner_has_holds(owner) && !pix_archive_owner_has_labels(owner))
		return PIX_ARCHIVE_FREE;
	if (mail_get_received_date(mail, &received) < 0 ||
	    mail_get_save_date(mail, &saved) < 0) {
		if (mailbox_get_last_mail_error(mail->box) == MAIL_ERROR_EXPUNGED)
			return PIX_ARCHIVE_FREE;
		return guard_fail(auser, mail->box,
				  mailbox_get_last_internal_error(mail->box, NULL));
	}
	subject.received = I_MAX(received, 0);
	subject.saved = I_MAX(saved, 0);
	subject.held = pix_archive_owner_held(owner, folder->name, subject.received);
	if (pix_archive_owner_has_labels(owner) &&
	    guard_labels(auser, mail, folder->owner, &subject.explicit_labels, &error) < 0)
		return guard_fail(auser, mail->box, error);
	pix_retention_decide(policy, &subject, ioloop_time, decision_r);
	if (decision_r->retained)
		return PIX_ARCHIVE_RETAINED;
	if (policy->grace != NULL && decision_r->label == NULL) {
		/* unlabelled mail can be restored for a while */
		decision_r->label = policy->grace;
		decision_r->until = pix_retention_period_end(&policy->grace->period,
			ioloop_time, policy->tz_offset);
		decision_r->grace = TRUE;
		return PIX_ARCHIVE_RETAINED;
	}
	return PIX_ARCHIVE_FREE;
}

bool pix_archive_guard_refuses(struct pix_archive_user *auser)
{
	return auser->set != NULL && auser->user->service != NULL &&
		strcmp(auser->user->service, "doveadm") == 0 &&
		strcmp(auser->set->pix_archive_doveadm, "refuse") == 0;
}

void pix_archive_guard_refuse(struct mailbox *box, const struct pix_archive_folder *folder,
			      const struct pix_retention_decision *decision)
{
	const char *until = pix_retention_date_str(decision->until, 0);

	mail_storage_set_error(box->storage, MAIL_ERROR_PERM, decision->held ?
		t_strdup_printf("Mail of %s in %s is under a legal hold and can't be deleted",
				folder->owner, folder->name) :
		t_strdup_printf("Mail of %s in %s is kept until %s by the label %s and can't be deleted by doveadm (see pix_archive_doveadm)",
				folder->owner, folder->name, until,
				decision->label == NULL ? "(unknown)" : decision->label->name));
}

/* The metadata that goes with a mail. Returns 0 or -1 with the mailbox's error. */
static int
guard_metadata(struct mail *mail, struct pix_archive_mail *amail)
{
	const char *const *keywords = mail_get_keywords(mail);
	struct mailbox_metadata metadata;
	time_t received, saved;
	const char *guid;

	if (mail_get_special(mail, MAIL_FETCH_GUID, &guid) < 0 ||
	    mail_get_received_date(mail, &received) < 0 ||
	    mail_get_save_date(mail, &saved) < 0 ||
	    mailbox_get_metadata(mail->box, MAILBOX_METADATA_GUID, &metadata) < 0)
		return -1;
	amail->guid = guid;
	amail->received = received;
	amail->saved = saved;
	amail->uid = mail->uid;
	/* \Deleted was only the way here */
	amail->flags = mail_get_flags(mail) & MAIL_FLAGS_NONRECENT & ~MAIL_DELETED;
	amail->keywords = keywords == NULL ? "" : t_strarray_join(keywords, " ");
	amail->mailbox_guid = guid_128_to_string(metadata.guid);
	return 0;
}

static void
guard_event(struct pix_archive_user *auser, const struct pix_archive_mail *amail,
	    bool held)
{
	struct event_passthrough *e = event_create_passthrough(auser->event)->
		set_name("pix_archive_diverted")->
		add_str("owner", amail->owner)->
		add_str("mailbox", amail->mailbox)->
		add_str("guid", amail->guid)->
		add_int("uid", amail->uid)->
		add_str("label", amail->label)->
		add_str("reason", amail->reason)->
		add_str("held", held ? "yes" : "no");

	e_debug(e->event(), "Mail uid=%u of %s is handed over to the archive",
		amail->uid, amail->mailbox);
}

int pix_archive_guard_send(struct pix_archive_user *auser, struct mail *mail,
			   const struct pix_archive_folder *folder,
			   const struct pix_retention_decision *decision,
			   const char *reason)
{
	struct pix_archive_mail amail = {
		.owner = folder->owner,
		.mailbox = folder->name,
		.label = decision->label == NULL ? "" : decision->label->name,
		.until = decision->until,
		.reason = reason,
	};
	struct istream *input;
	const char *error;
	int ret;

	if (strcmp(mail->box->storage->name, "mbox") == 0)
		return guard_fail(auser, mail->box,
			"mbox can't be under retention (its mails have no identity of their own): use sdbox, mdbox or maildir");
	if (guard_metadata(mail, &amail) < 0 ||
	    mail_get_stream(mail, NULL, NULL, &input) < 0) {
		if (mailbox_get_last_mail_error(mail->box) == MAIL_ERROR_EXPUNGED)
			return 0;
		return guard_fail(auser, mail->box,
				  mailbox_get_last_internal_error(mail->box, NULL));
	}
	ret = pix_archive_client_put(auser->client, &amail, input, &error);
	if (ret < 0)
		auser->generation++;
	/* no transaction is open that would end the broken batch */
	if (ret <= 0 && auser->open == 0)
		pix_archive_client_abort(auser->client);
	if (ret <= 0)
		return guard_fail(auser, mail->box, error);
	guard_event(auser, &amail, decision->held);
	return 1;
}

unsigned int pix_archive_guard_generation(struct pix_archive_user *auser)
{
	return auser->generation;
}

void pix_archive_guard_enter(struct pix_archive_user *auser)
{
	auser->open++;
}

void pix_archive_guard_leave(struct pix_archive_user *auser, bool rollback)
{
	i_assert(auser->open > 0);
	/* another transaction's mail may be among what was sent */
	if (--auser->open == 0 && rollback)
		pix_archive_client_abort(auser->client);
}

int pix_archive_guard_wait(struct pix_archive_user *auser, struct mailbox *box,
			   unsigned int generation)
{
	const char *error;

	if (generation != auser->generation)
		return guard_fail(auser, box, "mail that was sent to the archive got lost");
	if (pix_archive_client_commit(auser->client, &error) > 0)
		return 0;
	auser->generation++;
	return guard_fail(auser, box, error);
}

void pix_archive_guard_moved(struct pix_archive_user *auser, struct mailbox *src,
			     uint32_t uid, const struct pix_archive_folder *dest,
			     int64_t until, bool held)
{
	auser->moved.box = src;
	auser->moved.uid = uid;
	/* the name lives as long as the namespace */
	auser->moved.owner = dest->owner;
	auser->moved.until = until;
	auser->moved.held = held;
}

void pix_archive_guard_moved_end(struct pix_archive_user *auser)
{
	auser->moved.box = NULL;
}

bool pix_archive_guard_is_safe_move(struct pix_archive_user *auser, struct mail *mail,
				    const struct pix_archive_folder *folder,
				    const struct pix_retention_decision *decision)
{
	bool safe = auser->moved.box == mail->box && auser->moved.uid == mail->uid &&
		strcmp(auser->moved.owner, folder->owner) == 0 &&
		/* grace is for what is deleted; this is not */
		(decision->grace || auser->moved.until >= decision->until) &&
		(!decision->held || auser->moved.held);

	auser->moved.box = NULL;
	return safe;
}
