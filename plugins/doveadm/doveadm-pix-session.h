/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */
#ifndef DOVEADM_PIX_SESSION_H
#define DOVEADM_PIX_SESSION_H

#include "pix-doveadm.h"

extern struct doveadm_cmd_ver2 doveadm_pix_cmd_session_list;
extern struct doveadm_cmd_ver2 doveadm_pix_cmd_session_end;
extern struct doveadm_cmd_ver2 doveadm_pix_cmd_token_revoke;

/* The options that choose sessions, the same for list and end. */
#define PIX_SESSION_FILTER_PARAMS \
DOVEADM_CMD_PARAM('u', "user", CMD_PARAM_STR, 0) \
DOVEADM_CMD_PARAM('\0', "session", CMD_PARAM_STR, 0) \
DOVEADM_CMD_PARAM('\0', "service", CMD_PARAM_STR, 0) \
DOVEADM_CMD_PARAM('\0', "factor", CMD_PARAM_STR, 0) \
DOVEADM_CMD_PARAM('\0', "credential", CMD_PARAM_STR, 0) \
DOVEADM_CMD_PARAM('\0', "issuer", CMD_PARAM_STR, 0) \
DOVEADM_CMD_PARAM('\0', "token", CMD_PARAM_STR, 0) \
DOVEADM_CMD_PARAM('\0', "ip", CMD_PARAM_STR, 0)
#define PIX_SESSION_FILTER_USAGE \
	"[-u <user>] [--session <id>] [--service <name>] [--factor <factor>] " \
	"[--credential <id>] [--issuer <url>] [--token <hash>] [--ip <address[/bits]>]"

/* The request's arguments from these options. */
json_t *doveadm_pix_session_filter(struct doveadm_cmd_context *cctx);

#endif
