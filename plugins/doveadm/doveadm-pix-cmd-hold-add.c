/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "doveadm-pix-hold.h"

static void
hold_list(struct doveadm_cmd_context *cctx, json_t *args, const char *param,
	  const char *member)
{
	const char *const *values;
	json_t *list = json_array();

	if (doveadm_cmd_param_array(cctx, param, &values)) {
		for (; *values != NULL; values++)
			json_array_append_new(list, json_string(*values));
	}
	json_object_set_new(args, member, list);
}

/* What the archive already has of each custodian. */
static void hold_coverage(struct doveadm_cmd_context *cctx)
{
	struct pix_archive_client *client = doveadm_pix_archive_connect();
	const char *const *values;
	json_t *args, *answer;

	doveadm_print_init(DOVEADM_PRINT_TYPE_TABLE);
	doveadm_print_header_simple("custodian");
	doveadm_print_header_simple("archived");
	doveadm_print_header_simple("covered");
	if (!doveadm_cmd_param_array(cctx, "custodian", &values))
		values = NULL;
	for (; values != NULL && *values != NULL; values++) T_BEGIN {
		args = json_object();
		pix_json_set_str(args, "owner", *values);
		answer = doveadm_pix_archive_call(client, "count", args);
		doveadm_print(*values);
		doveadm_print(t_strdup_printf("%lld", (long long)
			doveadm_pix_archive_int(answer, "count")));
		/* the mailbox itself is guarded from now on, whoever opens it */
		doveadm_print(strpbrk(*values, "*?") != NULL ? "all that match" : "mailbox and archive");
		json_decref(answer);
	} T_END;
	pix_archive_client_deinit(&client);
}

static void cmd_hold_add(struct doveadm_cmd_context *cctx)
{
	const char *id = pix_doveadm_str(cctx, "hold");
	json_t *args, *answer;
	int64_t from, to;

	if (id == NULL) {
		pix_doveadm_fail(EX_USAGE, "Which hold? Give it a name");
		return;
	}
	if (!doveadm_pix_archive_date(cctx, "from", &from) ||
	    !doveadm_pix_archive_date(cctx, "to", &to))
		return;
	args = json_object();
	pix_json_set_str(args, "hold", id);
	pix_json_set_str(args, "matter", pix_doveadm_str(cctx, "matter"));
	pix_json_set_str(args, "reason", pix_doveadm_str(cctx, "reason"));
	pix_json_set_int(args, "from", from);
	pix_json_set_int(args, "to", to);
	pix_json_set_bool(args, "announce", pix_doveadm_bool(cctx, "announce"));
	hold_list(cctx, args, "custodian", "custodians");
	hold_list(cctx, args, "folder", "folders");
	answer = doveadm_pix_archive_ask(cctx, "hold-add", args);
	if (answer == NULL)
		return;
	json_decref(answer);
	hold_coverage(cctx);
}

struct doveadm_cmd_ver2 doveadm_pix_cmd_hold_add = {
	.name = "pix hold add",
	.cmd = cmd_hold_add,
	.usage = "--custodian <user> [--folder <pattern>] [--from <date>] [--to <date>] [--matter <text>] [--reason <text>] [--announce] <hold>",
DOVEADM_CMD_PARAMS_START
DOVEADM_CMD_PARAM('\0', "custodian", CMD_PARAM_ARRAY, 0)
DOVEADM_CMD_PARAM('\0', "folder", CMD_PARAM_ARRAY, 0)
DOVEADM_CMD_PARAM('\0', "from", CMD_PARAM_STR, 0)
DOVEADM_CMD_PARAM('\0', "to", CMD_PARAM_STR, 0)
DOVEADM_CMD_PARAM('\0', "matter", CMD_PARAM_STR, 0)
DOVEADM_CMD_PARAM('\0', "reason", CMD_PARAM_STR, 0)
DOVEADM_CMD_PARAM('\0', "announce", CMD_PARAM_BOOL, 0)
DOVEADM_CMD_PARAM('\0', "hold", CMD_PARAM_STR, CMD_PARAM_FLAG_POSITIONAL)
DOVEADM_CMD_PARAMS_END
};
