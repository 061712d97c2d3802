/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-archive.h"

#include <time.h>

/* What a session asks about the owner of the mail that it works on. */

struct owner_labels {
	unsigned int count;
	json_t *object;
};

static void
owner_label_count(const char *guid ATTR_UNUSED, const char *label ATTR_UNUSED,
		  void *context)
{
	struct owner_labels *labels = context;

	labels->count++;
}

static void owner_label_list(const char *guid, const char *label, void *context)
{
	struct owner_labels *labels = context;
	json_t *list = json_object_get(labels->object, guid);

	if (list == NULL) {
		list = json_array();
		json_object_set_new(labels->object, guid, list);
	}
	json_array_append_new(list, json_string(label));
	labels->count++;
}

struct owner_events {
	const char *owner;
	json_t *object;
};

static void owner_event(const char *name, const json_t *doc, void *context)
{
	struct owner_events *events = context;
	const char *p = strchr(name, '/');
	const char *label;
	int64_t date;

	if (p == NULL || !pix_json_int(doc, "date", 1, INT64_MAX, &date))
		return;
	label = t_strdup_until(name, p);
	if (p[1] == '\0') {
		/* for all owners; an own date wins */
		if (json_object_get(events->object, label) == NULL)
			pix_json_set_int(events->object, label, date);
	} else if (strcmp(p + 1, events->owner) == 0) {
		pix_json_set_int(events->object, label, date);
	}
}

/* Answers with the owner's holds, event dates and number of explicit labels,
   and from now on pushes "changed" when any of that becomes another. */
json_t *archive_cmd_owner(struct archive_conn *conn, const json_t *args,
			  const char **word_r, const char **text_r)
{
	struct archive *archive = conn->archive;
	const char *owner = archive_arg(args, "owner", 1024);
	struct owner_labels labels = { .count = 0 };
	struct owner_events events;
	json_t *answer, *holds;

	if (owner == NULL || *owner == '\0') {
		*word_r = "invalid";
		*text_r = "No owner was named";
		return NULL;
	}
	events.owner = owner;
	events.object = json_object();
	holds = archive_hold_of_owner(archive, owner);
	if (holds == NULL ||
	    archive_ledger_label_list(archive->ledger, owner, NULL,
				      owner_label_count, &labels) < 0 ||
	    archive_ledger_doc_list(archive->ledger, "event", owner_event, &events) < 0) {
		json_decref(holds);
		json_decref(events.object);
		return archive_ledger_answer(archive, word_r, text_r);
	}
	i_free(conn->owner);
	conn->owner = i_strdup(owner);
	answer = json_object();
	json_object_set_new(answer, "holds", holds);
	json_object_set_new(answer, "events", events.object);
	pix_json_set_int(answer, "labels", labels.count);
	return answer;
}

/* The explicit labels of some mails (guids), or of all (without). */
json_t *archive_cmd_labels(struct archive_conn *conn, const json_t *args,
			   const char **word_r, const char **text_r)
{
	struct archive *archive = conn->archive;
	const char *owner = archive_arg(args, "owner", 1024);
	const json_t *guids = json_object_get(args, "guids");
	struct owner_labels labels = { .object = json_object() };
	json_t *answer, *value;
	size_t i;
	int ret = 0;

	if (owner == NULL || !json_is_array(guids) || json_array_size(guids) > 1000) {
		json_decref(labels.object);
		*word_r = "invalid";
		*text_r = "An owner and at most 1000 GUIDs are needed";
		return NULL;
	}
	json_array_foreach(guids, i, value) {
		const char *guid = json_string_value(value);

		if (guid != NULL && ret == 0)
			ret = archive_ledger_label_list(archive->ledger, owner, guid,
							owner_label_list, &labels);
	}
	if (ret < 0) {
		json_decref(labels.object);
		return archive_ledger_answer(archive, word_r, text_r);
	}
	answer = json_object();
	json_object_set_new(answer, "labels", labels.object);
	return answer;
}

/* Puts a label on a mail. Labels are never taken off again. */
json_t *archive_cmd_label(struct archive_conn *conn, const json_t *args,
			  const char **word_r, const char **text_r)
{
	struct archive *archive = conn->archive;
	const char *owner = archive_arg(args, "owner", 1024);
	const char *guid = archive_arg(args, "guid", 256);
	const char *label = archive_arg(args, "label", PIX_RETENTION_LABEL_MAX);
	const char *actor = archive_arg(args, "actor", 256);
	int ret;

	if (owner == NULL || *owner == '\0' || guid == NULL || *guid == '\0' ||
	    label == NULL || !pix_retention_label_name_ok(label)) {
		*word_r = "invalid";
		*text_r = "A label needs owner, guid and a valid name";
		return NULL;
	}
	ret = archive_ledger_begin(archive->ledger);
	if (ret == 0)
		ret = archive_ledger_label_add(archive->ledger, owner, guid, label,
					       actor, time(NULL));
	if (ret == 0)
		ret = archive_ledger_commit(archive->ledger);
	if (ret < 0) {
		archive_ledger_rollback(archive->ledger);
		return archive_ledger_answer(archive, word_r, text_r);
	}
	archive_push_changed(archive, owner);
	return json_object();
}
