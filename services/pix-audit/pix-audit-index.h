/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */
#ifndef PIX_AUDIT_INDEX_H
#define PIX_AUDIT_INDEX_H

/* Finds records by what they say. It holds no truth: it can be removed and is
   made again from the log.

   Records are indexed in chunks of 65536. A chunk that is being filled is a
   flat list in memory; a full one is a sorted list of postings a term in SQLite,
   one database for 64 chunks. A term is a 64 bit hash of field and
   value: who searches compares the record itself. */

#include "pix-core.h"
#include "pix-audit-record.h"

#define PIX_AUDIT_CHUNK_SIZE 65536U
#define PIX_AUDIT_SEGMENT_CHUNKS 64U

struct event;
struct pix_audit_index;

/* What a chunk holds, to skip it by time. */
struct pix_audit_chunk {
	uint64_t first;
	unsigned int count;
	/* the producers' clocks, microseconds */
	int64_t min_t, max_t;
};

/* Field groups that can be searched; several fields of a record may be in one. */
enum pix_audit_term_field {
	PIX_AUDIT_TERM_KIND = 1,
	PIX_AUDIT_TERM_CLASS,
	PIX_AUDIT_TERM_OWNER,
	PIX_AUDIT_TERM_ACTOR,
	PIX_AUDIT_TERM_IP,
	PIX_AUDIT_TERM_SESSION,
	/* Message-ID, GUID or SHA-256 */
	PIX_AUDIT_TERM_MESSAGE,
	/* source and destination */
	PIX_AUDIT_TERM_MAILBOX,
	PIX_AUDIT_TERM_CREDENTIAL,
	PIX_AUDIT_TERM_OUTCOME,
	/* envelope sender and recipient */
	PIX_AUDIT_TERM_ADDRESS,
	PIX_AUDIT_TERM_RECEIPT,
	/* the owner, when somebody else acted */
	PIX_AUDIT_TERM_FOREIGN,
};

/* Opens or makes the index below dir. Returns 0, or -1 and error_r. */
int pix_audit_index_open(const char *dir, struct event *event,
			 struct pix_audit_index **index_r, const char **error_r);
void pix_audit_index_close(struct pix_audit_index **index);
/* The record that has to be added next. */
uint64_t pix_audit_index_next(const struct pix_audit_index *index);
/* Adds record number pix_audit_index_next(). Memory only. */
void pix_audit_index_add(struct pix_audit_index *index,
			 const struct pix_audit_record *record);
/* Counts a record that can't be parsed. */
void pix_audit_index_skip(struct pix_audit_index *index);
/* TRUE if a chunk is full and durable. */
bool pix_audit_index_flush_wanted(const struct pix_audit_index *index, uint64_t durable);
/* Stores one full chunk. Returns 0, or -1 and error_r: the chunk was dropped, and
   pix_audit_index_next() went back to its begin. */
int pix_audit_index_flush(struct pix_audit_index *index, const char **error_r);

uint64_t pix_audit_term(enum pix_audit_term_field field, const void *value, size_t size);

/* Chunks, the open one included. */
unsigned int pix_audit_index_chunks(const struct pix_audit_index *index);
/* chunk: 0 .. chunks - 1. */
bool pix_audit_index_chunk(const struct pix_audit_index *index, unsigned int chunk,
			   struct pix_audit_chunk *chunk_r);

/* Positions (0..65535, ascending) of a term in each chunk of a segment. lists_r
   has PIX_AUDIT_SEGMENT_CHUNKS places; the arrays are allocated from pool.
   Returns 0, or -1 and error_r. */
struct pix_audit_positions {
	const uint16_t *pos;
	unsigned int count;
};
int pix_audit_index_find(struct pix_audit_index *index, pool_t pool,
			 unsigned int segment, uint64_t term,
			 struct pix_audit_positions *lists_r, const char **error_r);

/* The state that belongs to the log as a whole, stored beside the chunks. */
int pix_audit_index_producer_get(struct pix_audit_index *index, const char *name,
				 uint64_t *seq_r);
int pix_audit_index_state_begin(struct pix_audit_index *index);
int pix_audit_index_producer_set(struct pix_audit_index *index, const char *name,
				 uint64_t seq, int64_t ct);
int pix_audit_index_state_commit(struct pix_audit_index *index, uint64_t receipt);
uint64_t pix_audit_index_receipt(struct pix_audit_index *index);

#endif
