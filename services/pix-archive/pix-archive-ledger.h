/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */
#ifndef PIX_ARCHIVE_LEDGER_H
#define PIX_ARCHIVE_LEDGER_H

#include "pix-core.h"
#include "pix-json.h"

/* The ledger (docs/protocol/ledger.md): a SQLite database whose table "log"
   is an append-only chain of MACs; all other tables follow from it and are
   compared with it by archive_ledger_verify(). Calls block. */

#define ARCHIVE_KEY_SIZE 32
#define ARCHIVE_MAC_SIZE 32
#define ARCHIVE_SHA256_HEX (64 + 1)

enum archive_item_state {
	ARCHIVE_ITEM_STORED = 0,
	/* its end has come and a person has to decide */
	ARCHIVE_ITEM_REVIEW = 1,
	/* approved or due: content is being destroyed */
	ARCHIVE_ITEM_DISPOSING = 2,
	/* destroyed; the record stays */
	ARCHIVE_ITEM_DISPOSED = 3,
	/* the content was found missing or damaged and was archived anew */
	ARCHIVE_ITEM_LOST = 4,
};

/* One archived mail. Strings live as long as the query that returned them. */
struct archive_item {
	int64_t id;
	const char *owner;
	const char *guid;
	/* lower-case hex of the CRLF form */
	const char *sha256;
	int64_t size;
	/* UTF-8, "/" between levels */
	const char *mailbox;
	const char *mailbox_guid;
	uint32_t uid;
	/* enum mail_flags without \Recent */
	unsigned int flags;
	/* space-separated */
	const char *keywords;
	int64_t received, saved, archived;
	/* "" without a label (a hold alone) */
	const char *label;
	/* 0: not protected by a label; INT64_MAX: for ever */
	int64_t until;
	/* why it was handed over: "expunge", "journal", "run", "move", … */
	const char *reason;
	/* where the content is */
	const char *box;
	uint32_t box_uid;
	enum archive_item_state state;
};

struct archive_ledger;

/* Opens or makes DIR/ledger.sqlite. key: ARCHIVE_KEY_SIZE bytes. Returns 0,
   or -1 and error_r (data stack). */
int archive_ledger_open(const char *dir, const unsigned char *key,
			struct archive_ledger **ledger_r, const char **error_r);
void archive_ledger_close(struct archive_ledger **ledger);
/* The last error of any call below that returned -1. */
const char *archive_ledger_error(struct archive_ledger *ledger);
/* TRUE if that error was a full disk. */
bool archive_ledger_is_full(struct archive_ledger *ledger);

/* All changes happen within a transaction; commit syncs to the disk. */
int archive_ledger_begin(struct archive_ledger *ledger);
int archive_ledger_commit(struct archive_ledger *ledger);
void archive_ledger_rollback(struct archive_ledger *ledger);

/* Returns 1 and item_r, 0 if there is none, -1 on error. item_r lives until
   the next call of this kind. find passes over what is disposed of or lost. */
int archive_ledger_find(struct archive_ledger *ledger, const char *owner,
			const char *guid, const char *sha256,
			struct archive_item *item_r);
int archive_ledger_get(struct archive_ledger *ledger, int64_t id,
		       struct archive_item *item_r);
/* Adds item (id is ignored) with the state STORED. */
int archive_ledger_add(struct archive_ledger *ledger,
		       const struct archive_item *item, int64_t now);
/* Protection only grows: a smaller until changes nothing. */
int archive_ledger_extend(struct archive_ledger *ledger, int64_t id,
			  const char *label, int64_t until,
			  const char *actor, int64_t now);
int archive_ledger_set_state(struct archive_ledger *ledger, int64_t id,
			     enum archive_item_state state,
			     const char *actor, const char *reason, int64_t now);

/* What to list. NULL, 0 and -1 mean any. */
struct archive_filter {
	const char *owner;
	/* pattern with * and % */
	const char *mailbox;
	const char *label;
	int64_t id_after;
	int64_t received_from, received_to;
	int64_t archived_from, archived_to;
	/* until <= this */
	int64_t until_max;
	int state;
	bool with_disposed;
	unsigned int limit;
};
/* Calls func for the items in the order of their ids, while it returns TRUE.
   func must not change the ledger. Returns 0 or -1. */
int archive_ledger_list(struct archive_ledger *ledger,
			const struct archive_filter *filter,
			bool (*func)(const struct archive_item *item, void *context),
			void *context);
/* Number and bytes of the owner's items that still are there (NULL: all). */
int archive_ledger_count(struct archive_ledger *ledger, const char *owner,
			 int64_t *count_r, int64_t *bytes_r);

/* Holds and event dates are JSON documents by name; kind is "hold", "event",
   "pending" or "run". put replaces; NULL removes. list calls func in the order of the
   names. */
int archive_ledger_doc_put(struct archive_ledger *ledger, const char *kind,
			   const char *name, const json_t *doc,
			   const char *actor, int64_t now);
/* Returns 1 and a new reference, 0, or -1. */
int archive_ledger_doc_get(struct archive_ledger *ledger, const char *kind,
			   const char *name, json_t **doc_r);
int archive_ledger_doc_list(struct archive_ledger *ledger, const char *kind,
			    void (*func)(const char *name, const json_t *doc,
					 void *context),
			    void *context);

/* Labels that were put on a mail itself, by the mail's GUID. */
int archive_ledger_label_add(struct archive_ledger *ledger, const char *owner,
			     const char *guid, const char *label,
			     const char *actor, int64_t now);
/* func for each label of the mail; guid NULL: of all of the owner's. */
int archive_ledger_label_list(struct archive_ledger *ledger, const char *owner,
			      const char *guid,
			      void (*func)(const char *guid, const char *label,
					   void *context),
			      void *context);

struct archive_ledger_check {
	int64_t entries;
	/* entries whose MAC is wrong, or that are missing in the row */
	int64_t broken;
	/* rows that don't follow from the log, or that the log has and the
	   tables have not */
	int64_t mismatches;
	/* the first finding, "" without one */
	char first[160];
};
/* Recomputes the chain and compares all tables with it. */
int archive_ledger_verify(struct archive_ledger *ledger,
			  struct archive_ledger_check *check_r);
/* Number and MAC (hex, data stack) of the last entry. */
int archive_ledger_head(struct archive_ledger *ledger, int64_t *seq_r,
			const char **mac_r);

#endif
