/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-retention.h"

static char ascii_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* Matches with one remembered star, so that the time is bounded by the
   product of the lengths. Wildcards: star_any matches everything, star_level
   ('\0': none) everything but "/", any_one ('\0': none) one character. With
   two kinds of stars the remembered one is always the last: a later star can
   take over whatever an earlier one would match, except that star_level
   stops at "/", which is why the last star_any is remembered as well. */
static bool
pattern_match(const char *p, const char *s, char star_any, char star_level,
	      char any_one, bool icase)
{
	const char *any_p = NULL, *any_s = NULL, *level_p = NULL, *level_s = NULL;

	for (;;) {
		if (*p != '\0' && *p == star_any) {
			any_p = ++p;
			any_s = s;
			level_p = NULL;
			continue;
		}
		if (*p != '\0' && *p == star_level) {
			level_p = ++p;
			level_s = s;
			continue;
		}
		if (*s == '\0' && *p == '\0')
			return TRUE;
		if (*s != '\0' && *p != '\0' &&
		    ((*p == any_one && any_one != '\0') || *p == *s ||
		     (icase && ascii_lower(*p) == ascii_lower(*s)))) {
			p++;
			s++;
			continue;
		}
		if (level_p != NULL && *level_s != '\0' && *level_s != '/') {
			p = level_p;
			s = ++level_s;
			continue;
		}
		if (any_p != NULL && *any_s != '\0') {
			p = any_p;
			s = ++any_s;
			level_p = NULL;
			continue;
		}
		return FALSE;
	}
}

bool pix_retention_name_match(const char *pattern, const char *name)
{
	return pattern_match(pattern, name, '*', '\0', '?', TRUE);
}

static const char *inbox_normalise(const char *name)
{
	if (strncasecmp(name, "INBOX", 5) == 0 && (name[5] == '\0' || name[5] == '/'))
		return t_strconcat("INBOX", name + 5, NULL);
	return name;
}

bool pix_retention_folder_match(const char *pattern, const char *mailbox)
{
	bool ret;

	T_BEGIN {
		ret = pattern_match(inbox_normalise(pattern),
				    inbox_normalise(mailbox), '*', '%', '\0', FALSE);
	} T_END;
	return ret;
}

static bool list_match(const ARRAY_TYPE(const_string) *patterns,
		       const char *const *values,
		       bool (*match)(const char *, const char *))
{
	const char *pattern;

	if (array_count(patterns) == 0)
		return TRUE;
	if (values == NULL)
		return FALSE;
	array_foreach_elem(patterns, pattern) {
		for (const char *const *v = values; *v != NULL; v++) {
			if (match(pattern, *v))
				return TRUE;
		}
	}
	return FALSE;
}

static bool rule_applies(const struct pix_retention_rule *rule,
			 const struct pix_retention_subject *subject)
{
	const char *domain = strrchr(subject->owner, '@');
	const char *const owner[] = { subject->owner, NULL };
	const char *const domains[] = { domain == NULL ? NULL : domain + 1, NULL };
	const char *const folder[] = { subject->mailbox, NULL };

	return list_match(&rule->users, owner, pix_retention_name_match) &&
		list_match(&rule->domains, domains, pix_retention_name_match) &&
		(subject->groups_unknown ||
		 list_match(&rule->groups, subject->groups, pix_retention_name_match)) &&
		list_match(&rule->folders, folder, pix_retention_folder_match) &&
		list_match(&rule->special_uses, subject->special_uses,
			   pix_retention_name_match);
}

/* The end of a label's period for this mail. */
static int64_t
label_end(const struct pix_retention_policy *policy,
	  const struct pix_retention_label *label,
	  const struct pix_retention_subject *subject, int64_t now)
{
	int64_t start = now;

	switch (label->start) {
	case PIX_RETENTION_START_RECEIVED:
		start = subject->received == 0 ? now : subject->received;
		break;
	case PIX_RETENTION_START_SAVED:
		start = subject->saved == 0 ? now : subject->saved;
		break;
	case PIX_RETENTION_START_FISCAL_YEAR_END:
		start = pix_retention_fiscal_year_end(policy,
			subject->received == 0 ? now : subject->received);
		break;
	case PIX_RETENTION_START_EVENT:
		start = subject->event_date == NULL ? 0 :
			subject->event_date(label, subject->context);
		if (start == 0)
			return PIX_RETENTION_FOREVER;
		break;
	case PIX_RETENTION_START_DELETED:
		break;
	}
	return pix_retention_period_end(&label->period, start, policy->tz_offset);
}

struct decide_state {
	const struct pix_retention_policy *policy;
	const struct pix_retention_subject *subject;
	int64_t now;
	struct pix_retention_decision *decision;
	/* goes_at is of an explicit label */
	bool goes_explicit;
};

static void
decide_goes(struct decide_state *state, const struct pix_retention_label *label,
	    int64_t end, bool is_explicit)
{
	struct pix_retention_decision *d = state->decision;

	/* for ever or with an unknown event date: it never goes by this label */
	if (label->then != PIX_RETENTION_THEN_DISPOSE || end == PIX_RETENTION_FOREVER)
		return;
	if (d->goes_label == NULL || (is_explicit && !state->goes_explicit) ||
	    (is_explicit == state->goes_explicit && end < d->goes_at)) {
		d->goes_at = end;
		d->goes_label = label;
		state->goes_explicit = is_explicit;
	}
}

static void
decide_label(struct decide_state *state, const struct pix_retention_label *label,
	     unsigned int rule_line)
{
	struct pix_retention_decision *d = state->decision;
	bool is_explicit = rule_line == 0;
	int64_t end = label_end(state->policy, label, state->subject, state->now);
	int64_t archive_at;

	if (label->retain && (d->label == NULL || end > d->until ||
			      (end == d->until && is_explicit && !d->is_explicit))) {
		d->until = end;
		d->label = label;
		d->is_explicit = is_explicit;
		d->rule_line = rule_line;
	}
	decide_goes(state, label, end, is_explicit);
	if (label->archive_set) {
		archive_at = pix_retention_period_end(&label->archive_after,
			state->subject->received == 0 ? state->now :
			state->subject->received, state->policy->tz_offset);
		if (d->archive_label == NULL || archive_at < d->archive_at) {
			d->archive_at = archive_at;
			d->archive_label = label;
		}
	}
}

void pix_retention_decide(const struct pix_retention_policy *policy,
			  const struct pix_retention_subject *subject,
			  int64_t now,
			  struct pix_retention_decision *decision_r)
{
	struct decide_state state = {
		.policy = policy,
		.subject = subject,
		.now = now,
		.decision = decision_r,
	};
	const struct pix_retention_label *label;
	struct pix_retention_rule *rule;
	const char *const *name;

	i_zero(decision_r);
	for (name = subject->explicit_labels; name != NULL && *name != NULL; name++) {
		label = pix_retention_label_find(policy, *name);
		if (label != NULL)
			decide_label(&state, label, 0);
		else
			decision_r->unknown_label = *name;
	}
	array_foreach_elem(&policy->rules, rule) {
		if (rule_applies(rule, subject))
			decide_label(&state, rule->label, rule->line);
	}
	if (decision_r->unknown_label != NULL) {
		/* never destroy on doubt */
		decision_r->until = PIX_RETENTION_FOREVER;
		decision_r->label = NULL;
		decision_r->is_explicit = TRUE;
		decision_r->rule_line = 0;
	}
	decision_r->held = subject->held;
	decision_r->retained = subject->held || decision_r->until > now;
	/* retain over delete */
	if (decision_r->until == PIX_RETENTION_FOREVER) {
		decision_r->goes_at = 0;
		decision_r->goes_label = NULL;
	} else if (decision_r->goes_label != NULL &&
		   decision_r->goes_at < decision_r->until)
		decision_r->goes_at = decision_r->until;
	/* what the longest label says about afterwards, if it is no disposal,
	   wins: a shorter label must not destroy what a person has to review */
	if (decision_r->label != NULL && decision_r->goes_label != NULL &&
	    decision_r->label->then != PIX_RETENTION_THEN_DISPOSE) {
		decision_r->goes_at = 0;
		decision_r->goes_label = NULL;
	}
}

bool pix_retention_journal(const struct pix_retention_policy *policy,
			   const struct pix_retention_subject *subject,
			   int64_t now,
			   struct pix_retention_decision *decision_r)
{
	struct pix_retention_rule *rule;
	int64_t end;

	i_zero(decision_r);
	array_foreach_elem(&policy->journal, rule) {
		if (!rule_applies(rule, subject))
			continue;
		end = label_end(policy, rule->label, subject, now);
		if (decision_r->label == NULL || end > decision_r->until) {
			decision_r->label = rule->label;
			decision_r->until = end;
			decision_r->rule_line = rule->line;
		}
	}
	decision_r->retained = decision_r->until > now;
	return decision_r->label != NULL;
}
