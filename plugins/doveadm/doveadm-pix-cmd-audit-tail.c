/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "doveadm-pix-audit.h"

#include <unistd.h>

#define PIX_AUDIT_TAIL_LINES 20
#define PIX_AUDIT_TAIL_MAX 1000
#define PIX_AUDIT_TAIL_USECS 300000

/* Prints records from *next on. FALSE after pix_doveadm_fail(). */
static bool
cmd_audit_tail_get(struct pix_blocking_client *client, const char *by, int64_t *next)
{
	json_t *args = json_object(), *answer, *row;
	size_t i;

	pix_json_set_int(args, "from", *next);
	pix_json_set_int(args, "count", PIX_AUDIT_TAIL_MAX);
	pix_json_set_str(args, "by", by);
	answer = pix_doveadm_call(client, "get", args);
	if (answer == NULL)
		return FALSE;
	json_array_foreach(json_object_get(answer, "rows"), i, row) T_BEGIN {
		doveadm_pix_audit_row(row);
		*next = json_integer_value(json_object_get(row, "index")) + 1;
	} T_END;
	json_decref(answer);
	return TRUE;
}

static void cmd_audit_tail(struct doveadm_cmd_context *cctx)
{
	const char *value = pix_doveadm_str(cctx, "lines"), *by = pix_doveadm_actor(cctx);
	struct pix_blocking_client *client;
	int64_t lines = PIX_AUDIT_TAIL_LINES, next;
	json_t *answer;

	if (value != NULL && (str_to_int64(value, &lines) < 0 || lines < 0 ||
			      lines > PIX_AUDIT_TAIL_MAX)) {
		pix_doveadm_fail(EX_USAGE, "-n must be a number from 0 to %d", PIX_AUDIT_TAIL_MAX);
		return;
	}
	client = pix_doveadm_connect("pix-audit", PIX_AUDIT_ADMIN);
	if (client == NULL)
		return;
	answer = pix_doveadm_call(client, "flush", json_object());
	if (answer != NULL) {
		next = json_integer_value(json_object_get(answer, "size")) - lines;
		next = I_MAX(next, 0);
		json_decref(answer);
		doveadm_print_init(DOVEADM_PRINT_TYPE_TAB);
		doveadm_pix_audit_header();
		while (cmd_audit_tail_get(client, by, &next) &&
		       pix_doveadm_bool(cctx, "follow")) {
			doveadm_print_flush();
			usleep(PIX_AUDIT_TAIL_USECS);
		}
	}
	pix_blocking_client_close(&client);
}

struct doveadm_cmd_ver2 doveadm_pix_cmd_audit_tail = {
	.name = "pix audit tail",
	.cmd = cmd_audit_tail,
	.usage = "[-f] [-n <lines>]",
DOVEADM_CMD_PARAMS_START
DOVEADM_CMD_PARAM('f', "follow", CMD_PARAM_BOOL, 0)
DOVEADM_CMD_PARAM('n', "lines", CMD_PARAM_STR, 0)
DOVEADM_CMD_PARAMS_END
};
