/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "doveadm-pix-audit.h"
#include "pix-settings-audit.h"
#include "pix-tlog-dir.h"
#include "hostpid.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct cmd_audit_verify {
	struct pix_tlog_dir *dir;
	struct pix_note_verifier key;
	bool progress;
};

static void
cmd_audit_verify_finding(void *context ATTR_UNUSED, enum pix_tlog_finding finding,
			 const char *text)
{
	if (finding == PIX_TLOG_FINDING_BAD)
		pix_doveadm_fail(EX_DATAERR, "%s", text);
	else
		i_warning("%s", text);
}

static void cmd_audit_verify_progress(void *context ATTR_UNUSED, uint64_t done, uint64_t total)
{
	if (done % (PIX_TILE_WIDTH * 64) == 0 || done == total) {
		fprintf(stderr, "\r%llu of %llu records%s", (unsigned long long)done,
			(unsigned long long)total, done == total ? "\n" : "");
	}
}

static int
cmd_audit_verify_read(void *context, const char *path, const unsigned char **data_r,
		      size_t *size_r, char error_r[PIX_ERR_SIZE])
{
	struct cmd_audit_verify *cmd = context;

	return pix_tlog_dir_read(cmd->dir, path, data_r, size_r, error_r);
}

/* The public key: as given, or from the key file, never from beside the log: who
   can change the log could change that, too. */
static bool
cmd_audit_verify_key(struct cmd_audit_verify *cmd, const struct pix_audit_settings *set,
		     const char *given)
{
	const char *origin = set->pix_audit_origin, *path = set->pix_audit_key_file;
	char error[PIX_ERR_SIZE] = "there is no such file", *data = NULL;
	struct pix_note_signer *signer;
	size_t size;
	bool ok;

	if (given != NULL && access(given, F_OK) < 0) {
		if (pix_note_verifier_parse(given, &cmd->key, error) == 0)
			return TRUE;
		pix_doveadm_fail(EX_USAGE, "--key %s: %s", given, error);
		return FALSE;
	}
	if (given != NULL)
		path = given;
	if (pix_tlog_file_read(path, PIX_NOTE_MAX, &data, &size, error) <= 0) {
		pix_doveadm_fail(EX_NOINPUT, "Key %s: %s (check pix_audit_key_file, or give --key)",
				 path, error);
		return FALSE;
	}
	if (given != NULL) {
		ok = pix_note_verifier_parse(data, &cmd->key, error) == 0;
	} else {
		if (origin[0] == '\0')
			origin = t_strconcat(my_hostdomain(), "/pix-audit", NULL);
		signer = pix_note_signer_new(origin, data, size, error);
		ok = signer != NULL;
		if (ok)
			cmd->key = *pix_note_signer_verifier(signer);
		pix_note_signer_free(&signer);
	}
	explicit_bzero(data, size);
	free(data);
	if (!ok)
		pix_doveadm_fail(EX_DATAERR, "Key %s: %s", path, error);
	return ok;
}

/* Compares with the checkpoints that are kept outside the log. Returns the size that
   the best of them vouches for. */
static uint64_t
cmd_audit_verify_copies(struct pix_tlog_verify *verify,
			const struct pix_audit_settings *set,
			const char *const *given, bool *ok)
{
	ARRAY_TYPE(const_string) paths;
	const char *path;
	uint64_t best = 0;

	t_array_init(&paths, 8);
	path = t_strconcat(set->pix_audit_dir, "/checkpoint.last", NULL);
	array_push_back(&paths, &path);
	if (set->pix_audit_checkpoint_copy[0] != '\0')
		array_push_back(&paths, &set->pix_audit_checkpoint_copy);
	for (; given != NULL && *given != NULL; given++)
		array_push_back(&paths, given);
	array_foreach_elem(&paths, path) {
		struct pix_checkpoint cp;
		char error[PIX_ERR_SIZE] = "there is no such file", *note;
		size_t size;
		int ret = pix_tlog_file_read(path, PIX_NOTE_MAX, &note, &size, error);

		if (ret <= 0) {
			i_warning("%s: %s", path, error);
			continue;
		}
		if (!pix_tlog_verify_old(verify, path, note, size, &cp))
			*ok = FALSE;
		/* the first is on this machine, in reach of whoever rewrites the log */
		else if (path != array_idx_elem(&paths, 0) && cp.size > best)
			best = cp.size;
		free(note);
	}
	return best;
}

static void
cmd_audit_verify_print(const struct pix_tlog_verify_result *result, bool ok,
		       uint64_t vouched)
{
	char root[64];

	pix_base64_enc(result->checkpoint.root.b, PIX_HASH_SIZE, root);
	doveadm_print_init(DOVEADM_PRINT_TYPE_TABLE);
	doveadm_print_header_simple("result");
	doveadm_print_header_simple("records");
	doveadm_print_header_simple("first");
	doveadm_print_header_simple("last");
	doveadm_print_header_simple("receipts");
	doveadm_print_header_simple("vouched");
	doveadm_print_header_simple("origin");
	doveadm_print_header_simple("root");
	doveadm_print(ok ? "ok" : "bad");
	doveadm_print(dec2str(result->checkpoint.size));
	doveadm_print(result->first_ct == 0 ? "" : doveadm_pix_audit_time_str(result->first_ct));
	doveadm_print(result->last_ct == 0 ? "" : doveadm_pix_audit_time_str(result->last_ct));
	doveadm_print(dec2str(result->receipts));
	doveadm_print(dec2str(vouched));
	doveadm_print(result->checkpoint.origin);
	doveadm_print(root);
	if (ok && vouched < result->checkpoint.size) {
		i_warning("No checkpoint kept elsewhere covers the records from %llu on: "
			  "root on this machine could have rewritten them "
			  "(see pix_audit_checkpoint_copy)", (unsigned long long)vouched);
	}
}

static void
cmd_audit_verify_run(struct doveadm_cmd_context *cctx,
		     const struct pix_audit_settings *set)
{
	const char *path = pix_doveadm_str(cctx, "dir");
	struct pix_tlog_verify_result result;
	struct cmd_audit_verify cmd;
	struct pix_tlog_verify *verify;
	const char *const *given = NULL;
	char error[PIX_ERR_SIZE];
	uint64_t vouched;
	bool ok;

	i_zero(&cmd);
	if (!cmd_audit_verify_key(&cmd, set, pix_doveadm_str(cctx, "key")))
		return;
	cmd.dir = pix_tlog_dir_open(path != NULL ? path : set->pix_audit_dir, error);
	if (cmd.dir == NULL) {
		pix_doveadm_fail(EX_NOINPUT, "%s (check pix_audit_dir)", error);
		return;
	}
	const struct pix_tlog_verify_params params = {
		.read = cmd_audit_verify_read,
		.finding = cmd_audit_verify_finding,
		.progress = isatty(STDERR_FILENO) == 1 ? cmd_audit_verify_progress : NULL,
		.context = &cmd,
		.keys = &cmd.key,
		.key_count = 1,
		.records = TRUE,
	};
	verify = pix_tlog_verify_new(&params);
	ok = pix_tlog_verify_run(verify, &result);
	(void)doveadm_cmd_param_array(cctx, "checkpoint", &given);
	vouched = cmd_audit_verify_copies(verify, set, given, &ok);
	cmd_audit_verify_print(&result, ok, vouched);
	pix_tlog_verify_free(&verify);
	pix_tlog_dir_close(&cmd.dir);
}

static void cmd_audit_verify(struct doveadm_cmd_context *cctx)
{
	const void *set;
	const char *error;
	json_t *args = json_object(), *answer;

	if (pix_settings_get_service(NULL, &pix_audit_setting_parser_info, "doveadm",
				     &set, &error) < 0) {
		pix_doveadm_fail(EX_CONFIG, "Can't read settings: %s", error);
		json_decref(args);
		return;
	}
	/* what was received so far is part of it; a stopped collector is no
	   reason not to look at its files */
	if (pix_doveadm_str(cctx, "dir") == NULL) {
		pix_json_set_str(args, "by", pix_doveadm_actor(cctx));
		answer = pix_doveadm_ask("pix-audit", PIX_AUDIT_ADMIN, "verify-begin", args);
		if (answer == NULL)
			doveadm_exit_code = 0;
		json_decref(answer);
	} else {
		json_decref(args);
	}
	cmd_audit_verify_run(cctx, set);
	pix_settings_free(&set);
}

struct doveadm_cmd_ver2 doveadm_pix_cmd_audit_verify = {
	.name = "pix audit verify",
	.cmd = cmd_audit_verify,
	.usage = "[--dir <folder>] [--key <key>|<file>] [--checkpoint <file>]",
DOVEADM_CMD_PARAMS_START
DOVEADM_CMD_PARAM('\0', "dir", CMD_PARAM_STR, 0)
DOVEADM_CMD_PARAM('\0', "key", CMD_PARAM_STR, 0)
DOVEADM_CMD_PARAM('\0', "checkpoint", CMD_PARAM_ARRAY, 0)
DOVEADM_CMD_PARAMS_END
};
