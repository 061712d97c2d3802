/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */
#ifndef PIX_SIEVE_H
#define PIX_SIEVE_H

/* The seam to Pigeonhole 0.5.19 (Dovecot 2.3) and 2.4.1. Nothing outside this
   room and plugins/sort may include it: it needs libdovecot-sieve. */

#include "pix-compat.h"
#include "sieve-common.h"
#include "sieve-extensions.h"

struct pix_sieve_values;
struct sieve_runtime_env;
struct sieve_stringlist;
struct setting_parser_info;

/* What an extension's load() returns. */
#if PIX_DOVECOT_24
typedef int pix_sieve_load_t;
#  define PIX_SIEVE_LOAD_OK 0
#else
typedef bool pix_sieve_load_t;
#  define PIX_SIEVE_LOAD_OK TRUE
#endif

/* Registers an extension. Returns 0, or -1. */
int pix_sieve_extension_register(struct sieve_instance *svinst,
				 const struct sieve_extension_def *def,
				 bool load, const struct sieve_extension **ext_r);

/* Reads the settings as the tool or delivery that runs the scripts sees them.
   Free set_r with pix_settings_free(). Returns 0, or -1 and error_r. */
int pix_sieve_settings_get(struct sieve_instance *svinst,
			   const struct setting_parser_info *info,
			   const void **set_r, const char **error_r);

/* TRUE in a delivery, FALSE in IMAP sessions and the tools. */
bool pix_sieve_is_delivery(struct sieve_instance *svinst);
/* TRUE in an IMAP session (imapsieve, FILTER=SIEVE). */
bool pix_sieve_is_session(struct sieve_instance *svinst);

/* A list of values for sieve_match(), which also counts them. values is
   NULL-terminated and must live as long as the list. Data stack. */
struct sieve_stringlist *
pix_sieve_stringlist_create(const struct sieve_runtime_env *renv,
			    const char *const *values);

#endif
