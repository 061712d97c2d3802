/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */
#ifndef EXT_PIX_SORT_H
#define EXT_PIX_SORT_H

/* Extension "vnd.pix.sort": docs/protocol/sieve-vnd-pix-sort.md */

#include "pix-sieve.h"
#include "pix-authres-set.h"
#include "pix-settings-sort.h"
#include "sieve-commands.h"
#include "sieve-code.h"

struct sieve_runtime_env;

extern const struct sieve_extension_def ext_pix_sort;
extern const struct sieve_command_def tst_pix_authresults;
extern const struct sieve_command_def tst_pix_sortpolicy;
extern const struct sieve_command_def tst_pix_mailsign;
extern const struct sieve_command_def cmd_pix_retain;
extern const struct sieve_command_def cmd_pix_tag;
extern const struct sieve_operation_def opr_pix_authresults;
extern const struct sieve_operation_def opr_pix_sortpolicy;
extern const struct sieve_operation_def opr_pix_retain;
extern const struct sieve_operation_def opr_pix_tag;
extern const struct sieve_operation_def opr_pix_mailsign;

/* The settings; never NULL: where they can't be read, the defaults, which
   trust nothing. */
const struct pix_sort_settings *
ext_pix_sort_settings(const struct sieve_extension *ext);

/* The authentication results of the message, read once. Returns a status of
   Sieve; set_r is only there with SIEVE_EXEC_OK. */
int ext_pix_sort_authres(const struct sieve_runtime_env *renv,
			 const struct sieve_extension *ext,
			 struct pix_authres_set **set_r);

/* For .validate of a test with the arguments NAMES KEYS. */
bool ext_pix_sort_validate_match(struct sieve_validator *valdtr,
				 struct sieve_command *tst, const char *name);
/* For .registered of a test with comparator and match type. */
void ext_pix_sort_link_match(struct sieve_validator *valdtr,
			     struct sieve_command_registration *cmd_reg);

#endif
