/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */
#ifndef DOVEADM_PIX_H
#define DOVEADM_PIX_H

#include "pix-doveadm.h"

struct module;

/* The tables of the parts, doveadm-pix-table-<part>.c. */
extern pix_doveadm_cmd_list pix_doveadm_cmds_suite;
extern pix_doveadm_cmd_list pix_doveadm_cmds_mfa;
extern pix_doveadm_cmd_list pix_doveadm_cmds_oauth2;
extern pix_doveadm_cmd_list pix_doveadm_cmds_session;
extern pix_doveadm_cmd_list pix_doveadm_cmds_audit;
extern pix_doveadm_cmd_list pix_doveadm_cmds_archive;
extern pix_doveadm_cmd_list pix_doveadm_cmds_sort;

extern const char *doveadm_pix_plugin_version;
void doveadm_pix_plugin_init(struct module *module);
void doveadm_pix_plugin_deinit(void);

#endif
