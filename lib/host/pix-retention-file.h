/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */
#ifndef PIX_RETENTION_FILE_H
#define PIX_RETENTION_FILE_H

#include "pix-retention.h"

struct event;
struct pix_retention_file;

/* The policy file of a process. An empty path is a policy without labels. */
struct pix_retention_file *
pix_retention_file_init(const char *path, struct event *event);
void pix_retention_file_deinit(struct pix_retention_file **file);

/* The policy of now: the file is looked at again at most once a second. When
   a changed file is wrong, that is logged once and the last good policy stays
   in force. Returns 0, or -1 and error_r (data stack: path, line, column)
   when there is no good policy yet; then nothing may be destroyed. policy_r
   lives until the next call. */
int pix_retention_file_get(struct pix_retention_file *file,
			   const struct pix_retention_policy **policy_r,
			   const char **error_r);
/* Counts up each time when another policy came into force. */
unsigned int pix_retention_file_generation(const struct pix_retention_file *file);

/* Reads and parses a file once. Returns 0, or -1 and error_r. */
int pix_retention_file_read(const char *path,
			    struct pix_retention_policy **policy_r,
			    const char **error_r);

#endif
