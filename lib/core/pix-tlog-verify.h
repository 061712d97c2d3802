/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */
#ifndef PIX_TLOG_VERIFY_H
#define PIX_TLOG_VERIFY_H

/* Verifies a whole audit log from its files and a public key. Pure C: shared by
   the stand-alone pix-audit-verify and doveadm. */

#include "pix-merkle.h"
#include "pix-note.h"

/* Reads a file of the log; path is relative ("tile/0/000"). Entry bundles
   come unpacked. *data_r is valid until the next call. Returns 1, 0 if there
   is no such file, -1 and error_r when it can't be read. */
typedef int pix_tlog_read_t(void *context, const char *path,
			    const unsigned char **data_r, size_t *size_r,
			    char error_r[PIX_ERR_SIZE]);

enum pix_tlog_finding {
	/* the log isn't what was signed */
	PIX_TLOG_FINDING_BAD,
	/* the log may be right, but something about it is not as it should be */
	PIX_TLOG_FINDING_WARNING,
};

struct pix_tlog_verify_params {
	pix_tlog_read_t *read;
	/* Text says what is wrong, which records it touches, and which file. */
	void (*finding)(void *context, enum pix_tlog_finding finding, const char *text);
	/* Optional: done of total records were read. */
	void (*progress)(void *context, uint64_t done, uint64_t total);
	void *context;
	/* keys that may have signed the checkpoint; names are the origin */
	const struct pix_note_verifier *keys;
	unsigned int key_count;
	/* Check each record by the rules of docs/protocol/audit-record.md. */
	bool records;
};

struct pix_tlog_verify;

struct pix_tlog_verify_result {
	struct pix_checkpoint checkpoint;
	/* index of the key that signed it */
	unsigned int key;
	unsigned int bad, warnings;
	/* times of the first and the last record, microseconds; 0 without */
	int64_t first_ct, last_ct;
	uint64_t receipts;
};

/* Verifies everything that the published checkpoint covers. Returns TRUE if nothing
   is BAD. Old checkpoints are compared by pix_tlog_verify_old() before free. */
struct pix_tlog_verify *
pix_tlog_verify_new(const struct pix_tlog_verify_params *params);
bool pix_tlog_verify_run(struct pix_tlog_verify *verify,
			 struct pix_tlog_verify_result *result_r);
/* A checkpoint that was kept elsewhere: must be signed by one of the keys, and the
   log must be a continuation of it. what names its source in findings. cp_r gets
   what it says. */
bool pix_tlog_verify_old(struct pix_tlog_verify *verify, const char *what,
			 const char *note, size_t size,
			 struct pix_checkpoint *cp_r);
void pix_tlog_verify_free(struct pix_tlog_verify **verify);

#endif
