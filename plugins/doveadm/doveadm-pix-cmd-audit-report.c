/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

/* Questions that are asked often, as a search each. */

#include "doveadm-pix-audit.h"

static const struct {
	const char *name;
	/* members that are added to the filter */
	const char *kind, *outcome;
	/* the owner is who is asked about; others acted */
	bool foreign;
	/* at least one of these options is needed, separated by spaces */
	const char *needs;
} reports[] = {
	{ "access", NULL, NULL, TRUE, "user" },
	{ "failed-logins", "auth.attempt", "fail", FALSE, NULL },
	{ "subject", NULL, NULL, FALSE, "user" },
	{ "admin", "admin.*", NULL, FALSE, NULL },
	{ "queries", "audit.query", NULL, FALSE, NULL },
	{ "exposure", "mail.bind", NULL, FALSE, "session credential ip" },
};

static bool cmd_audit_report_has(struct doveadm_cmd_context *cctx, const char *needs)
{
	const char *const *names = t_strsplit(needs, " ");

	for (; *names != NULL; names++) {
		if (pix_doveadm_str(cctx, *names) != NULL)
			return TRUE;
	}
	return FALSE;
}

static void cmd_audit_report(struct doveadm_cmd_context *cctx)
{
	const char *name = pix_doveadm_str(cctx, "report");
	unsigned int i;
	json_t *args;

	for (i = 0; i < N_ELEMENTS(reports); i++) {
		if (strcmp(reports[i].name, name) == 0)
			break;
	}
	if (i == N_ELEMENTS(reports)) {
		pix_doveadm_fail(EX_USAGE, "There is no report %s: access, failed-logins, "
				 "subject, admin, queries, exposure", name);
		return;
	}
	if (reports[i].needs != NULL && !cmd_audit_report_has(cctx, reports[i].needs)) {
		pix_doveadm_fail(EX_USAGE, "The report %s needs one of: %s", name,
				 reports[i].needs);
		return;
	}
	args = doveadm_pix_audit_filter(cctx);
	if (args == NULL)
		return;
	pix_json_set_str(args, "kind", reports[i].kind);
	pix_json_set_str(args, "outcome", reports[i].outcome);
	if (reports[i].foreign) {
		pix_json_set_str(args, "foreign", pix_json_str(args, "owner"));
		json_object_del(args, "owner");
	}
	doveadm_print_init(DOVEADM_PRINT_TYPE_TABLE);
	doveadm_pix_audit_header();
	(void)doveadm_pix_audit_print_all(args);
}

struct doveadm_cmd_ver2 doveadm_pix_cmd_audit_report = {
	.name = "pix audit report",
	.cmd = cmd_audit_report,
	.usage = "access|failed-logins|subject|admin|queries|exposure [-u <owner>] "
		"[--since <time>] [--until <time>] [--ip <address>] [--session <id>] "
		"[--credential <id>]",
DOVEADM_CMD_PARAMS_START
DOVEADM_CMD_PARAM('u', "user", CMD_PARAM_STR, 0)
DOVEADM_CMD_PARAM('\0', "since", CMD_PARAM_STR, 0)
DOVEADM_CMD_PARAM('\0', "until", CMD_PARAM_STR, 0)
DOVEADM_CMD_PARAM('\0', "ip", CMD_PARAM_STR, 0)
DOVEADM_CMD_PARAM('\0', "session", CMD_PARAM_STR, 0)
DOVEADM_CMD_PARAM('\0', "credential", CMD_PARAM_STR, 0)
DOVEADM_CMD_PARAM('\0', "report", CMD_PARAM_STR, CMD_PARAM_FLAG_POSITIONAL)
DOVEADM_CMD_PARAMS_END
};
