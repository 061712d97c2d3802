/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "doveadm-pix-mfa.h"

/* As pix-identity pushes them (docs/protocol/identity.md). */
#define PIX_FLAG_REQUIRED 0x01
#define PIX_FLAG_PENDING 0x02
#define PIX_FLAG_APP_PASSWORD 0x04
#define PIX_FLAG_BROKEN 0x08
#define PIX_FLAG_LOCKED 0x20

/* One line a credential of the user. */
static void cmd_mfa_status_user(const char *user)
{
	json_t *args = json_object(), *answer, *rows, *row;
	size_t i;

	pix_json_set_str(args, "user", user);
	answer = doveadm_pix_mfa_ask("mfa-show", args);
	if (answer == NULL)
		return;
	doveadm_print_init(DOVEADM_PRINT_TYPE_TABLE);
	doveadm_print_header_simple("kind");
	doveadm_print_header_simple("credential");
	doveadm_print_header_simple("state");
	doveadm_print_header_simple("label");
	doveadm_print_header_simple("created");
	doveadm_print_header_simple("last used");
	doveadm_print_header_simple("last ip");
	doveadm_print_header_simple("left");
	rows = json_object_get(answer, "rows");
	json_array_foreach(rows, i, row) {
		doveadm_print(doveadm_pix_mfa_text(row, "kind"));
		doveadm_print(doveadm_pix_mfa_text(row, "id"));
		doveadm_print(doveadm_pix_mfa_text(row, "state"));
		doveadm_print(doveadm_pix_mfa_text(row, "label"));
		doveadm_print(doveadm_pix_mfa_time(row, "created"));
		doveadm_print(doveadm_pix_mfa_time(row, "last_used"));
		doveadm_print(doveadm_pix_mfa_text(row, "last_ip"));
		doveadm_print(doveadm_pix_mfa_text(row, "left"));
	}
	if (json_integer_value(json_object_get(answer, "tampered")) > 0)
		pix_doveadm_fail(EX_DATAERR, "Rows of %s were changed, deleted or rolled back in the database: the user can't log in (see TAMPERING in pix-identity(8))", user);
	json_decref(answer);
}

/* One line a user. */
static void cmd_mfa_status_all(void)
{
	json_t *answer = doveadm_pix_mfa_ask("mfa-list", json_object());
	json_t *users, *value;
	const char *name;

	if (answer == NULL)
		return;
	doveadm_print_init(DOVEADM_PRINT_TYPE_TABLE);
	doveadm_print_header_simple("user");
	doveadm_print_header_simple("second factor");
	doveadm_print_header_simple("app passwords");
	doveadm_print_header_simple("account");
	doveadm_print_header_simple("rows");
	users = json_object_get(answer, "users");
	json_object_foreach(users, name, value) {
		json_int_t flags = json_integer_value(value);

		doveadm_print(name);
		doveadm_print((flags & PIX_FLAG_REQUIRED) != 0 ? "active" :
			      (flags & PIX_FLAG_PENDING) != 0 ? "pending" : "none");
		doveadm_print((flags & PIX_FLAG_APP_PASSWORD) != 0 ? "yes" : "no");
		doveadm_print((flags & PIX_FLAG_LOCKED) != 0 ? "locked" : "open");
		doveadm_print((flags & PIX_FLAG_BROKEN) != 0 ? "tampered" : "ok");
	}
	json_decref(answer);
}

static void cmd_mfa_status(struct doveadm_cmd_context *cctx)
{
	const char *user = pix_doveadm_str(cctx, "user");

	if (user != NULL)
		cmd_mfa_status_user(user);
	else
		cmd_mfa_status_all();
}

struct doveadm_cmd_ver2 doveadm_pix_cmd_mfa_status = {
	.name = "pix mfa status",
	.cmd = cmd_mfa_status,
	.usage = "[-u <user>]",
DOVEADM_CMD_PARAMS_START
DOVEADM_CMD_PARAM('u', "user", CMD_PARAM_STR, 0)
DOVEADM_CMD_PARAMS_END
};
