/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */
#ifndef PIX_ARCHIVE_H
#define PIX_ARCHIVE_H

#include "pix-archive-ledger.h"
#include "pix-archive-store.h"
#include "pix-retention-file.h"
#include "pix-service.h"
#include "pix-settings-archive.h"

/* The service. Requests and frames: docs/protocol/archive.md. */

#define ARCHIVE_MAX_PAYLOAD (1024 * 1024)
/* mails of one commit */
#define ARCHIVE_BATCH_MAX 256
/* bytes of one answer to "read" */
#define ARCHIVE_READ_CHUNK (512 * 1024)

struct archive {
	const struct pix_archive_settings *set;
	struct event *event;
	struct pix_service *service;
	struct archive_ledger *ledger;
	struct archive_store *store;
	struct pix_retention_file *policy;
	/* since the start of this process */
	uint64_t stored, known, failed;
};

enum archive_role {
	/* socket of mail processes: hands over, asks about an owner */
	ARCHIVE_ROLE_MAIL = 0x01,
	/* socket of doveadm */
	ARCHIVE_ROLE_ADMIN = 0x02,
};

struct archive_batch;

/* A connection's context. */
struct archive_conn {
	struct archive *archive;
	struct pix_service_conn *conn;
	enum archive_role role;
	/* owner whose changes are pushed to this connection, or NULL */
	char *owner;
	struct archive_batch *batch;
	/* item of the last "read", 0 for none */
	int64_t reading;
	struct istream *read_input;
};

/* A request's answer: a new reference, or NULL with word_r and text_r (data
   stack) for pix_service_fail(). */
typedef json_t *archive_cmd_t(struct archive_conn *conn, const json_t *args,
			      const char **word_r, const char **text_r);

struct archive_cmd {
	const char *name;
	unsigned int roles;
	archive_cmd_t *func;
};

archive_cmd_t archive_cmd_commit, archive_cmd_abort;
archive_cmd_t archive_cmd_owner, archive_cmd_labels, archive_cmd_label;
archive_cmd_t archive_cmd_list, archive_cmd_count, archive_cmd_read, archive_cmd_restored;
archive_cmd_t archive_cmd_verify, archive_cmd_verify_ledger;
archive_cmd_t archive_cmd_hold_add, archive_cmd_hold_list, archive_cmd_hold_show;
archive_cmd_t archive_cmd_hold_release, archive_cmd_hold_approve;
archive_cmd_t archive_cmd_event_set;
archive_cmd_t archive_cmd_disposition_run, archive_cmd_disposition_list;
archive_cmd_t archive_cmd_disposition_approve, archive_cmd_disposition_reject;
archive_cmd_t archive_cmd_status;

/* ---- putting ---- */
/* Frames of a batch; disconnects a peer that breaks the protocol. */
void archive_put_frame(struct archive_conn *conn, const struct pix_frame *frame);
void archive_batch_free(struct archive_batch **batch);

/* ---- holds ---- */
/* TRUE if a hold that is in force covers the mail. */
int archive_hold_covers(struct archive *archive, const char *owner,
			const char *mailbox, int64_t received, bool *covered_r);
/* The holds of an owner as sessions need them: a new reference, or NULL. */
json_t *archive_hold_of_owner(struct archive *archive, const char *owner);
/* Tells every session that what it knows of the owner ("" for all) is old. */
void archive_push_changed(struct archive *archive, const char *owner);

/* Event date of an owner's label, 0 when none is set. */
int64_t archive_event_date(struct archive *archive, const char *owner,
			   const char *label);
/* What the policy, the ledger's labels and the holds say now of one mail.
   Returns 0, or -1 (error_r) when there is no policy to ask. */
int archive_decide(struct archive *archive, const char *owner,
		   const char *mailbox, const char *guid, int64_t received,
		   int64_t saved, const char *extra_label, int64_t now,
		   struct pix_retention_decision *decision_r,
		   const char **error_r);
/* "-" for an unusable string argument: missing, too long or with control
   characters. */
const char *archive_arg(const json_t *args, const char *name, size_t max);
/* Answer for an error of the ledger. */
json_t *archive_ledger_answer(struct archive *archive, const char **word_r,
			      const char **text_r);

#endif
