/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */
#ifndef DOVEADM_PIX_SORT_H
#define DOVEADM_PIX_SORT_H

#include "doveadm-pix.h"

/* Where the shipped scripts are, where the organisation's own are, and where
   they are put into force. */
#define PIX_SORT_SHIPPED_DIR PIX_DATADIR"/sieve"
#define PIX_SORT_LOCAL_DIR PIX_SYSCONFDIR"/dovecot-pix/sieve"
#define PIX_SORT_INSTALL_DIR PIX_STATEDIR"/sort"

/* One script that takes part. */
struct pix_sort_script {
	/* "before" or "after" */
	const char *phase;
	/* "10-pix-dmarc.sieve" */
	const char *name;
	const char *path;
};
ARRAY_DEFINE_TYPE(pix_sort_script, struct pix_sort_script);

/* Finds the scripts of both phases, in the order in which they run. A local
   script stands in for a shipped one of the same name; an empty local file
   leaves it out. Returns 0, or -1 after pix_doveadm_fail(). From pool. */
int pix_sort_scripts_find(pool_t pool, const char *shipped_dir,
			  const char *local_dir, ARRAY_TYPE(pix_sort_script) *dest);

/* Compiles a script with sievec, as the configuration in use says. Returns 0,
   or -1 and error_r: what the compiler said, one finding a line, or why it
   could not run. From the data stack. */
int pix_sort_compile(const char *script, const char *binary,
		     const char **error_r);

/* Prints the findings of one script as rows (script, line, finding). */
void pix_sort_print_header(void);
void pix_sort_print_findings(const char *script, const char *findings);

extern struct doveadm_cmd_ver2 pix_doveadm_cmd_sort_canary;
extern struct doveadm_cmd_ver2 pix_doveadm_cmd_sort_check;
extern struct doveadm_cmd_ver2 pix_doveadm_cmd_sort_install;

#endif
