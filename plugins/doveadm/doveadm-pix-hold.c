/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "doveadm-pix-hold.h"

static const char *const hold_columns[] = {
	"hold", "state", "matter", "custodians", "folders", "from", "to",
	"created", "creator", "release-by", "released", "releaser",
};

void doveadm_pix_hold_header(void)
{
	doveadm_print_init(DOVEADM_PRINT_TYPE_TABLE);
	for (unsigned int i = 0; i < N_ELEMENTS(hold_columns); i++)
		doveadm_print_header_simple(hold_columns[i]);
}

static const char *hold_value(const json_t *hold, const char *column)
{
	const char *member = strcmp(column, "release-by") == 0 ? "release_by" : column;
	const json_t *value = json_object_get(hold, member);
	string_t *str;
	json_t *elem;
	size_t i;

	if (json_is_string(value))
		return json_string_value(value);
	if (json_is_integer(value)) {
		return strcmp(column, "from") == 0 || strcmp(column, "to") == 0 ?
			pix_retention_date_str(json_integer_value(value), 0) :
			doveadm_pix_archive_time(json_integer_value(value));
	}
	if (!json_is_array(value) || json_array_size(value) == 0)
		return "-";
	str = t_str_new(128);
	json_array_foreach(value, i, elem)
		str_printfa(str, "%s%s", i == 0 ? "" : " ", json_string_value(elem));
	return str_c(str);
}

void doveadm_pix_hold_print(const json_t *hold)
{
	for (unsigned int i = 0; i < N_ELEMENTS(hold_columns); i++) T_BEGIN {
		doveadm_print(hold_value(hold, hold_columns[i]));
	} T_END;
}

json_t *doveadm_pix_hold_ask(struct doveadm_cmd_context *cctx, const char *cmd)
{
	const char *id = pix_doveadm_str(cctx, "hold");
	json_t *args;

	if (id == NULL) {
		pix_doveadm_fail(EX_USAGE, "Which hold?");
		return NULL;
	}
	args = json_object();
	pix_json_set_str(args, "hold", id);
	return doveadm_pix_archive_ask(cctx, cmd, args);
}

void doveadm_pix_hold_state(struct doveadm_cmd_context *cctx, const char *cmd)
{
	json_t *answer = doveadm_pix_hold_ask(cctx, cmd);

	if (answer == NULL)
		return;
	doveadm_print_init(DOVEADM_PRINT_TYPE_FLOW);
	doveadm_print_header_simple("state");
	doveadm_print(pix_json_str(answer, "state"));
	json_decref(answer);
}
