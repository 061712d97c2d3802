/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */
#ifndef PIX_AUDIT_PROCESS_H
#define PIX_AUDIT_PROCESS_H

#include "pix-audit-client.h"
#include "pix-settings-audit-emit.h"

/* What every producing process has: its settings and its connection. */
struct pix_audit_process {
	struct pix_audit_client *client;
	/* NULL in a process that can't read the configuration */
	const struct pix_audit_emit_settings *set;
	/* classes of pix_audit_on_failure = refuse */
	enum pix_audit_class refuse;
	/* another module of this process made the client */
	bool shared;
};

/* Call it while the process still is root. socket_later: name of the socket
   inside of the process's chroot, or NULL. */
void pix_audit_process_init(struct pix_audit_process *process,
			    const char *socket_later);
void pix_audit_process_deinit(struct pix_audit_process *process);
/* TRUE if operations of this class have to be refused now. */
bool pix_audit_process_must_refuse(const struct pix_audit_process *process,
				   enum pix_audit_class class);

#endif
