/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */
#ifndef PIX_RETENTION_H
#define PIX_RETENTION_H

#include "pix-core.h"

/* The retention policy: one file, pix-retention.policy(5), the same on every
   host. Pure logic: time is an argument, in seconds since 1970 UTC. */

/* An end that never comes. */
#define PIX_RETENTION_FOREVER INT64_MAX
/* Limits of a policy file. */
#define PIX_RETENTION_MAX_SIZE (1024 * 1024)
#define PIX_RETENTION_MAX_ITEMS 10000
#define PIX_RETENTION_LABEL_MAX 64

enum pix_retention_start {
	/* the date of arrival (IMAP INTERNALDATE) */
	PIX_RETENTION_START_RECEIVED,
	/* the date of saving into the folder */
	PIX_RETENTION_START_SAVED,
	/* the end of the fiscal year of arrival */
	PIX_RETENTION_START_FISCAL_YEAR_END,
	/* a date that a person sets; until then the end is unknown */
	PIX_RETENTION_START_EVENT,
	/* the moment at which the mail leaves the mailbox (grace) */
	PIX_RETENTION_START_DELETED,
};

enum pix_retention_then {
	/* destroy it */
	PIX_RETENTION_THEN_DISPOSE,
	/* a person decides (disposition list|approve|reject) */
	PIX_RETENTION_THEN_REVIEW,
	/* nothing: it stays, no longer protected */
	PIX_RETENTION_THEN_KEEP,
};

struct pix_retention_period {
	bool forever;
	/* forever excludes the others */
	unsigned int years, months, days;
};

struct pix_retention_label {
	const char *name;
	const char *description;
	struct pix_retention_period period;
	enum pix_retention_start start;
	enum pix_retention_then then;
	/* FALSE: nothing is protected, the period only says when it goes */
	bool retain;
	/* archive_set: the scheduler moves the mail to the archive after this
	   time from arrival */
	bool archive_set;
	struct pix_retention_period archive_after;
	/* position in the file, from 1 */
	unsigned int line;
};

/* A label applies where every list that is not empty has a match. */
struct pix_retention_rule {
	const struct pix_retention_label *label;
	/* patterns with * and ?, case-insensitive */
	ARRAY_TYPE(const_string) users, domains, groups;
	/* patterns with * and % (not beyond /), case-sensitive but INBOX */
	ARRAY_TYPE(const_string) folders;
	/* "\Sent" */
	ARRAY_TYPE(const_string) special_uses;
	unsigned int line;
};

ARRAY_DEFINE_TYPE(pix_retention_label, struct pix_retention_label *);
ARRAY_DEFINE_TYPE(pix_retention_rule, struct pix_retention_rule *);

struct pix_retention_policy {
	pool_t pool;
	ARRAY_TYPE(pix_retention_label) labels;
	ARRAY_TYPE(pix_retention_rule) rules;
	/* whose mail is copied at delivery, and under which label */
	ARRAY_TYPE(pix_retention_rule) journal;
	/* folders that are private to a person: flagged in holds, searches
	   and exports; never exempt from anything */
	ARRAY_TYPE(const_string) private_folders;
	/* last day of the fiscal year; 31 stands for the month's last day */
	unsigned int fiscal_month, fiscal_day;
	/* offset of local time, in seconds east of UTC */
	int tz_offset;
	/* the label "grace" of unlabelled mail, NULL without one */
	struct pix_retention_label *grace;
};

/* Parses a policy. Returns 0, or -1 and error_r (data stack), which begins
   with "line L, column C: ". */
int pix_retention_policy_parse(const void *data, size_t size,
			       struct pix_retention_policy **policy_r,
			       const char **error_r);
void pix_retention_policy_free(struct pix_retention_policy **policy);
/* NULL if there is no such label. */
const struct pix_retention_label *
pix_retention_label_find(const struct pix_retention_policy *policy,
			 const char *name);

const char *pix_retention_start_name(enum pix_retention_start start);
const char *pix_retention_then_name(enum pix_retention_then then);
/* "10y", "1y6m", "forever". Data stack. */
const char *pix_retention_period_str(const struct pix_retention_period *period);
/* Parses "10y", "1y6m", "30d", "forever". Each unit at most once, in this
   order, at most 1000 years. */
bool pix_retention_period_parse(const char *str,
				struct pix_retention_period *period_r);

/* TRUE if a label of that name may exist: a-z, 0-9 and "-_.", 1..64
   bytes, the first a letter or digit. */
bool pix_retention_label_name_ok(const char *name);
/* mailbox: UTF-8, "/" between levels. */
bool pix_retention_folder_match(const char *pattern, const char *mailbox);
/* * and ?, case-insensitive in ASCII. */
bool pix_retention_name_match(const char *pattern, const char *name);

/* One mail, as far as the policy is concerned. */
struct pix_retention_subject {
	/* full user name of the owner */
	const char *owner;
	/* NULL or NULL-terminated */
	const char *const *groups;
	/* nobody can tell the groups: a rule for a group applies */
	bool groups_unknown;
	/* UTF-8, "/" between levels */
	const char *mailbox;
	/* NULL or NULL-terminated, with the backslash */
	const char *const *special_uses;
	/* 0: unknown, counts as now */
	int64_t received, saved;
	/* labels put on the mail itself: NULL or NULL-terminated */
	const char *const *explicit_labels;
	/* a legal hold covers it */
	bool held;
	/* Optional: the event date of a label, or 0 when none is set. */
	int64_t (*event_date)(const struct pix_retention_label *label,
			      void *context);
	void *context;
};

struct pix_retention_decision {
	/* the mail must not be destroyed now */
	bool retained;
	/* a hold says so; it wins over all */
	bool held;
	/* the end of the longest retention (may be in the past); 0 without a
	   retaining label. A hold does not change it. */
	int64_t until;
	/* the label that decided until, NULL without one */
	const struct pix_retention_label *label;
	/* it was put on the mail itself */
	bool is_explicit;
	/* line of the rule that put it there, 0 for an explicit label */
	unsigned int rule_line;
	/* when it is to go, and by which label: 0 and NULL for never. Never
	   before until. */
	int64_t goes_at;
	const struct pix_retention_label *goes_label;
	/* when the scheduler moves it to the archive, 0 for never */
	int64_t archive_at;
	const struct pix_retention_label *archive_label;
	/* set by the guard: unlabelled mail that is only kept for the grace
	   period */
	bool grace;
	/* an explicit label that the policy does not know: kept for ever until
	   the policy knows it again */
	const char *unknown_label;
};

/* Decides over one mail at the time now. Precedence: a hold over all, retain
   over delete, the longest retention, explicit over implicit, the shortest
   delete. */
void pix_retention_decide(const struct pix_retention_policy *policy,
			  const struct pix_retention_subject *subject,
			  int64_t now,
			  struct pix_retention_decision *decision_r);

/* TRUE if a copy of this arriving mail goes to the journal; decision_r has the
   label whose retention is the longest. */
bool pix_retention_journal(const struct pix_retention_policy *policy,
			   const struct pix_retention_subject *subject,
			   int64_t now,
			   struct pix_retention_decision *decision_r);

/* ---- calendar (Regulation (EEC) 1182/71, Article 3) ---- */

/* The end of a period that begins on the (local) day of start: the day of the
   event does not count, the last day counts in full, and a day that the last
   month lacks is that month's last day. In a leap day's case 29 February plus
   one year ends with 28 February. */
int64_t pix_retention_period_end(const struct pix_retention_period *period,
				 int64_t start, int tz_offset);
/* Some second of the last day of the fiscal year that holds t. */
int64_t pix_retention_fiscal_year_end(const struct pix_retention_policy *policy,
				      int64_t t);
/* Days since 1970-01-01 of a proleptic Gregorian date; month 1..12. */
int64_t pix_retention_days_from_date(int64_t year, unsigned int month,
				     unsigned int day);
void pix_retention_date_from_days(int64_t days, int64_t *year_r,
				  unsigned int *month_r, unsigned int *day_r);
unsigned int pix_retention_month_days(int64_t year, unsigned int month);
/* Parses "2026-11-21" into the first second of that local day. */
bool pix_retention_date_parse(const char *str, int tz_offset, int64_t *t_r);
/* "2026-11-21" or "forever" or "-" for 0. Data stack. */
const char *pix_retention_date_str(int64_t t, int tz_offset);

#endif
