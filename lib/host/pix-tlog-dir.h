/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */
#ifndef PIX_TLOG_DIR_H
#define PIX_TLOG_DIR_H

/* Reads the files of a log for pix_tlog_verify. Knows nothing of the host: the
   stand-alone verifier links it, too. */

#include "pix-tlog-verify.h"

struct pix_tlog_dir;

/* path: the log's folder, or the folder that holds it as log/. NULL and error_r
   if there is no checkpoint in either. */
struct pix_tlog_dir *pix_tlog_dir_open(const char *path, char error_r[PIX_ERR_SIZE]);
void pix_tlog_dir_close(struct pix_tlog_dir **dir);
/* The folder in which the checkpoint is. */
const char *pix_tlog_dir_path(const struct pix_tlog_dir *dir);
/* pix_tlog_read_t; context is the pix_tlog_dir. */
int pix_tlog_dir_read(void *context, const char *path,
		      const unsigned char **data_r, size_t *size_r,
		      char error_r[PIX_ERR_SIZE]);
/* Reads any file of at most max bytes into fresh memory (free()), with a NUL
   behind it. Returns 1, 0 if there is none, -1 and error_r. */
int pix_tlog_file_read(const char *path, size_t max, char **data_r, size_t *size_r,
		       char error_r[PIX_ERR_SIZE]);

#endif
