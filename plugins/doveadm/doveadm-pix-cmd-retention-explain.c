/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "doveadm-pix-archive.h"
#include "pix-doveadm-user.h"
#include "mail-storage.h"

#include <time.h>

struct explain {
	struct pix_archive_client *client;
	struct pix_retention_policy *policy;
	const char *owner, *mailbox;
	const struct pix_archive_owner *about;
};

static int64_t explain_event(const struct pix_retention_label *label, void *context)
{
	struct explain *explain = context;

	return pix_archive_owner_event(explain->about, label->name);
}

/* The labels of the mail itself. Data stack. */
static const char *const *
explain_labels(struct explain *explain, const char *guid)
{
	ARRAY_TYPE(const_string) labels;
	json_t *args = json_object(), *guids = json_array(), *answer, *value;
	size_t i;

	t_array_init(&labels, 4);
	json_array_append_new(guids, json_string(guid));
	pix_json_set_str(args, "owner", explain->owner);
	json_object_set_new(args, "guids", guids);
	answer = doveadm_pix_archive_call(explain->client, "labels", args);
	json_array_foreach(json_object_get(json_object_get(answer, "labels"), guid), i, value) {
		const char *label = t_strdup(json_string_value(value));

		if (label != NULL)
			array_push_back(&labels, &label);
	}
	json_decref(answer);
	array_append_zero(&labels);
	return array_front(&labels);
}

static const char *
explain_why(const struct explain *explain, const struct pix_retention_decision *d)
{
	string_t *str = t_str_new(256);

	if (d->held)
		str_append(str, "a legal hold covers it; ");
	if (d->unknown_label != NULL)
		str_printfa(str, "it bears the label %s, which the policy does not know; ",
			    d->unknown_label);
	if (d->label != NULL)
		str_printfa(str, "label %s (%s from %s) %s; ", d->label->name,
			    pix_retention_period_str(&d->label->period),
			    pix_retention_start_name(d->label->start),
			    d->is_explicit ? "was put on the mail" :
			    t_strdup_printf("by the rule in line %u", d->rule_line));
	if (!d->retained && explain->policy->grace != NULL && d->label == NULL)
		str_printfa(str, "after a deletion it can be restored for %s; ",
			    pix_retention_period_str(&explain->policy->grace->period));
	if (str_len(str) == 0)
		str_append(str, "no label and no hold; ");
	str_truncate(str, str_len(str) - 2);
	return str_c(str);
}

static void
explain_print(const struct explain *explain, const struct pix_retention_decision *d)
{
	doveadm_print(d->retained ? "yes" : "no");
	doveadm_print(d->held ? "yes" : "no");
	doveadm_print(d->label == NULL ? "-" : d->label->name);
	doveadm_print(pix_retention_date_str(d->until, explain->policy->tz_offset));
	doveadm_print(pix_retention_date_str(d->goes_at, explain->policy->tz_offset));
	doveadm_print(explain_why(explain, d));
}

static void explain_mail(struct explain *explain, struct mail *mail)
{
	struct pix_retention_subject subject = {
		.owner = explain->owner,
		.mailbox = explain->mailbox,
		.groups_unknown = TRUE,
		.event_date = explain_event,
		.context = explain,
	};
	struct pix_retention_decision decision;
	const char *guid, *error;
	time_t received, saved;

	if (mail_get_received_date(mail, &received) < 0 ||
	    mail_get_save_date(mail, &saved) < 0 ||
	    mail_get_special(mail, MAIL_FETCH_GUID, &guid) < 0) {
		pix_doveadm_fail(EX_TEMPFAIL, "Mailbox %s: %s", explain->mailbox,
				 mailbox_get_last_internal_error(mail->box, NULL));
		return;
	}
	guid = t_strdup(guid);
	subject.received = received;
	subject.saved = saved;
	subject.explicit_labels = explain_labels(explain, guid);
	if (pix_archive_client_owner(explain->client, explain->owner,
				     &explain->about, &error) < 0) {
		pix_doveadm_fail(EX_TEMPFAIL, "%s", error);
		return;
	}
	subject.held = pix_archive_owner_held(explain->about, explain->mailbox,
					      subject.received);
	pix_retention_decide(explain->policy, &subject, time(NULL), &decision);
	explain_print(explain, &decision);
}

static void explain_uid(struct explain *explain, struct mailbox *box, uint32_t uid)
{
	struct mailbox_transaction_context *trans;
	struct mail *mail;

	if (mailbox_open(box) < 0 || mailbox_sync(box, 0) < 0) {
		pix_doveadm_fail(mailbox_get_last_mail_error(box) == MAIL_ERROR_NOTFOUND ?
				 DOVEADM_EX_NOTFOUND : EX_TEMPFAIL, "Mailbox %s: %s",
				 explain->mailbox, mailbox_get_last_internal_error(box, NULL));
		return;
	}
	trans = mailbox_transaction_begin(box, 0, __func__);
	mail = mail_alloc(trans, 0, NULL);
	if (mail_set_uid(mail, uid))
		explain_mail(explain, mail);
	else
		pix_doveadm_fail(DOVEADM_EX_NOTFOUND, "Mailbox %s has no mail with uid %u",
				 explain->mailbox, uid);
	mail_free(&mail);
	mailbox_transaction_rollback(&trans);
}

static void cmd_retention_explain(struct doveadm_cmd_context *cctx)
{
	static const char *const columns[] = {
		"retained", "held", "label", "until", "goes", "why",
	};
	const char *uid_str = pix_doveadm_str(cctx, "uid");
	struct explain explain = {
		.owner = pix_doveadm_str(cctx, "user"),
		.mailbox = pix_doveadm_str(cctx, "mailbox"),
	};
	struct pix_doveadm_user *user;
	struct mailbox *box;
	const char *error;
	uint32_t uid;

	if (explain.owner == NULL || explain.mailbox == NULL || uid_str == NULL ||
	    str_to_uint32(uid_str, &uid) < 0 || uid == 0) {
		pix_doveadm_fail(EX_USAGE, "Which mail? -u USER MAILBOX UID");
		return;
	}
	if ((explain.policy = doveadm_pix_retention_policy(NULL)) == NULL)
		return;
	explain.client = doveadm_pix_archive_connect();
	/* connects while we are root */
	if (pix_archive_client_owner(explain.client, explain.owner, &explain.about, &error) < 0)
		pix_doveadm_fail(EX_TEMPFAIL, "%s", error);
	else if ((user = pix_doveadm_user_open(explain.owner, NULL)) != NULL) {
		doveadm_print_init(DOVEADM_PRINT_TYPE_FLOW);
		for (unsigned int i = 0; i < N_ELEMENTS(columns); i++)
			doveadm_print_header_simple(columns[i]);
		box = pix_doveadm_user_mailbox(user, explain.mailbox);
		explain_uid(&explain, box, uid);
		mailbox_free(&box);
		pix_doveadm_user_close(&user);
	}
	pix_archive_client_deinit(&explain.client);
	pix_retention_policy_free(&explain.policy);
}

struct doveadm_cmd_ver2 doveadm_pix_cmd_retention_explain = {
	.name = "pix retention explain",
	.cmd = cmd_retention_explain,
	.usage = "-u <user> <mailbox> <uid>",
DOVEADM_CMD_PARAMS_START
DOVEADM_CMD_PARAM('u', "user", CMD_PARAM_STR, 0)
DOVEADM_CMD_PARAM('\0', "mailbox", CMD_PARAM_STR, CMD_PARAM_FLAG_POSITIONAL)
DOVEADM_CMD_PARAM('\0', "uid", CMD_PARAM_STR, CMD_PARAM_FLAG_POSITIONAL)
DOVEADM_CMD_PARAMS_END
};
