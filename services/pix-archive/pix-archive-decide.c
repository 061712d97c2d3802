/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-archive.h"

#include <time.h>

struct decide_context {
	struct archive *archive;
	const char *owner;
	ARRAY_TYPE(const_string) labels;
};

static void
decide_label(const char *guid ATTR_UNUSED, const char *label, void *context)
{
	struct decide_context *ctx = context;
	const char *copy = t_strdup(label);

	array_push_back(&ctx->labels, &copy);
}

static int64_t
decide_event_date(const struct pix_retention_label *label, void *context)
{
	struct decide_context *ctx = context;

	return archive_event_date(ctx->archive, ctx->owner, label->name);
}

int archive_decide(struct archive *archive, const char *owner,
		   const char *mailbox, const char *guid, int64_t received,
		   int64_t saved, const char *extra_label, int64_t now,
		   struct pix_retention_decision *decision_r,
		   const char **error_r)
{
	const struct pix_retention_policy *policy;
	struct decide_context ctx = { .archive = archive, .owner = owner };
	struct pix_retention_subject subject = {
		.owner = owner,
		.mailbox = mailbox,
		.received = received,
		.saved = saved,
		.event_date = decide_event_date,
		.context = &ctx,
	};

	if (pix_retention_file_get(archive->policy, &policy, error_r) < 0)
		return -1;
	t_array_init(&ctx.labels, 4);
	if (extra_label != NULL && *extra_label != '\0')
		array_push_back(&ctx.labels, &extra_label);
	if (archive_ledger_label_list(archive->ledger, owner, guid, decide_label, &ctx) < 0 ||
	    archive_hold_covers(archive, owner, mailbox, received, &subject.held) < 0) {
		*error_r = t_strdup(archive_ledger_error(archive->ledger));
		return -1;
	}
	array_append_zero(&ctx.labels);
	subject.explicit_labels = array_front(&ctx.labels);
	pix_retention_decide(policy, &subject, now, decision_r);
	return 0;
}

static const char *event_name(const char *owner, const char *label)
{
	return t_strdup_printf("%s/%s", label, owner);
}

int64_t archive_event_date(struct archive *archive, const char *owner,
			   const char *label)
{
	int64_t date = 0;
	json_t *doc;

	/* one owner's date before the date for all */
	if (archive_ledger_doc_get(archive->ledger, "event",
				   event_name(owner, label), &doc) == 0)
		(void)archive_ledger_doc_get(archive->ledger, "event",
					     event_name("", label), &doc);
	if (doc == NULL)
		return 0;
	if (!pix_json_int(doc, "date", 1, INT64_MAX, &date))
		date = 0;
	json_decref(doc);
	return date;
}

json_t *archive_ledger_answer(struct archive *archive, const char **word_r,
			      const char **text_r)
{
	*word_r = "unavailable";
	*text_r = t_strdup(archive_ledger_error(archive->ledger));
	e_error(archive->event, "%s", *text_r);
	return NULL;
}

json_t *archive_cmd_event_set(struct archive_conn *conn, const json_t *args,
			      const char **word_r, const char **text_r)
{
	struct archive *archive = conn->archive;
	const char *owner = archive_arg(args, "owner", 1024);
	const char *label = archive_arg(args, "label", PIX_RETENTION_LABEL_MAX);
	const char *actor = archive_arg(args, "actor", 256);
	int64_t date, old;
	json_t *doc;
	int ret;

	if (owner == NULL || label == NULL || actor == NULL ||
	    !pix_retention_label_name_ok(label) ||
	    !pix_json_int(args, "date", 1, INT64_MAX, &date)) {
		*word_r = "invalid";
		*text_r = "An event needs owner, label, date and actor";
		return NULL;
	}
	old = archive_event_date(archive, owner, label);
	if (old != 0 && date < old) {
		*word_r = "refused";
		*text_r = "The date of an event may only be moved to later";
		return NULL;
	}
	doc = json_object();
	pix_json_set_int(doc, "date", date);
	ret = archive_ledger_begin(archive->ledger);
	if (ret == 0)
		ret = archive_ledger_doc_put(archive->ledger, "event",
					     event_name(owner, label), doc, actor, time(NULL));
	if (ret == 0)
		ret = archive_ledger_commit(archive->ledger);
	json_decref(doc);
	if (ret < 0) {
		archive_ledger_rollback(archive->ledger);
		return archive_ledger_answer(archive, word_r, text_r);
	}
	archive_push_changed(archive, owner);
	return json_object();
}
