/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */
#ifndef DOVEADM_PIX_HOLD_H
#define DOVEADM_PIX_HOLD_H

#include "doveadm-pix-archive.h"

void doveadm_pix_hold_header(void);
void doveadm_pix_hold_print(const json_t *hold);
/* A request about the hold that the parameter "hold" names. */
json_t *doveadm_pix_hold_ask(struct doveadm_cmd_context *cctx, const char *cmd);
/* The same, and prints the state that the hold has then. */
void doveadm_pix_hold_state(struct doveadm_cmd_context *cctx, const char *cmd);

#endif
