/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */
#ifndef PIX_TLOG_PROOF_H
#define PIX_TLOG_PROOF_H

/* One record with the proof that it is in the log, as one file (C2SP tlog-proof;
   the record stands in "extra"). Pure C, like pix-merkle.h. */

#include "pix-merkle.h"
#include "pix-note.h"

/* largest file, in bytes */
#define PIX_TLOG_PROOF_MAX (128 * 1024)

struct pix_tlog_proof {
	uint64_t index;
	struct pix_checkpoint checkpoint;
	/* the record; points into the memory given to verify */
	unsigned char *leaf;
	size_t leaf_size;
};

/* Writes the file. Returns its length, or 0 if it doesn't fit. */
size_t pix_tlog_proof_print(uint64_t index, const void *leaf, size_t leaf_size,
			    const struct pix_hash *hashes, unsigned int count,
			    const char *note, char *out, size_t out_size);
/* Verifies a file: the note is signed by the key, and its tree holds the record at
   the index. leaf is memory for the record. Returns 0 or -1 and error_r. */
int pix_tlog_proof_verify(const char *data, size_t size,
			  const struct pix_note_verifier *key,
			  unsigned char *leaf, size_t leaf_max,
			  struct pix_tlog_proof *proof_r, char error_r[PIX_ERR_SIZE]);

#endif
