/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */
#ifndef PIX_ARCHIVE_CLIENT_H
#define PIX_ARCHIVE_CLIENT_H

#include "pix-json.h"
#include "pix-retention.h"

/* A process's connection to pix-archive (docs/protocol/archive.md). All calls
   block, up to the timeout. */

struct event;
struct istream;
struct pix_archive_client;

/* path: of the socket. */
struct pix_archive_client *
pix_archive_client_init(const char *path, unsigned int timeout_msecs);
void pix_archive_client_deinit(struct pix_archive_client **client);

/* One request; steals args. Returns 1 and answer_r, 0 when it was refused
   (error_r), -1 when the service can't be reached (error_r); error_r is on
   the data stack. Connects when needed. */
int pix_archive_client_call(struct pix_archive_client *client, const char *cmd,
			    json_t *args, json_t **answer_r, const char **error_r);
/* The error word of the last refusal. */
const char *pix_archive_client_word(struct pix_archive_client *client);
/* Appends an item's content to output; returns as above. */
struct ostream;
int pix_archive_client_read(struct pix_archive_client *client, int64_t item,
			    struct ostream *output, const char **error_r);

/* One mail to hand over. guid NULL: from the digest of its content. */
struct pix_archive_mail {
	const char *owner, *mailbox, *mailbox_guid, *guid, *keywords;
	uint32_t uid;
	unsigned int flags;
	int64_t received, saved;
	const char *label;
	int64_t until;
	const char *reason;
};
/* Sends a mail, without waiting. input is read from its beginning to its end
   twice: for the digest and to send it; in CRLF form whatever form it has.
   Returns 1, 0 with the stream's error, -1 with the connection's. */
int pix_archive_client_put(struct pix_archive_client *client,
			   const struct pix_archive_mail *mail,
			   struct istream *input, const char **error_r);
/* Waits until all mails that were put are safe. Returns as
   pix_archive_client_call(). Nothing to wait for is a success. */
int pix_archive_client_commit(struct pix_archive_client *client, const char **error_r);
/* Forgets the mails that were put since the last commit. */
void pix_archive_client_abort(struct pix_archive_client *client);

/* What the service says of an owner: holds, labels, event dates. */
struct pix_archive_owner;
/* Returns 0, or -1 and error_r. The answer is remembered and asked for anew
   only when the service says that something changed, or the connection was
   lost. owner_r lives until the next call. */
int pix_archive_client_owner(struct pix_archive_client *client, const char *owner,
			     const struct pix_archive_owner **owner_r,
			     const char **error_r);
bool pix_archive_owner_held(const struct pix_archive_owner *owner,
			    const char *mailbox, int64_t received);
/* TRUE if a hold could cover mail of this folder. */
bool pix_archive_owner_has_holds(const struct pix_archive_owner *owner);
/* Some mails of the owner have labels of their own. */
bool pix_archive_owner_has_labels(const struct pix_archive_owner *owner);
int64_t pix_archive_owner_event(const struct pix_archive_owner *owner,
				const char *label);

#endif
