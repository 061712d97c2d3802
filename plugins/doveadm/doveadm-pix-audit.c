/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "doveadm-pix-audit.h"

#include <time.h>

#define PIX_AUDIT_PAGE 1000

/* the members that have a column of their own; the others are in "details" */
static const char *const columns[] = {
	"kind", "owner", "actor", "role", "ip", "session", "outcome", "reason",
	"service", "mailbox", "uids",
};
/* what says how a record came, and nothing about what happened */
static const char *const hidden[] = { "t", "ct", "producer", "seq" };

static bool doveadm_pix_audit_local_time(const char *str, time_t *time_r)
{
	static const char *const formats[] = {
		"%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S",
		"%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S",
	};

	for (unsigned int i = 0; i < N_ELEMENTS(formats); i++) {
		struct tm tm;
		const char *rest;

		i_zero(&tm);
		tm.tm_isdst = -1;
		rest = strptime(str, formats[i], &tm);
		if (rest == NULL || (rest[0] != '\0' && strcmp(rest, "Z") != 0))
			continue;
		*time_r = rest[0] == 'Z' ? timegm(&tm) : mktime(&tm);
		return *time_r != (time_t)-1;
	}
	return FALSE;
}

int doveadm_pix_audit_time(const char *str, int64_t *usecs_r)
{
	static const struct {
		char unit;
		int64_t secs;
	} units[] = {
		{ 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 }, { 'w', 7 * 86400 },
	};
	size_t len = strlen(str);
	int64_t num;
	time_t t;

	if (str_to_int64(str, &num) == 0 && num >= 0 && num < INT64_MAX / 1000000) {
		*usecs_r = num * 1000000;
		return 0;
	}
	for (unsigned int i = 0; i < N_ELEMENTS(units) && len > 1; i++) {
		if (str[len - 1] == units[i].unit &&
		    str_to_int64(t_strndup(str, len - 1), &num) == 0 &&
		    num >= 0 && num < time(NULL) / units[i].secs) {
			*usecs_r = ((int64_t)time(NULL) - num * units[i].secs) * 1000000;
			return 0;
		}
	}
	if (!doveadm_pix_audit_local_time(str, &t) || t < 0)
		return -1;
	*usecs_r = (int64_t)t * 1000000;
	return 0;
}

const char *doveadm_pix_audit_time_str(int64_t usecs)
{
	time_t t = (time_t)(usecs / 1000000);
	char date[32], zone[8];
	struct tm tm;

	if (localtime_r(&t, &tm) == NULL ||
	    strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &tm) == 0 ||
	    strftime(zone, sizeof(zone), "%z", &tm) == 0)
		return "";
	return t_strdup_printf("%s.%06lld%s", date, (long long)(usecs % 1000000), zone);
}

json_t *doveadm_pix_audit_filter(struct doveadm_cmd_context *cctx)
{
	static const char *const names[] = {
		"actor", "kind", "ip", "message", "mailbox", "session", "credential",
		"outcome", "address",
	};
	static const char *const times[] = { "since", "until" };
	json_t *args = json_object();
	int64_t usecs;

	for (unsigned int i = 0; i < N_ELEMENTS(names); i++)
		pix_json_set_str(args, names[i], pix_doveadm_str(cctx, names[i]));
	pix_json_set_str(args, "owner", pix_doveadm_str(cctx, "user"));
	pix_json_set_str(args, "by", pix_doveadm_actor(cctx));
	for (unsigned int i = 0; i < N_ELEMENTS(times); i++) {
		const char *value = pix_doveadm_str(cctx, times[i]);

		if (value == NULL)
			continue;
		if (doveadm_pix_audit_time(value, &usecs) < 0) {
			pix_doveadm_fail(EX_USAGE, "--%s %s is no time: give 2026-11-21, "
				"2026-11-21T09:30, 90m (ago) or seconds since 1970",
				times[i], value);
			json_decref(args);
			return NULL;
		}
		pix_json_set_int(args, times[i], usecs);
	}
	return args;
}

void doveadm_pix_audit_header(void)
{
	doveadm_print_header_simple("index");
	doveadm_print_header_simple("time");
	for (unsigned int i = 0; i < N_ELEMENTS(columns); i++)
		doveadm_print_header_simple(columns[i]);
	doveadm_print_header("details", "details", DOVEADM_PRINT_HEADER_FLAG_EXPAND);
}

static const char *doveadm_pix_audit_value(const json_t *value)
{
	if (json_is_string(value))
		return json_string_value(value);
	if (json_is_integer(value))
		return t_strdup_printf("%lld", (long long)json_integer_value(value));
	if (json_is_boolean(value))
		return json_is_true(value) ? "yes" : "no";
	return "";
}

static bool
doveadm_pix_audit_name_in(const char *name, const char *const *names, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++) {
		if (strcmp(names[i], name) == 0)
			return TRUE;
	}
	return FALSE;
}

void doveadm_pix_audit_row(const json_t *row)
{
	json_t *record = json_object_get(row, "record"), *value;
	string_t *details = t_str_new(256);
	const char *name;

	doveadm_print(doveadm_pix_audit_value(json_object_get(row, "index")));
	doveadm_print(doveadm_pix_audit_time_str(
		json_integer_value(json_object_get(record, "t"))));
	for (unsigned int i = 0; i < N_ELEMENTS(columns); i++)
		doveadm_print(doveadm_pix_audit_value(json_object_get(record, columns[i])));
	json_object_foreach(record, name, value) {
		if (doveadm_pix_audit_name_in(name, columns, N_ELEMENTS(columns)) ||
		    doveadm_pix_audit_name_in(name, hidden, N_ELEMENTS(hidden)))
			continue;
		if (str_len(details) > 0)
			str_append_c(details, ' ');
		str_printfa(details, "%s=%s", name, doveadm_pix_audit_value(value));
	}
	doveadm_print(str_c(details));
}

int64_t doveadm_pix_audit_print_all(json_t *args)
{
	struct pix_blocking_client *client =
		pix_doveadm_connect("pix-audit", PIX_AUDIT_ADMIN);
	int64_t offset = 0;
	bool more = TRUE;

	while (client != NULL && more) {
		json_t *answer, *rows, *row;
		size_t i;

		pix_json_set_int(args, "offset", offset);
		pix_json_set_int(args, "limit", PIX_AUDIT_PAGE);
		answer = pix_doveadm_call(client, "search", json_deep_copy(args));
		if (answer == NULL) {
			offset = -1;
			break;
		}
		rows = json_object_get(answer, "rows");
		json_array_foreach(rows, i, row) T_BEGIN {
			doveadm_pix_audit_row(row);
		} T_END;
		offset += (int64_t)json_array_size(rows);
		more = json_array_size(rows) > 0 &&
			offset < json_integer_value(json_object_get(answer, "total"));
		json_decref(answer);
	}
	if (client == NULL)
		offset = -1;
	pix_blocking_client_close(&client);
	json_decref(args);
	return offset;
}
