/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */
#ifndef DOVEADM_PIX_CHECK_H
#define DOVEADM_PIX_CHECK_H

#include "pix-doveadm.h"
#include "pix-conf.h"
#include "pix-settings-check.h"

/* "doveadm pix check": one file a subject, one function that reports each
   finding by pix_check_add(). */

enum pix_check_level {
	/* what is active where; no finding */
	PIX_CHECK_INFO,
	/* works, but perhaps not as meant */
	PIX_CHECK_WARNING,
	/* won't start, or lets someone in, or does not do its job */
	PIX_CHECK_ERROR,
};

struct pix_check_finding {
	enum pix_check_level level;
	/* stable word for programs */
	const char *code;
	/* "" and 0 if it stands nowhere */
	const char *file;
	unsigned int line;
	const char *text;
};

struct pix_check {
	pool_t pool;
	const char *path;
	struct pix_conf *conf;
	ARRAY(struct pix_check_finding) findings;
};

/* node: where it stands, or NULL. */
void pix_check_add(struct pix_check *check, enum pix_check_level level,
		   const char *code, const struct pix_conf_node *node,
		   const char *fmt, ...) ATTR_FORMAT(5, 6);
void pix_check_add_at(struct pix_check *check, enum pix_check_level level,
		      const char *code, const char *file, unsigned int line,
		      const char *text);

/* ---- reading, doveadm-pix-check-load.c ---- */

/* Reads the file and all that it includes; what can't be read is a finding. */
void pix_check_load(struct pix_check *check);
/* Value of a setting at the top level, or fallback. */
const char *pix_check_value(const struct pix_check *check, const char *key,
			    const char *fallback);
/* Value of a setting directly in section, or fallback. */
const char *pix_check_value_in(const struct pix_check *check,
			       const struct pix_conf_node *section,
			       const char *key, const char *fallback);
/* The last section "key name" at the top, or NULL. */
const struct pix_conf_node *
pix_check_section(const struct pix_check *check, const char *key,
		  const char *name);

/* ---- lists of words: mail_plugins, protocols ---- */

struct pix_check_list {
	ARRAY_TYPE(const_string) words;
	/* the statement that made the list what it is, or NULL */
	const struct pix_conf_node *node;
};

/* The effective list for a protocol (NULL: at the top), as the host computes it.
   Data stack. */
struct pix_check_list *
pix_check_list(const struct pix_check *check, const char *key,
	       const char *protocol, const char *fallback);
bool pix_check_list_has(const struct pix_check_list *list, const char *word);
/* TRUE if the word is in the list of any protocol or at the top; node_r is the
   first statement that names it. */
bool pix_check_named(const struct pix_check *check, const char *key,
		     const char *word, const struct pix_conf_node **node_r);
/* Is the protocol served? lda and doveadm always are. */
bool pix_check_protocol_enabled(const struct pix_check *check, const char *protocol);

/* ---- passdbs ---- */

/* TRUE if any passdb has this driver. */
bool pix_check_has_passdb(const struct pix_check *check, const char *driver);

/* ---- the subjects ---- */

void pix_check_settings(struct pix_check *check);
void pix_check_passdbs(struct pix_check *check);
void pix_check_plugins(struct pix_check *check);
void pix_check_services(struct pix_check *check);
void pix_check_files(struct pix_check *check);
void pix_check_storage(struct pix_check *check);
void pix_check_host(struct pix_check *check);

#endif
