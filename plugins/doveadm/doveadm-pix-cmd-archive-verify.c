/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "doveadm-pix-archive.h"

static void verify_row(const char *what, const char *owner, const char *mailbox,
		       const char *finding)
{
	doveadm_print(what);
	doveadm_print(owner);
	doveadm_print(mailbox);
	doveadm_print(finding);
}

static bool verify_ledger(struct pix_archive_client *client)
{
	json_t *answer = doveadm_pix_archive_call(client, "verify-ledger", NULL);
	const char *first;
	bool good;

	if (answer == NULL)
		return FALSE;
	good = doveadm_pix_archive_int(answer, "broken") == 0 &&
		doveadm_pix_archive_int(answer, "mismatches") == 0;
	first = pix_json_str(answer, "first");
	verify_row("ledger", "", "", good ?
		t_strdup_printf("ok: %lld entries, head %s",
				(long long)doveadm_pix_archive_int(answer, "entries"),
				pix_json_str(answer, "mac")) :
		t_strdup_printf("%lld broken, %lld mismatches: %s",
				(long long)doveadm_pix_archive_int(answer, "broken"),
				(long long)doveadm_pix_archive_int(answer, "mismatches"),
				first == NULL ? "" : first));
	json_decref(answer);
	return good;
}

static bool verify_content(struct pix_archive_client *client, const char *owner)
{
	json_t *args, *answer, *bad;
	int64_t after = 0, count = 0;
	bool good = TRUE, more = TRUE;
	size_t i;

	while (more) {
		args = json_object();
		pix_json_set_str(args, "owner", owner);
		pix_json_set_int(args, "after", after);
		answer = doveadm_pix_archive_call(client, "verify", args);
		if (answer == NULL)
			return FALSE;
		json_array_foreach(json_object_get(answer, "bad"), i, bad) T_BEGIN {
			good = FALSE;
			verify_row(t_strdup_printf("%lld", (long long)
					doveadm_pix_archive_int(bad, "item")),
				   pix_json_str(bad, "owner"), pix_json_str(bad, "mailbox"),
				   pix_json_str(bad, "finding"));
		} T_END;
		count += doveadm_pix_archive_int(answer, "count");
		after = doveadm_pix_archive_int(answer, "last");
		more = pix_json_true(answer, "more");
		json_decref(answer);
	}
	verify_row("content", owner == NULL ? "" : owner, "",
		   t_strdup_printf("%s: %lld mail(s) compared", good ? "ok" : "damaged",
				   (long long)count));
	return good;
}

static void cmd_archive_verify(struct doveadm_cmd_context *cctx)
{
	struct pix_archive_client *client = doveadm_pix_archive_connect();
	bool good;

	doveadm_print_init(DOVEADM_PRINT_TYPE_TABLE);
	doveadm_print_header_simple("item");
	doveadm_print_header_simple("owner");
	doveadm_print_header_simple("mailbox");
	doveadm_print_header_simple("finding");
	good = verify_ledger(client);
	if (doveadm_exit_code != EX_TEMPFAIL &&
	    !verify_content(client, pix_doveadm_str(cctx, "user")))
		good = FALSE;
	if (!good && doveadm_exit_code == 0)
		doveadm_exit_code = EX_DATAERR;
	pix_archive_client_deinit(&client);
}

struct doveadm_cmd_ver2 doveadm_pix_cmd_archive_verify = {
	.name = "pix archive verify",
	.cmd = cmd_archive_verify,
	.usage = "[-u <owner>]",
DOVEADM_CMD_PARAMS_START
DOVEADM_CMD_PARAM('u', "user", CMD_PARAM_STR, 0)
DOVEADM_CMD_PARAMS_END
};
