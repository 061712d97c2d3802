/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */
#ifndef PIX_AUDIT_PLUGIN_H
#define PIX_AUDIT_PLUGIN_H

/* plugins/audit in mail processes: what a user does to mailboxes becomes
   records, one a command, sent at the end of the host's mailbox transaction. */

#include "pix-core.h"
#include "pix-audit-client.h"
#include "pix-mail-session.h"
#include "pix-settings-audit-emit.h"
#include "mail-storage-private.h"
#include "mail-user.h"

#include <time.h>

struct pix_audit_user {
	union mail_user_module_context module_ctx;
	struct mail_user *user;
	/* members that every record of this user has, as they are written */
	buffer_t *common;
	const char *proto;
	/* who really acts, when it is not the user: "uid:N" or a master user */
	const char *actor, *role;

	/* mailboxes that got their mail.sync */
	ARRAY(struct pix_audit_synced) synced;

	uint64_t bytes_in, bytes_out;
	const char *end_reason;
	int64_t started_msecs;

	/* imap, pop3, submission, sieve: a client's session */
	bool is_session:1;
	bool is_delivery:1;
	bool is_doveadm:1;
	bool is_pop3:1;
	bool hibernated:1;
	bool command_recorded:1;
};

struct pix_audit_synced {
	const char *vname;
	time_t when;
};

/* Process-wide handles. */
extern struct pix_audit_client *pix_audit;
extern const struct pix_audit_emit_settings *pix_audit_set;

/* NULL for users that are not recorded (raw delivery storage and the like). */
struct pix_audit_user *pix_audit_user_get(struct mail_user *user);
/* The user that was created last, while it lives. */
struct pix_audit_user *pix_audit_user_last(void);

/* Begins a record of the user with the common members. ns: of the mailbox that
   it is about, to tell a delegate from an owner; may be NULL. */
void pix_audit_begin(struct pix_audit_user *auser, struct mail_namespace *ns,
		     const char *kind, struct pix_audit_build *build);
void pix_audit_end(struct pix_audit_build *build);
/* Adds mailbox and mailbox_guid. */
void pix_audit_add_mailbox(struct pix_audit_build *build, struct mailbox *box);

/* TRUE if operations of this class have to be refused now. */
bool pix_audit_must_refuse(enum pix_audit_class class);

/* Remembers who runs this doveadm; while the process still is root. */
void pix_audit_actor_init(void);
void pix_audit_actor_deinit(void);
/* Writes admin.command, once a user. */
void pix_audit_admin_command(struct pix_audit_user *auser);

/* hooks of the files */
void pix_audit_user_created(struct mail_user *user);
void pix_audit_session_ended(struct mail_user *user,
			     const struct pix_mail_session_end *end);
void pix_audit_mailbox_allocated(struct mailbox *box);
void pix_audit_mailbox_opened(struct mailbox *box);
void pix_audit_mail_allocated(struct mail *mail);
void pix_audit_event(struct event *event, const char *name);

#endif
