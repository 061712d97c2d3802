/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "doveadm-pix-audit.h"

static bool
cmd_audit_search_number(struct doveadm_cmd_context *cctx, const char *name,
			int64_t max, json_t *args)
{
	const char *value = pix_doveadm_str(cctx, name);
	int64_t num;

	if (value == NULL)
		return TRUE;
	if (str_to_int64(value, &num) < 0 || num < 0 || num > max) {
		pix_doveadm_fail(EX_USAGE, "--%s must be a number from 0 to %lld", name,
				 (long long)max);
		return FALSE;
	}
	pix_json_set_int(args, name, num);
	return TRUE;
}

static void cmd_audit_search(struct doveadm_cmd_context *cctx)
{
	json_t *args = doveadm_pix_audit_filter(cctx), *answer, *row;
	bool count = pix_doveadm_bool(cctx, "count");
	size_t i;

	if (args == NULL)
		return;
	pix_json_set_bool(args, "reverse", pix_doveadm_bool(cctx, "reverse"));
	if (count)
		pix_json_set_int(args, "limit", 0);
	else if (!cmd_audit_search_number(cctx, "limit", 1000, args) ||
		 !cmd_audit_search_number(cctx, "offset", INT32_MAX, args)) {
		json_decref(args);
		return;
	}
	answer = pix_doveadm_ask("pix-audit", PIX_AUDIT_ADMIN, "search", args);
	if (answer == NULL)
		return;
	doveadm_print_init(count ? DOVEADM_PRINT_TYPE_FLOW : DOVEADM_PRINT_TYPE_TABLE);
	if (count) {
		doveadm_print_header_simple("total");
		doveadm_print(dec2str(json_integer_value(json_object_get(answer, "total"))));
	} else {
		doveadm_pix_audit_header();
	}
	json_array_foreach(json_object_get(answer, "rows"), i, row) T_BEGIN {
		doveadm_pix_audit_row(row);
	} T_END;
	json_decref(answer);
}

struct doveadm_cmd_ver2 doveadm_pix_cmd_audit_search = {
	.name = "pix audit search",
	.cmd = cmd_audit_search,
	.usage = PIX_AUDIT_FILTER_USAGE
		" [--limit <n>] [--offset <n>] [--reverse] [--count]",
DOVEADM_CMD_PARAMS_START
PIX_AUDIT_FILTER_PARAMS
DOVEADM_CMD_PARAM('\0', "limit", CMD_PARAM_STR, 0)
DOVEADM_CMD_PARAM('\0', "offset", CMD_PARAM_STR, 0)
DOVEADM_CMD_PARAM('\0', "reverse", CMD_PARAM_BOOL, 0)
DOVEADM_CMD_PARAM('\0', "count", CMD_PARAM_BOOL, 0)
DOVEADM_CMD_PARAMS_END
};
