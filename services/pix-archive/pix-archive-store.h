/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */
#ifndef PIX_ARCHIVE_STORE_H
#define PIX_ARCHIVE_STORE_H

#include "pix-archive-ledger.h"

/* The archived content: one mdbox an owner below DIR/mail. Calls block. */

struct event;
struct istream;
struct archive_store;

/* owners_max: mdboxes that stay open, at least 1. */
struct archive_store *
archive_store_init(const char *dir, unsigned int owners_max, bool compress,
		   struct event *event);
void archive_store_deinit(struct archive_store **store);

/* One mail to save: the metadata, and its content in CRLF form. save fills
   box (from the pool) and box_uid. */
struct archive_store_mail {
	struct archive_item *item;
	struct istream *content;
};
/* Saves mails of one owner; when it returns 0 all of them are on the disk.
   On -1 (error_r: data stack) none of them is there. full_r: there was no
   space or quota left. */
int archive_store_save(struct archive_store *store, pool_t pool,
		       struct archive_store_mail *mails, unsigned int count,
		       bool *full_r, const char **error_r);
/* After a crash: removes what archive_store_save() stored and the ledger does
   not know. Nobody was ever told that it is safe here. */
int archive_store_recover(struct archive_store *store,
			  struct archive_ledger *ledger);
/* Call when the ledger knows the saved mails. */
void archive_store_saved(struct archive_store *store);
/* Call when saving or the ledger's commit failed: removes what was saved. */
void archive_store_undo(struct archive_store *store,
			struct archive_ledger *ledger);

/* Opens an item's content. Returns 1 and input_r (CRLF form), 0 if it is not
   there, -1 and error_r. The stream is valid until archive_store_read_end()
   and no other call may come between. */
int archive_store_read(struct archive_store *store, const struct archive_item *item,
		       struct istream **input_r, const char **error_r);
void archive_store_read_end(struct archive_store *store);
/* Size and SHA-256 (hex) of an item's content. Returns as above. */
int archive_store_digest(struct archive_store *store,
			 const struct archive_item *item,
			 char sha256_r[ARCHIVE_SHA256_HEX], int64_t *size_r,
			 const char **error_r);
/* Destroys the content of items of one owner and frees the space. What is
   gone already counts as destroyed. */
int archive_store_destroy(struct archive_store *store,
			  const struct archive_item *items, unsigned int count,
			  const char **error_r);

/* Reads a stream to its end; returns 0, or -1 with the stream's error. */
int archive_digest(struct istream *input, char sha256_r[ARCHIVE_SHA256_HEX],
		   int64_t *size_r);

#endif
