/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

/* JSON lines for other systems, at least once each: the cursor is written after
   the lines are out. */

#include "doveadm-pix-audit.h"
#include "pix-audit-ecs.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#define PIX_AUDIT_EXPORT_ROWS 1000

/* The next record by the cursor file; 0 without one. */
static int cmd_audit_export_cursor(const char *path, int64_t *next_r)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char buf[32];
	ssize_t ret;

	*next_r = 0;
	if (fd == -1) {
		if (errno == ENOENT)
			return 0;
		pix_doveadm_fail(EX_NOINPUT, "open(%s) failed: %m", path);
		return -1;
	}
	ret = read(fd, buf, sizeof(buf) - 1);
	i_close_fd(&fd);
	buf[ret < 0 ? 0 : ret] = '\0';
	if (str_to_int64(t_strcut(buf, '\n'), next_r) < 0 || *next_r < 0) {
		pix_doveadm_fail(EX_DATAERR, "%s is no cursor: remove it to begin anew", path);
		return -1;
	}
	return 0;
}

static int cmd_audit_export_save(const char *path, int64_t next)
{
	const char *temp = t_strconcat(path, ".tmp", NULL);
	const char *text = t_strdup_printf("%lld\n", (long long)next);
	int fd = open(temp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd == -1 || write(fd, text, strlen(text)) != (ssize_t)strlen(text) ||
	    fdatasync(fd) < 0 || rename(temp, path) < 0) {
		pix_doveadm_fail(EX_CANTCREAT, "write(%s) failed: %m", temp);
		i_close_fd(&fd);
		return -1;
	}
	i_close_fd(&fd);
	return 0;
}

static bool cmd_audit_export_row(const json_t *row, bool ecs)
{
	json_t *record = json_object_get(row, "record");
	json_int_t index = json_integer_value(json_object_get(row, "index"));
	json_t *out = ecs ? pix_audit_ecs((uint64_t)index, record) : json_incref(record);
	bool ok = json_dumpf(out, stdout, JSON_COMPACT) == 0 && putchar('\n') != EOF;

	json_decref(out);
	return ok;
}

/* Prints one page. Returns 1, 0 at the end, -1 after pix_doveadm_fail(). */
static int
cmd_audit_export_page(struct pix_blocking_client *client, const char *by, bool ecs,
		      int64_t *next)
{
	json_t *args = json_object(), *answer, *rows, *row;
	bool ok = TRUE;
	size_t i;

	pix_json_set_int(args, "from", *next);
	pix_json_set_int(args, "count", PIX_AUDIT_EXPORT_ROWS);
	pix_json_set_str(args, "by", by);
	answer = pix_doveadm_call(client, "get", args);
	if (answer == NULL)
		return -1;
	rows = json_object_get(answer, "rows");
	json_array_foreach(rows, i, row)
		ok = ok && cmd_audit_export_row(row, ecs);
	*next += (int64_t)json_array_size(rows);
	i = json_array_size(rows);
	json_decref(answer);
	if (!ok || fflush(stdout) != 0) {
		pix_doveadm_fail(EX_IOERR, "write(stdout) failed: %m");
		return -1;
	}
	return i > 0 ? 1 : 0;
}

static void cmd_audit_export(struct doveadm_cmd_context *cctx)
{
	const char *cursor = pix_doveadm_str(cctx, "cursor");
	const char *format = pix_doveadm_str(cctx, "as"), *by = pix_doveadm_actor(cctx);
	struct pix_blocking_client *client;
	json_t *args = json_object(), *answer;
	int64_t next = 0;
	bool ecs = format == NULL || strcmp(format, "ecs") == 0;
	int ret = 1;

	pix_json_set_str(args, "by", by);
	if (!ecs && strcmp(format, "record") != 0) {
		pix_doveadm_fail(EX_USAGE, "--as must be ecs or record");
		json_decref(args);
		return;
	}
	client = cursor != NULL && cmd_audit_export_cursor(cursor, &next) < 0 ? NULL :
		pix_doveadm_connect("pix-audit", PIX_AUDIT_ADMIN);
	if (client == NULL) {
		json_decref(args);
		return;
	}
	answer = pix_doveadm_call(client, "export-begin", args);
	if (answer == NULL)
		ret = -1;
	json_decref(answer);
	while (ret > 0) T_BEGIN {
		ret = cmd_audit_export_page(client, by, ecs, &next);
		if (ret >= 0 && cursor != NULL && cmd_audit_export_save(cursor, next) < 0)
			ret = -1;
	} T_END;
	pix_blocking_client_close(&client);
}

struct doveadm_cmd_ver2 doveadm_pix_cmd_audit_export = {
	.name = "pix audit export",
	.cmd = cmd_audit_export,
	.usage = "[--as ecs|record] [--cursor <file>]",
	.flags = CMD_FLAG_NO_PRINT,
DOVEADM_CMD_PARAMS_START
DOVEADM_CMD_PARAM('\0', "as", CMD_PARAM_STR, 0)
DOVEADM_CMD_PARAM('\0', "cursor", CMD_PARAM_STR, 0)
DOVEADM_CMD_PARAMS_END
};
