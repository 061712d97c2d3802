/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */
#ifndef DOVEADM_PIX_SUITE_H
#define DOVEADM_PIX_SUITE_H

#include "pix-doveadm.h"

extern struct doveadm_cmd_ver2 doveadm_pix_cmd_check;
extern struct doveadm_cmd_ver2 doveadm_pix_cmd_status;

#endif
