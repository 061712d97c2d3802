/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */
#ifndef DOVEADM_PIX_AUDIT_H
#define DOVEADM_PIX_AUDIT_H

#include "pix-doveadm.h"

#define PIX_AUDIT_ADMIN "pix-audit-admin"

extern struct doveadm_cmd_ver2 doveadm_pix_cmd_audit_search;
extern struct doveadm_cmd_ver2 doveadm_pix_cmd_audit_show;
extern struct doveadm_cmd_ver2 doveadm_pix_cmd_audit_tail;
extern struct doveadm_cmd_ver2 doveadm_pix_cmd_audit_verify;
extern struct doveadm_cmd_ver2 doveadm_pix_cmd_audit_export;
extern struct doveadm_cmd_ver2 doveadm_pix_cmd_audit_report;
extern struct doveadm_cmd_ver2 doveadm_pix_cmd_receipt_export;
extern struct doveadm_cmd_ver2 doveadm_pix_cmd_receipt_show;

/* The options that choose records. */
#define PIX_AUDIT_FILTER_PARAMS \
DOVEADM_CMD_PARAM('u', "user", CMD_PARAM_STR, 0) \
DOVEADM_CMD_PARAM('\0', "actor", CMD_PARAM_STR, 0) \
DOVEADM_CMD_PARAM('\0', "kind", CMD_PARAM_STR, 0) \
DOVEADM_CMD_PARAM('\0', "since", CMD_PARAM_STR, 0) \
DOVEADM_CMD_PARAM('\0', "until", CMD_PARAM_STR, 0) \
DOVEADM_CMD_PARAM('\0', "ip", CMD_PARAM_STR, 0) \
DOVEADM_CMD_PARAM('\0', "message", CMD_PARAM_STR, 0) \
DOVEADM_CMD_PARAM('\0', "mailbox", CMD_PARAM_STR, 0) \
DOVEADM_CMD_PARAM('\0', "session", CMD_PARAM_STR, 0) \
DOVEADM_CMD_PARAM('\0', "credential", CMD_PARAM_STR, 0) \
DOVEADM_CMD_PARAM('\0', "outcome", CMD_PARAM_STR, 0) \
DOVEADM_CMD_PARAM('\0', "address", CMD_PARAM_STR, 0)
#define PIX_AUDIT_FILTER_USAGE \
	"[-u <owner>] [--actor <actor>] [--kind <kind>|<class>.*] [--since <time>] " \
	"[--until <time>] [--ip <address>] [--message <id>] [--mailbox <name>] " \
	"[--session <id>] [--credential <id>] [--outcome <word>] [--address <address>]"

/* The request's arguments from these options, with who asks. NULL after
   pix_doveadm_fail(). */
json_t *doveadm_pix_audit_filter(struct doveadm_cmd_context *cctx);
/* A point in time: seconds since 1970, "2026-11-21[T09:30[:15]][Z]" in local time or
   UTC, or "90m" ago (s m h d w). Returns 0 and microseconds, or -1. */
int doveadm_pix_audit_time(const char *str, int64_t *usecs_r);

/* Columns of records, and one row of {"index":…,"record":…}. */
void doveadm_pix_audit_header(void);
void doveadm_pix_audit_row(const json_t *row);
/* Prints all rows that the filter finds, oldest first, page by page. Steals args.
   Returns the number, or -1 after pix_doveadm_fail(). */
int64_t doveadm_pix_audit_print_all(json_t *args);
/* Microseconds as local time with offset. Data stack. */
const char *doveadm_pix_audit_time_str(int64_t usecs);

#endif
