/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-audit-ecs.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

/* from a record's field to a path in ECS */
static const struct {
	const char *from, *object, *member;
} fields[] = {
	{ "kind", "event", "action" },
	{ "reason", "event", "reason" },
	{ "ip", "source", "ip" },
	{ "port", "source", "port" },
	{ "lip", "destination", "ip" },
	{ "lport", "destination", "port" },
	{ "bytes_in", "source", "bytes" },
	{ "bytes_out", "destination", "bytes" },
	{ "proto", "network", "protocol" },
	{ "tls_cipher", "tls", "cipher" },
	{ "tls_group", "tls", "curve" },
	{ "msgid", "email", "message_id" },
	{ "host", "host", "name" },
	{ "service", "service", "name" },
};

static const struct {
	const char *class, *category;
} categories[] = {
	{ "auth", "authentication" }, { "token", "authentication" },
	{ "credential", "iam" }, { "session", "session" }, { "connection", "network" },
	{ "mail", "email" }, { "delivery", "email" }, { "submission", "email" },
	{ "folder", "email" }, { "quarantine", "email" }, { "config", "configuration" },
	{ "sieve", "configuration" }, { "admin", "configuration" },
};

static json_t *ecs_object(json_t *root, const char *name)
{
	json_t *object = json_object_get(root, name);

	if (object == NULL) {
		object = json_object();
		json_object_set_new(root, name, object);
	}
	return object;
}

static void ecs_list(json_t *root, const char *object, const char *name, json_t *value)
{
	json_t *parent = ecs_object(root, object), *list;

	if (value == NULL)
		return;
	list = json_object_get(parent, name);
	if (list == NULL) {
		list = json_array();
		json_object_set_new(parent, name, list);
	}
	json_array_append(list, value);
}

static void ecs_time(json_t *root, int64_t usecs)
{
	time_t t = (time_t)(usecs / 1000000);
	char date[32], text[48];
	struct tm tm;

	if (gmtime_r(&t, &tm) == NULL ||
	    strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &tm) == 0)
		return;
	snprintf(text, sizeof(text), "%s.%06dZ", date, (int)(usecs % 1000000));
	json_object_set_new(root, "@timestamp", json_string(text));
}

static void ecs_event(json_t *root, uint64_t index, json_t *record)
{
	const char *kind = json_string_value(json_object_get(record, "kind"));
	const char *outcome = json_string_value(json_object_get(record, "outcome"));
	json_t *event = ecs_object(root, "event"), *list = json_array();
	json_t *duration = json_object_get(record, "duration");

	json_object_set_new(event, "kind", json_string("event"));
	json_object_set_new(event, "provider", json_string("dovecot-pix"));
	json_object_set_new(event, "sequence", json_integer((json_int_t)index));
	json_object_set_new(event, "outcome", json_string(
		outcome == NULL || strcmp(outcome, "ok") == 0 ? "success" :
		strcmp(outcome, "fail") == 0 || strcmp(outcome, "denied") == 0 ?
		"failure" : "unknown"));
	if (json_is_integer(duration)) {
		/* nanoseconds */
		json_object_set_new(event, "duration",
			json_integer(json_integer_value(duration) * 1000000));
	}
	for (size_t i = 0; kind != NULL && i < sizeof(categories) / sizeof(categories[0]); i++) {
		size_t len = strlen(categories[i].class);

		if (strncmp(kind, categories[i].class, len) == 0 && kind[len] == '.')
			json_array_append_new(list, json_string(categories[i].category));
	}
	json_object_set_new(event, "category", list);
}

static void ecs_users(json_t *root, json_t *record)
{
	json_t *owner = json_object_get(record, "owner");
	json_t *actor = json_object_get(record, "actor");
	json_t *user, *target;

	if (owner == NULL && actor == NULL)
		return;
	user = ecs_object(root, "user");
	json_object_set(user, "name", actor != NULL ? actor : owner);
	ecs_list(root, "related", "user", actor);
	ecs_list(root, "related", "user", owner);
	if (actor != NULL && owner != NULL) {
		target = json_object();
		json_object_set(target, "name", owner);
		json_object_set_new(user, "target", target);
	}
}

static void ecs_address(json_t *root, const char *name, json_t *value)
{
	json_t *address;

	if (value == NULL)
		return;
	address = ecs_object(ecs_object(root, "email"), name);
	json_object_set_new(address, "address", json_pack("[O]", value));
}

json_t *pix_audit_ecs(uint64_t index, json_t *record)
{
	json_t *root = json_object(), *tls;

	ecs_time(root, json_integer_value(json_object_get(record, "t")));
	json_object_set_new(root, "ecs", json_pack("{s:s}", "version", "8.11.0"));
	ecs_event(root, index, record);
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		json_t *value = json_object_get(record, fields[i].from);

		if (value != NULL)
			json_object_set(ecs_object(root, fields[i].object), fields[i].member, value);
	}
	ecs_users(root, record);
	ecs_address(root, "from", json_object_get(record, "sender"));
	ecs_address(root, "to", json_object_get(record, "recipient"));
	ecs_list(root, "related", "ip", json_object_get(record, "ip"));
	ecs_list(root, "related", "hash", json_object_get(record, "sha256"));
	tls = json_object_get(record, "tls");
	if (json_is_string(tls) && strncmp(json_string_value(tls), "TLSv", 4) == 0) {
		json_object_set_new(ecs_object(root, "tls"), "version_protocol", json_string("tls"));
		json_object_set_new(ecs_object(root, "tls"), "version",
				    json_string(json_string_value(tls) + 4));
	}
	if (json_object_size(json_object_get(root, "related")) == 0)
		json_object_del(root, "related");
	json_object_set(root, "dovecot_pix", record);
	return root;
}
