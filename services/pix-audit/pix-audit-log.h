/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */
#ifndef PIX_AUDIT_LOG_H
#define PIX_AUDIT_LOG_H

/* The log on disk (docs/protocol/audit-log.md): one writer. Records are
   appended in memory, made durable by a commit into the journal, and published as
   tlog-tiles. */

#include "pix-core.h"
#include "pix-merkle.h"
#include "pix-note.h"
#include "pix-tile.h"

struct event;
struct pix_audit_log;

struct pix_audit_log_params {
	/* state directory; below it log/, journal/, checkpoint.last */
	const char *dir;
	/* a further copy of the checkpoint, or "" */
	const char *checkpoint_copy;
	const struct pix_note_signer *signer;
	/* pack full entry bundles with zstd */
	bool compress;
	/* begin a new journal beyond this, in bytes */
	size_t journal_max;
	struct event *event;
};

/* Opens the log, recovers what a crash left, and refuses one that is shorter
   than, or differs from, a checkpoint that it gave out. Blocks. Returns 0,
   or -1 and error_r (data stack) with the remedy. */
int pix_audit_log_open(const struct pix_audit_log_params *params,
		       struct pix_audit_log **log_r, const char **error_r);
/* Commits and publishes what it can, and closes. */
void pix_audit_log_close(struct pix_audit_log **log);

/* Appends one entry of at most PIX_BUNDLE_ENTRY_MAX bytes; it is durable
   after the next successful commit. Returns its index. Never fails: when disk
   is short the bytes wait in memory (pix_audit_log_waiting()). */
uint64_t pix_audit_log_append(struct pix_audit_log *log,
			      const void *data, size_t size);
/* Entries appended, and entries durable. */
uint64_t pix_audit_log_size(const struct pix_audit_log *log);
uint64_t pix_audit_log_durable(const struct pix_audit_log *log);
/* Bytes that only memory holds. */
size_t pix_audit_log_waiting(const struct pix_audit_log *log);
/* Writes all appended entries and their signed checkpoint into the journal
   and waits for the disk. Returns 0, or -1 and error_r: nothing is lost, call
   it again later. */
int pix_audit_log_commit(struct pix_audit_log *log, const char **error_r);
/* Writes partial tiles and the checkpoint for readers. Returns 0, or -1 and error_r. */
int pix_audit_log_publish(struct pix_audit_log *log, const char **error_r);
/* TRUE if publish has something to do. */
bool pix_audit_log_unpublished(const struct pix_audit_log *log);
/* The last signed checkpoint, "" before the first. */
const char *pix_audit_log_checkpoint(const struct pix_audit_log *log);

/* Reads entries from index on: all that stand in the same bundle. Returns the
   number of entries (> 0), 0 beyond the durable size, or -1 and error_r.
   entries_r has PIX_TILE_WIDTH places; they point into memory of the log that is
   valid until the next call of any function. */
int pix_audit_log_read(struct pix_audit_log *log, uint64_t index,
		       struct pix_bundle_entry *entries_r, const char **error_r);
/* For proofs (pix_merkle_read_t); context is the log. Covers published
   and unpublished tiles. */
int pix_audit_log_hash(void *context, unsigned int level, uint64_t index,
		       struct pix_hash *hash_r);

#endif
