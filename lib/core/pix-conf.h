/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */
#ifndef PIX_CONF_H
#define PIX_CONF_H

#include "pix-core.h"

/* A Dovecot configuration as its author wrote it: every statement with the file
   and line where it stands. The host's own tools show effective values without
   their place, and stop at the first problem; this reads on. */

enum pix_conf_type {
	/* key = value */
	PIX_CONF_SETTING,
	/* key name { */
	PIX_CONF_SECTION,
	/* something that is neither; value is the line */
	PIX_CONF_JUNK,
};

struct pix_conf_node {
	enum pix_conf_type type;
	const char *file;
	unsigned int line;
	/* the section that it stands in, NULL at the top */
	const struct pix_conf_node *parent;
	/* "mail_plugins"; "protocol" */
	const char *key;
	/* value without quotes; name of the section, "" without one */
	const char *value;
	/* order of reading, from 0 */
	unsigned int seq;
};
ARRAY_DEFINE_TYPE(pix_conf_node, const struct pix_conf_node *);

struct pix_conf;

/* Reads what an !include names. file: who includes; pattern: as written, an
   absolute path by now; try: !include_try. Calls pix_conf_parse() for each
   file. */
typedef void pix_conf_include_t(struct pix_conf *conf, const char *file,
				unsigned int line, const char *pattern,
				bool try, void *context);

/* Conf lives in pool and holds no other resources. */
struct pix_conf *pix_conf_init(pool_t pool, pix_conf_include_t *include,
			       void *context);
/* Adds the statements of one file. text need not live on. Any bytes are
   accepted; a line has at most some kilobytes of use, and NULs end the file. */
void pix_conf_parse(struct pix_conf *conf, const char *file, const char *text);
/* Depth of includes now, for the include function to limit. */
unsigned int pix_conf_include_depth(const struct pix_conf *conf);
/* A section that no } closed, or NULL. */
const struct pix_conf_node *pix_conf_unclosed(const struct pix_conf *conf);

/* All statements in the order of reading. */
const ARRAY_TYPE(pix_conf_node) *pix_conf_nodes(const struct pix_conf *conf);

/* TRUE if node stands directly inside a section "key name" (name NULL: any)
   that stands at the top. */
bool pix_conf_is_in(const struct pix_conf_node *node, const char *key,
		    const char *name);
/* The protocol {} block around the node at any depth, or NULL. */
const struct pix_conf_node *pix_conf_protocol(const struct pix_conf_node *node);
/* TRUE if a protocol {} block is for this protocol: "imap pop3" is for two,
   "!lmtp" for all others. */
bool pix_conf_protocol_is(const struct pix_conf_node *block, const char *protocol);
/* The last setting key directly in section (NULL: at the top), or NULL. */
const struct pix_conf_node *
pix_conf_last(const struct pix_conf *conf, const struct pix_conf_node *section,
	      const char *key);

#endif
