/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */
#ifndef PIX_AUDIT_MAIN_H
#define PIX_AUDIT_MAIN_H

#include "pix-audit-plugin.h"

/* The process's side of the mail plugin: settings, connection, events. */
void pix_audit_main_preinit(void);
void pix_audit_main_init(void);
void pix_audit_main_deinit(void);

#endif
