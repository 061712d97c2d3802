/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "doveadm-pix-session.h"

static const struct {
	const char *column;
	const char *member;
} columns[] = {
	{ "user", "user" },
	{ "service", "service" },
	{ "factor", "factor" },
	{ "credential", "credential" },
	{ "ip", "rip" },
	{ "tls", "tls" },
	{ "start", "start" },
	{ "expires", "expires" },
	{ "master", "master" },
	{ "issuer", "issuer" },
	{ "token", "token" },
	{ "pid", "pid" },
	{ "session", "session" },
};

static void doveadm_pix_session_print(const json_t *row)
{
	for (unsigned int i = 0; i < N_ELEMENTS(columns); i++) {
		const json_t *value = json_object_get(row, columns[i].member);

		if (json_is_string(value))
			doveadm_print(json_string_value(value));
		else if (json_is_integer(value))
			doveadm_print(t_strdup_printf("%lld",
				(long long)json_integer_value(value)));
		else if (json_is_boolean(value))
			doveadm_print(json_is_true(value) ? "yes" : "no");
		else
			doveadm_print("");
	}
}

static void cmd_session_list(struct doveadm_cmd_context *cctx)
{
	json_t *answer, *row;
	size_t i;

	doveadm_print_init(DOVEADM_PRINT_TYPE_TABLE);
	for (i = 0; i < N_ELEMENTS(columns); i++)
		doveadm_print_header_simple(columns[i].column);
	answer = pix_doveadm_ask("pix-identity", "pix-identity-admin",
				 "session-list",
				 doveadm_pix_session_filter(cctx));
	if (answer == NULL)
		return;
	json_array_foreach(json_object_get(answer, "sessions"), i, row) {
		T_BEGIN {
			doveadm_pix_session_print(row);
		} T_END;
	}
	json_decref(answer);
}

struct doveadm_cmd_ver2 doveadm_pix_cmd_session_list = {
	.name = "pix session list",
	.cmd = cmd_session_list,
	.usage = PIX_SESSION_FILTER_USAGE,
DOVEADM_CMD_PARAMS_START
PIX_SESSION_FILTER_PARAMS
DOVEADM_CMD_PARAMS_END
};
