/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "doveadm-pix-archive.h"
#include "pix-retention-file.h"
#include "pix-settings-archive.h"

#include <time.h>

#define ARCHIVE_TIMEOUT_MSECS (10 * 60 * 1000)

struct pix_archive_client *doveadm_pix_archive_connect(void)
{
	/* it connects with the first request */
	return pix_archive_client_init(pix_doveadm_socket("pix-archive-admin"),
				       ARCHIVE_TIMEOUT_MSECS);
}

json_t *doveadm_pix_archive_call(struct pix_archive_client *client,
				 const char *cmd, json_t *args)
{
	static const struct {
		const char *word;
		int code;
	} codes[] = {
		{ "not-found", DOVEADM_EX_NOTFOUND }, { "invalid", EX_USAGE },
		{ "exists", EX_CANTCREAT }, { "denied", EX_NOPERM },
		{ "refused", EX_NOPERM }, { "data", EX_DATAERR },
		{ "config", EX_CONFIG },
	};
	const char *error;
	json_t *answer;
	int ret, code = EX_TEMPFAIL;

	ret = pix_archive_client_call(client, cmd, args, &answer, &error);
	if (ret > 0)
		return answer;
	for (unsigned int i = 0; ret == 0 && i < N_ELEMENTS(codes); i++) {
		if (strcmp(codes[i].word, pix_archive_client_word(client)) == 0)
			code = codes[i].code;
	}
	pix_doveadm_fail(code, "%s", error);
	return NULL;
}

json_t *doveadm_pix_archive_ask(struct doveadm_cmd_context *cctx,
				const char *cmd, json_t *args)
{
	struct pix_archive_client *client = doveadm_pix_archive_connect();
	json_t *answer;

	pix_json_set_str(args, "actor", pix_doveadm_actor(cctx));
	answer = doveadm_pix_archive_call(client, cmd, args);
	pix_archive_client_deinit(&client);
	return answer;
}

bool doveadm_pix_archive_date(struct doveadm_cmd_context *cctx, const char *name,
			      int64_t *t_r)
{
	const char *str = pix_doveadm_str(cctx, name);

	*t_r = 0;
	if (str == NULL || pix_retention_date_parse(str, 0, t_r))
		return TRUE;
	pix_doveadm_fail(EX_USAGE, "--%s: '%s' is no date: use YYYY-MM-DD (UTC)", name, str);
	return FALSE;
}

json_t *doveadm_pix_archive_filter(struct doveadm_cmd_context *cctx)
{
	static const struct {
		const char *param, *member;
	} dates[] = {
		{ "since", "received_from" }, { "before", "received_to" },
		{ "archived-since", "archived_from" },
		{ "archived-before", "archived_to" },
	};
	const char *item = pix_doveadm_str(cctx, "item");
	json_t *args = json_object();
	int64_t t;

	pix_json_set_str(args, "owner", pix_doveadm_str(cctx, "user"));
	pix_json_set_str(args, "mailbox", pix_doveadm_str(cctx, "mailbox"));
	pix_json_set_str(args, "label", pix_doveadm_str(cctx, "label"));
	for (unsigned int i = 0; i < N_ELEMENTS(dates); i++) {
		if (!doveadm_pix_archive_date(cctx, dates[i].param, &t)) {
			json_decref(args);
			return NULL;
		}
		if (t != 0)
			pix_json_set_int(args, dates[i].member, t);
	}
	if (item != NULL) {
		if (str_to_int64(item, &t) < 0 || t <= 0) {
			pix_doveadm_fail(EX_USAGE, "--item: '%s' is no number", item);
			json_decref(args);
			return NULL;
		}
		pix_json_set_int(args, "item", t);
	}
	return args;
}

int64_t doveadm_pix_archive_int(const json_t *obj, const char *name)
{
	int64_t value;

	return pix_json_int(obj, name, INT64_MIN, INT64_MAX, &value) ? value : 0;
}

const char *doveadm_pix_archive_time(int64_t t)
{
	time_t tt = (time_t)t;
	struct tm *tm;
	char buf[64];

	if (t == 0 || t == PIX_RETENTION_FOREVER)
		return pix_retention_date_str(t, 0);
	tm = gmtime(&tt);
	if (tm == NULL || strftime(buf, sizeof(buf), "%Y-%m-%dT%H:%M:%SZ", tm) == 0)
		return "?";
	return t_strdup(buf);
}

int doveadm_pix_archive_items(struct pix_archive_client *client, const char *cmd,
			      json_t *filter,
			      bool (*func)(const json_t *item, void *context),
			      void *context)
{
	json_t *answer, *items, *item;
	bool more = TRUE;
	size_t i;

	while (more) {
		answer = doveadm_pix_archive_call(client, cmd, json_deep_copy(filter));
		if (answer == NULL) {
			json_decref(filter);
			return -1;
		}
		items = json_object_get(answer, "items");
		more = pix_json_true(answer, "more");
		json_array_foreach(items, i, item) T_BEGIN {
			if (more || i < json_array_size(items)) {
				pix_json_set_int(filter, "after",
						 doveadm_pix_archive_int(item, "item"));
				if (!func(item, context)) {
					more = FALSE;
					i = json_array_size(items);
				}
			}
		} T_END;
		json_decref(answer);
	}
	json_decref(filter);
	return 0;
}

static const char *const item_columns[] = {
	"item", "owner", "mailbox", "received", "archived", "until", "label",
	"held", "state", "reason", "size", "sha256", "guid",
};

void doveadm_pix_archive_print_items_header(void)
{
	doveadm_print_init(DOVEADM_PRINT_TYPE_TABLE);
	for (unsigned int i = 0; i < N_ELEMENTS(item_columns); i++)
		doveadm_print_header_simple(item_columns[i]);
}

bool doveadm_pix_archive_print_item(const json_t *item, void *context ATTR_UNUSED)
{
	for (unsigned int i = 0; i < N_ELEMENTS(item_columns); i++) {
		const char *name = item_columns[i];
		const json_t *value = json_object_get(item, name);

		if (json_is_boolean(value))
			doveadm_print(json_is_true(value) ? "yes" : "no");
		else if (json_is_string(value))
			doveadm_print(json_string_value(value));
		else if (strcmp(name, "received") == 0 || strcmp(name, "archived") == 0 ||
			 strcmp(name, "until") == 0)
			doveadm_print(doveadm_pix_archive_time(doveadm_pix_archive_int(item, name)));
		else
			doveadm_print(t_strdup_printf("%lld",
				(long long)doveadm_pix_archive_int(item, name)));
	}
	return TRUE;
}

struct pix_retention_policy *
doveadm_pix_retention_policy(const char *path)
{
	const struct pix_archive_settings *set;
	struct pix_retention_policy *policy;
	const void *ptr;
	const char *error;

	if (path == NULL) {
		if (pix_settings_get_service(NULL, &pix_archive_setting_parser_info,
					     "doveadm", &ptr, &error) < 0) {
			pix_doveadm_fail(EX_CONFIG, "Can't read settings: %s", error);
			return NULL;
		}
		set = ptr;
		path = t_strdup(set->pix_archive_policy);
		pix_settings_free(&set);
	}
	if (*path == '\0') {
		pix_doveadm_fail(EX_CONFIG, "No policy is set (check pix_archive_policy)");
		return NULL;
	}
	if (pix_retention_file_read(path, &policy, &error) < 0) {
		pix_doveadm_fail(EX_DATAERR, "%s", error);
		return NULL;
	}
	return policy;
}

json_t *doveadm_pix_archive_item_args(const char *const *ids)
{
	json_t *args = json_object(), *items = json_array();
	int64_t id;

	json_object_set_new(args, "items", items);
	for (; *ids != NULL; ids++) {
		if (str_to_int64(*ids, &id) < 0) {
			pix_doveadm_fail(EX_USAGE, "'%s' is no number of an item", *ids);
			json_decref(args);
			return NULL;
		}
		json_array_append_new(items, json_integer(id));
	}
	return args;
}
