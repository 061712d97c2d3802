/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */
#ifndef DOVEADM_PIX_QUARANTINE_H
#define DOVEADM_PIX_QUARANTINE_H

#include "doveadm-pix.h"
#include "pix-doveadm-mail.h"

/* The user's quarantine folder (pix_sort_quarantine_folder). Data stack. */
const char *pix_quarantine_folder(struct mail_user *user);

/* Why a mail is there: what the trusted results say ("dmarc=fail policy=reject
   from=example.org"), else its tags. Data stack. */
const char *pix_quarantine_reason(struct mail *mail);

extern struct doveadm_cmd_ver2 pix_doveadm_cmd_quarantine_list;
extern struct doveadm_cmd_ver2 pix_doveadm_cmd_quarantine_release;

#endif
