/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-archive-label.h"
#include "pix-archive-user.h"
#include "lib-event-private.h"

static struct pix_archive_user *label_event_user(struct event *event)
{
	struct pix_archive_user *auser = NULL;

	for (; event != NULL && auser == NULL; event = event->parent)
		auser = event_get_ptr(event, PIX_ARCHIVE_USER_EVENT_PTR);
	return auser;
}

static void
label_put(struct pix_archive_user *auser, const char *owner, const char *guid,
	  const char *label)
{
	json_t *args = json_object(), *answer;
	const char *error;

	pix_json_set_str(args, "owner", owner);
	pix_json_set_str(args, "guid", guid);
	pix_json_set_str(args, "label", label);
	pix_json_set_str(args, "actor", auser->user->service);
	if (pix_archive_client_call(auser->client, "label", args, &answer, &error) > 0)
		json_decref(answer);
	else {
		e_error(auser->event, "Could not record a retention label: label=%s guid=%s: %s",
			label, guid, error);
	}
}

static bool
label_event(struct event *event, enum event_callback_type type,
	    struct failure_context *ctx ATTR_UNUSED,
	    const char *fmt ATTR_UNUSED, va_list args ATTR_UNUSED)
{
	struct pix_archive_user *auser;
	const char *owner, *guid, *labels, *const *label;

	if (type != EVENT_CALLBACK_TYPE_SEND || event->sending_name == NULL ||
	    strcmp(event->sending_name, "pix_retention_label") != 0)
		return TRUE;
	auser = label_event_user(event);
	owner = event_find_field_recursive_str(event, "user");
	guid = event_find_field_recursive_str(event, "guid");
	labels = event_find_field_recursive_str(event, "label");
	if (auser == NULL || auser->client == NULL || owner == NULL ||
	    guid == NULL || labels == NULL)
		return TRUE;
	for (label = t_strsplit_spaces(labels, " "); *label != NULL; label++)
		label_put(auser, owner, guid, *label);
	return TRUE;
}

void pix_archive_label_init(void)
{
	event_register_callback(label_event);
}

void pix_archive_label_deinit(void)
{
	event_unregister_callback(label_event);
}
