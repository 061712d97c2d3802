/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-archive.h"

#include <time.h>

/* A hold is the document "hold" of the ledger, by its id:
   {"matter", "custodians": [patterns], "folders": [patterns], "from", "to",
    "query", "reason", "created", "creator", "announce", "state",
    "release_by", "released", "releaser"}. state: active, releasing, released.
   A query narrows searches and exports only: the guard holds all that the
   other members cover, as it must decide without reading the mail. */

#define HOLD_LIST_MAX 10000

static bool json_list_ok(const json_t *list, size_t max)
{
	size_t i;
	json_t *value;

	if (list == NULL || !json_is_array(list) || json_array_size(list) > HOLD_LIST_MAX)
		return FALSE;
	json_array_foreach(list, i, value) {
		const char *str = json_string_value(value);

		if (str == NULL || *str == '\0' || json_string_length(value) > max ||
		    strlen(str) != json_string_length(value))
			return FALSE;
	}
	return TRUE;
}

static bool
list_matches(const json_t *list, const char *value,
	     bool (*match)(const char *pattern, const char *value))
{
	size_t i;
	json_t *elem;

	json_array_foreach(list, i, elem) {
		if (match(json_string_value(elem), value))
			return TRUE;
	}
	return FALSE;
}

static bool hold_is_active(const json_t *hold)
{
	const char *state = pix_json_str(hold, "state");

	/* what is being released still holds until the second person approves */
	return state == NULL || strcmp(state, "released") != 0;
}

static bool hold_has_owner(const json_t *hold, const char *owner)
{
	return list_matches(json_object_get(hold, "custodians"), owner,
			    pix_retention_name_match);
}

struct covers {
	const char *owner, *mailbox;
	int64_t received;
	bool covered;
};

static void hold_covers_one(const char *name ATTR_UNUSED, const json_t *hold, void *context)
{
	struct covers *covers = context;
	const json_t *folders = json_object_get(hold, "folders");
	int64_t from = 0, to = 0;

	if (covers->covered || !hold_is_active(hold) ||
	    !hold_has_owner(hold, covers->owner))
		return;
	if (json_array_size(folders) > 0 &&
	    !list_matches(folders, covers->mailbox, pix_retention_folder_match))
		return;
	(void)pix_json_int(hold, "from", 0, INT64_MAX, &from);
	(void)pix_json_int(hold, "to", 0, INT64_MAX, &to);
	/* an unknown date is held */
	if (covers->received != 0 && (covers->received < from ||
				      (to != 0 && covers->received >= to)))
		return;
	covers->covered = TRUE;
}

int archive_hold_covers(struct archive *archive, const char *owner,
			const char *mailbox, int64_t received, bool *covered_r)
{
	struct covers covers = {
		.owner = owner, .mailbox = mailbox, .received = received
	};

	if (archive_ledger_doc_list(archive->ledger, "hold", hold_covers_one, &covers) < 0)
		return -1;
	*covered_r = covers.covered;
	return 0;
}

struct of_owner {
	const char *owner;
	json_t *list;
};

static void hold_of_owner_one(const char *name, const json_t *hold, void *context)
{
	static const char *const members[] = { "folders", "from", "to" };
	struct of_owner *of = context;
	json_t *copy, *value;

	if (!hold_is_active(hold) || !hold_has_owner(hold, of->owner))
		return;
	copy = json_object();
	pix_json_set_str(copy, "id", name);
	for (unsigned int i = 0; i < N_ELEMENTS(members); i++) {
		value = json_object_get(hold, members[i]);
		if (value != NULL)
			json_object_set_new(copy, members[i], json_deep_copy(value));
	}
	json_array_append_new(of->list, copy);
}

json_t *archive_hold_of_owner(struct archive *archive, const char *owner)
{
	struct of_owner of = { .owner = owner, .list = json_array() };

	if (archive_ledger_doc_list(archive->ledger, "hold", hold_of_owner_one, &of) < 0) {
		json_decref(of.list);
		return NULL;
	}
	return of.list;
}

static void push_changed(struct pix_service_conn *conn, void *context)
{
	struct archive_conn *ac = pix_service_conn_context(conn);
	const char *owner = context;
	json_t *msg;

	if (ac == NULL || ac->owner == NULL ||
	    (*owner != '\0' && strcmp(ac->owner, owner) != 0))
		return;
	msg = json_object();
	pix_json_set_str(msg, "push", "changed");
	pix_service_push(conn, msg);
}

void archive_push_changed(struct archive *archive, const char *owner)
{
	pix_service_foreach(archive->service, push_changed, (void *)owner);
}

/* Writes a hold and tells all sessions before anybody is told that it is in
   force. */
static int
hold_write(struct archive *archive, const char *id, const json_t *hold,
	   const char *actor)
{
	if (archive_ledger_begin(archive->ledger) < 0)
		return -1;
	if (archive_ledger_doc_put(archive->ledger, "hold", id, hold, actor, time(NULL)) < 0) {
		archive_ledger_rollback(archive->ledger);
		return -1;
	}
	if (archive_ledger_commit(archive->ledger) < 0)
		return -1;
	archive_push_changed(archive, "");
	return 0;
}

static bool hold_id_ok(const char *id)
{
	return id != NULL && *id != '\0' && strlen(id) <= 64 &&
		strspn(id, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") == strlen(id);
}

json_t *archive_cmd_hold_add(struct archive_conn *conn, const json_t *args,
			     const char **word_r, const char **text_r)
{
	static const char *const texts[] = { "matter", "reason", "query" };
	struct archive *archive = conn->archive;
	const char *id = pix_json_str(args, "hold");
	const char *actor = archive_arg(args, "actor", 256);
	const json_t *folders = json_object_get(args, "folders");
	json_t *hold, *old;
	int64_t from = 0, to = 0;
	int ret;

	if (!hold_id_ok(id) || actor == NULL ||
	    !json_list_ok(json_object_get(args, "custodians"), 1024) ||
	    json_array_size(json_object_get(args, "custodians")) == 0 ||
	    (folders != NULL && !json_list_ok(folders, 4096))) {
		*word_r = "invalid";
		*text_r = "A hold needs an id (letters, digits, -_.) and at least one custodian";
		return NULL;
	}
	(void)pix_json_int(args, "from", 0, INT64_MAX, &from);
	(void)pix_json_int(args, "to", 0, INT64_MAX, &to);
	if (to != 0 && to <= from) {
		*word_r = "invalid";
		*text_r = "The hold ends before it begins";
		return NULL;
	}
	if ((ret = archive_ledger_doc_get(archive->ledger, "hold", id, &old)) != 0) {
		json_decref(old);
		if (ret < 0)
			return archive_ledger_answer(archive, word_r, text_r);
		*word_r = "exists";
		*text_r = t_strdup_printf("The hold %s exists already", id);
		return NULL;
	}
	hold = json_object();
	for (unsigned int i = 0; i < N_ELEMENTS(texts); i++)
		pix_json_set_str(hold, texts[i], archive_arg(args, texts[i], 4096));
	json_object_set_new(hold, "custodians",
			    json_deep_copy(json_object_get(args, "custodians")));
	json_object_set_new(hold, "folders", folders == NULL ? json_array() :
			    json_deep_copy(folders));
	pix_json_set_int(hold, "from", from);
	pix_json_set_int(hold, "to", to);
	pix_json_set_bool(hold, "announce", pix_json_true(args, "announce"));
	pix_json_set_int(hold, "created", time(NULL));
	pix_json_set_str(hold, "creator", actor);
	pix_json_set_str(hold, "state", "active");
	ret = hold_write(archive, id, hold, actor);
	json_decref(hold);
	if (ret < 0)
		return archive_ledger_answer(archive, word_r, text_r);
	e_info(archive->event, "Hold %s was added by %s", id, actor);
	return json_object();
}

static void hold_list_one(const char *name, const json_t *hold, void *context)
{
	json_t *list = context, *copy = json_deep_copy(hold);

	pix_json_set_str(copy, "hold", name);
	json_array_append_new(list, copy);
}

json_t *archive_cmd_hold_list(struct archive_conn *conn, const json_t *args ATTR_UNUSED,
			      const char **word_r, const char **text_r)
{
	json_t *list = json_array(), *answer;

	if (archive_ledger_doc_list(conn->archive->ledger, "hold", hold_list_one, list) < 0) {
		json_decref(list);
		return archive_ledger_answer(conn->archive, word_r, text_r);
	}
	answer = json_object();
	json_object_set_new(answer, "holds", list);
	return answer;
}

/* The hold that a request names: a new reference, or NULL. */
static json_t *
hold_get(struct archive *archive, const json_t *args, const char **id_r,
	 const char **word_r, const char **text_r)
{
	json_t *hold;
	int ret;

	*id_r = pix_json_str(args, "hold");
	if (!hold_id_ok(*id_r)) {
		*word_r = "invalid";
		*text_r = "No hold was named";
		return NULL;
	}
	ret = archive_ledger_doc_get(archive->ledger, "hold", *id_r, &hold);
	if (ret < 0)
		return archive_ledger_answer(archive, word_r, text_r);
	if (ret == 0) {
		*word_r = "not-found";
		*text_r = t_strdup_printf("There is no hold %s", *id_r);
		return NULL;
	}
	return hold;
}

json_t *archive_cmd_hold_show(struct archive_conn *conn, const json_t *args,
			      const char **word_r, const char **text_r)
{
	const char *id;
	json_t *hold = hold_get(conn->archive, args, &id, word_r, text_r);

	if (hold != NULL)
		pix_json_set_str(hold, "hold", id);
	return hold;
}

static json_t *
hold_finish(struct archive *archive, const char *id, json_t *hold,
	    const char *actor, const char **word_r, const char **text_r)
{
	json_t *answer;
	int ret = hold_write(archive, id, hold, actor);

	if (ret < 0) {
		json_decref(hold);
		return archive_ledger_answer(archive, word_r, text_r);
	}
	answer = json_object();
	pix_json_set_str(answer, "state", pix_json_str(hold, "state"));
	json_decref(hold);
	return answer;
}

static void hold_set_released(json_t *hold, const char *actor)
{
	pix_json_set_str(hold, "state", "released");
	pix_json_set_int(hold, "released", time(NULL));
	pix_json_set_str(hold, "releaser", actor);
}

json_t *archive_cmd_hold_release(struct archive_conn *conn, const json_t *args,
				 const char **word_r, const char **text_r)
{
	struct archive *archive = conn->archive;
	const char *id, *actor = archive_arg(args, "actor", 256);
	json_t *hold;

	if (actor == NULL || (hold = hold_get(archive, args, &id, word_r, text_r)) == NULL)
		return NULL;
	if (strcmp(pix_json_str(hold, "state"), "active") != 0) {
		*word_r = "refused";
		*text_r = t_strdup_printf("The hold %s is %s", id, pix_json_str(hold, "state"));
		json_decref(hold);
		return NULL;
	}
	if (archive->set->pix_archive_two_persons) {
		pix_json_set_str(hold, "state", "releasing");
		pix_json_set_str(hold, "release_by", actor);
	} else {
		hold_set_released(hold, actor);
	}
	e_info(archive->event, "Release of hold %s was asked for by %s", id, actor);
	return hold_finish(archive, id, hold, actor, word_r, text_r);
}

json_t *archive_cmd_hold_approve(struct archive_conn *conn, const json_t *args,
				 const char **word_r, const char **text_r)
{
	struct archive *archive = conn->archive;
	const char *id, *by, *actor = archive_arg(args, "actor", 256);
	json_t *hold;

	if (actor == NULL || (hold = hold_get(archive, args, &id, word_r, text_r)) == NULL)
		return NULL;
	by = pix_json_str(hold, "release_by");
	if (strcmp(pix_json_str(hold, "state"), "releasing") != 0 || by == NULL) {
		*word_r = "refused";
		*text_r = t_strdup_printf("Nobody has asked to release the hold %s", id);
	} else if (strcmp(by, actor) == 0) {
		*word_r = "refused";
		*text_r = t_strdup_printf("The release of hold %s was asked for by %s: it needs a second person",
					  id, by);
	} else {
		hold_set_released(hold, actor);
		e_info(archive->event, "Hold %s was released by %s and %s", id, by, actor);
		return hold_finish(archive, id, hold, actor, word_r, text_r);
	}
	json_decref(hold);
	return NULL;
}
