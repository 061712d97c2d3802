/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "doveadm-pix-audit.h"

static json_t *cmd_receipt_args(struct doveadm_cmd_context *cctx, const char *number)
{
	json_t *args = json_object();
	uint64_t num;

	if (str_to_uint64(number, &num) < 0 || num == 0) {
		pix_doveadm_fail(EX_USAGE, "%s is no number of a receipt", number);
		json_decref(args);
		return NULL;
	}
	pix_json_set_str(args, "receipt", dec2str(num));
	pix_json_set_str(args, "by", pix_doveadm_actor(cctx));
	return args;
}

static void cmd_receipt_show(struct doveadm_cmd_context *cctx)
{
	const char *number = pix_doveadm_str(cctx, "number");
	json_t *args = cmd_receipt_args(cctx, number);

	if (args == NULL)
		return;
	doveadm_print_init(DOVEADM_PRINT_TYPE_TABLE);
	doveadm_pix_audit_header();
	if (doveadm_pix_audit_print_all(args) == 0)
		pix_doveadm_fail(DOVEADM_EX_NOTFOUND, "There is no receipt %s", number);
}

/* The proof as it is: a file, no table. */
static void
cmd_receipt_proof(struct pix_blocking_client *client, json_t *row)
{
	json_t *args = json_object(), *answer;
	const char *proof;

	pix_json_set_int(args, "index", json_integer_value(json_object_get(row, "index")));
	answer = pix_doveadm_call(client, "proof", args);
	if (answer == NULL)
		return;
	proof = pix_json_str(answer, "proof");
	if (proof != NULL) {
		doveadm_print_init(DOVEADM_PRINT_TYPE_PAGER);
		doveadm_print_header("proof", "proof", DOVEADM_PRINT_HEADER_FLAG_HIDE_TITLE);
		doveadm_print_stream(proof, strlen(proof));
		doveadm_print_stream("", 0);
	}
	json_decref(answer);
}

static void cmd_receipt_export(struct doveadm_cmd_context *cctx)
{
	const char *number = pix_doveadm_str(cctx, "number");
	json_t *args = cmd_receipt_args(cctx, number), *answer = NULL, *row = NULL;
	struct pix_blocking_client *client;

	if (args == NULL)
		return;
	client = pix_doveadm_connect("pix-audit", PIX_AUDIT_ADMIN);
	if (client == NULL) {
		json_decref(args);
		return;
	}
	answer = pix_doveadm_call(client, "search", args);
	if (answer != NULL) {
		row = json_array_get(json_object_get(answer, "rows"), 0);
		if (row == NULL)
			pix_doveadm_fail(DOVEADM_EX_NOTFOUND, "There is no receipt %s", number);
		else
			cmd_receipt_proof(client, row);
	}
	json_decref(answer);
	pix_blocking_client_close(&client);
}

struct doveadm_cmd_ver2 doveadm_pix_cmd_receipt_show = {
	.name = "pix receipt show",
	.cmd = cmd_receipt_show,
	.usage = "<number>",
DOVEADM_CMD_PARAMS_START
DOVEADM_CMD_PARAM('\0', "number", CMD_PARAM_STR, CMD_PARAM_FLAG_POSITIONAL)
DOVEADM_CMD_PARAMS_END
};

struct doveadm_cmd_ver2 doveadm_pix_cmd_receipt_export = {
	.name = "pix receipt export",
	.cmd = cmd_receipt_export,
	.usage = "<number>",
DOVEADM_CMD_PARAMS_START
DOVEADM_CMD_PARAM('\0', "number", CMD_PARAM_STR, CMD_PARAM_FLAG_POSITIONAL)
DOVEADM_CMD_PARAMS_END
};
