/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */
#ifndef PIX_SORT_MARKS_H
#define PIX_SORT_MARKS_H

/* What the scripts of a delivery decided about the mail, beyond folders and
   flags. The struct belongs to the mail plugin, which hangs it on the event of
   the mail user; the Sieve plugin, which the host loads and unloads with each
   delivery, only fills it. See docs/design/retention-label.md. */

#include "lib.h"
#include "array.h"
#include "lib-event.h"
#include "mail-user.h"

/* Key of the struct; it changes with its layout. */
#define PIX_SORT_MARKS_KEY "pix_sort_marks_1"
/* Key of the list that other parts read. */
#define PIX_SORT_LABELS_KEY "pix_retain_labels"

#define PIX_SORT_MAX_LABELS 8
#define PIX_SORT_MAX_LABEL_LEN 40
#define PIX_SORT_MAX_TAGS 16
#define PIX_SORT_MAX_TAG_LEN 60
/* Keywords that show labels; nobody else may set them. */
#define PIX_SORT_KEYWORD_PREFIX "$PixRetain-"

struct pix_sort_marks {
	pool_t pool;
	/* NULL-terminated; NULL until there is a label */
	const char **labels;
	unsigned int label_count;
	/* keywords for each saved copy */
	const char *tags[PIX_SORT_MAX_TAGS];
	unsigned int tag_count;
	/* copies of the mail that were saved in this delivery */
	unsigned int saved_count;
};

/* TRUE for 1..40 characters of a-z 0-9 - _ . that begin with a letter or digit. */
static inline bool pix_sort_label_is_valid(const char *label)
{
	size_t len = strlen(label);

	return len > 0 && len <= PIX_SORT_MAX_LABEL_LEN &&
		strspn(label, "abcdefghijklmnopqrstuvwxyz0123456789-_.") == len &&
		strchr("-_.", label[0]) == NULL;
}

static inline struct pix_sort_marks *pix_sort_marks_get(struct mail_user *user)
{
	return event_get_ptr(user->event, PIX_SORT_MARKS_KEY);
}

/* Adds a valid label. Returns FALSE if there are too many. */
static inline bool
pix_sort_marks_add_label(struct pix_sort_marks *marks, struct mail_user *user,
			 const char *label)
{
	for (unsigned int i = 0; i < marks->label_count; i++) {
		if (strcmp(marks->labels[i], label) == 0)
			return TRUE;
	}
	if (marks->label_count == PIX_SORT_MAX_LABELS)
		return FALSE;
	if (marks->labels == NULL)
		marks->labels = p_new(marks->pool, const char *, PIX_SORT_MAX_LABELS + 1);
	marks->labels[marks->label_count++] = p_strdup(marks->pool, label);
	event_set_ptr(user->event, PIX_SORT_LABELS_KEY, marks->labels);
	return TRUE;
}

/* TRUE for a keyword (RFC 9051 "atom") of 1..60 characters that shows no label. */
static inline bool pix_sort_tag_is_valid(const char *tag)
{
	size_t len = strlen(tag);

	for (const char *p = tag; *p != '\0'; p++) {
		if (*p <= ' ' || *p >= 0x7f || strchr("(){%*\"\\]", *p) != NULL)
			return FALSE;
	}
	return len > 0 && len <= PIX_SORT_MAX_TAG_LEN &&
		strncasecmp(tag, PIX_SORT_KEYWORD_PREFIX,
			    strlen(PIX_SORT_KEYWORD_PREFIX)) != 0;
}

/* Adds a valid tag. Returns FALSE if there are too many. */
static inline bool
pix_sort_marks_add_tag(struct pix_sort_marks *marks, const char *tag)
{
	for (unsigned int i = 0; i < marks->tag_count; i++) {
		if (strcasecmp(marks->tags[i], tag) == 0)
			return TRUE;
	}
	if (marks->tag_count == PIX_SORT_MAX_TAGS)
		return FALSE;
	marks->tags[marks->tag_count++] = p_strdup(marks->pool, tag);
	return TRUE;
}

#endif
