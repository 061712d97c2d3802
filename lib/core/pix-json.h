/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */
#ifndef PIX_JSON_H
#define PIX_JSON_H

#include "pix-core.h"
#include <jansson.h>

/* Largest depth of nesting that is accepted from anywhere. */
#define PIX_JSON_MAX_DEPTH 32

/* Parses one JSON text (RFC 8259) strictly: duplicate members, nesting
   deeper than max_depth, trailing data and invalid UTF-8 are refused.
   Returns a new reference, or NULL and error_r (data stack), which says the
   position but repeats nothing of the input. max_depth: 1..PIX_JSON_MAX_DEPTH. */
json_t *pix_json_parse(const void *data, size_t size, unsigned int max_depth,
		       const char **error_r);
/* Same, and the value must be an object. */
json_t *pix_json_parse_object(const void *data, size_t size,
			      unsigned int max_depth, const char **error_r);
/* Appends the compact form of value. */
void pix_json_append(buffer_t *dest, const json_t *value);
/* The compact form, from the data stack. */
const char *t_pix_json(const json_t *value);

/* Members of an object. Strings with an embedded NUL count as absent. The
   pointers live as long as obj. */
const char *pix_json_str(const json_t *obj, const char *name);
/* TRUE and value_r only if the member is an integer within min..max. */
bool pix_json_int(const json_t *obj, const char *name,
		  int64_t min, int64_t max, int64_t *value_r);
/* TRUE only if the member is literally true. */
bool pix_json_true(const json_t *obj, const char *name);

/* Sets a member to a string; bytes that are no valid UTF-8 are replaced by
   U+FFFD, so that data from outside can't make it fail. NULL sets nothing. */
void pix_json_set_str(json_t *obj, const char *name, const char *value);
void pix_json_set_int(json_t *obj, const char *name, int64_t value);
void pix_json_set_bool(json_t *obj, const char *name, bool value);

#endif
