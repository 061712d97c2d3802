/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */
#ifndef DOVEADM_PIX_ARCHIVE_H
#define DOVEADM_PIX_ARCHIVE_H

#include "doveadm-pix.h"
#include "pix-archive-client.h"
#include "pix-core.h"

/* Common parts of the commands retention, hold, disposition and archive. */

/* A connection as the administrator; NULL after pix_doveadm_fail(). */
struct pix_archive_client *doveadm_pix_archive_connect(void);
/* One request; steals args. A new reference, or NULL after
   pix_doveadm_fail(). */
json_t *doveadm_pix_archive_call(struct pix_archive_client *client,
				 const char *cmd, json_t *args);
/* Connects, asks once. Adds "actor". */
json_t *doveadm_pix_archive_ask(struct doveadm_cmd_context *cctx,
				const char *cmd, json_t *args);

#define DOVEADM_PIX_ARCHIVE_FILTER_USAGE \
	"[-u <owner>] [--mailbox <pattern>] [--label <label>] [--since <date>] [--before <date>] [--archived-since <date>] [--archived-before <date>] [--item <id>]"
#define DOVEADM_PIX_ARCHIVE_FILTER_PARAMS \
DOVEADM_CMD_PARAM('u', "user", CMD_PARAM_STR, 0) \
DOVEADM_CMD_PARAM('\0', "mailbox", CMD_PARAM_STR, 0) \
DOVEADM_CMD_PARAM('\0', "label", CMD_PARAM_STR, 0) \
DOVEADM_CMD_PARAM('\0', "since", CMD_PARAM_STR, 0) \
DOVEADM_CMD_PARAM('\0', "before", CMD_PARAM_STR, 0) \
DOVEADM_CMD_PARAM('\0', "archived-since", CMD_PARAM_STR, 0) \
DOVEADM_CMD_PARAM('\0', "archived-before", CMD_PARAM_STR, 0) \
DOVEADM_CMD_PARAM('\0', "item", CMD_PARAM_STR, 0)
/* The filter of these parameters as the request "list" takes it. NULL after
   pix_doveadm_fail(). */
json_t *doveadm_pix_archive_filter(struct doveadm_cmd_context *cctx);
/* Calls func for all items of a filter (stolen), page by page, while it
   returns TRUE. cmd: "list" or "disposition-list". */
int doveadm_pix_archive_items(struct pix_archive_client *client, const char *cmd,
			      json_t *filter,
			      bool (*func)(const json_t *item, void *context),
			      void *context);
/* Arguments with "items", the numbers that were given as strings
   (NULL-terminated). NULL after pix_doveadm_fail(). */
json_t *doveadm_pix_archive_item_args(const char *const *ids);
/* Numbers of a JSON object, 0 when absent. */
int64_t doveadm_pix_archive_int(const json_t *obj, const char *name);
/* Seconds as a date with time (UTC), "forever", "-". Data stack. */
const char *doveadm_pix_archive_time(int64_t t);
void doveadm_pix_archive_print_items_header(void);
bool doveadm_pix_archive_print_item(const json_t *item, void *context);
/* A date parameter in seconds, 0 when absent; FALSE after pix_doveadm_fail(). */
bool doveadm_pix_archive_date(struct doveadm_cmd_context *cctx, const char *name,
			      int64_t *t_r);
/* The policy file of the configuration, or of a parameter. NULL after
   pix_doveadm_fail(). */
struct pix_retention_policy *
doveadm_pix_retention_policy(const char *path);

#endif
