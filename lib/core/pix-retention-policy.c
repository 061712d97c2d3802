/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-retention.h"

void pix_retention_policy_free(struct pix_retention_policy **_policy)
{
	struct pix_retention_policy *policy = *_policy;

	if (policy == NULL)
		return;
	*_policy = NULL;
	pool_unref(&policy->pool);
}

const struct pix_retention_label *
pix_retention_label_find(const struct pix_retention_policy *policy,
			 const char *name)
{
	struct pix_retention_label *label;

	array_foreach_elem(&policy->labels, label) {
		if (strcmp(label->name, name) == 0)
			return label;
	}
	if (policy->grace != NULL && strcmp(policy->grace->name, name) == 0)
		return policy->grace;
	return NULL;
}

static const char *const start_names[] = {
	[PIX_RETENTION_START_RECEIVED] = "received",
	[PIX_RETENTION_START_SAVED] = "saved",
	[PIX_RETENTION_START_FISCAL_YEAR_END] = "fiscal-year-end",
	[PIX_RETENTION_START_EVENT] = "event",
	[PIX_RETENTION_START_DELETED] = "deleted",
};

static const char *const then_names[] = {
	[PIX_RETENTION_THEN_DISPOSE] = "dispose",
	[PIX_RETENTION_THEN_REVIEW] = "review",
	[PIX_RETENTION_THEN_KEEP] = "keep",
};

const char *pix_retention_start_name(enum pix_retention_start start)
{
	return start_names[start];
}

const char *pix_retention_then_name(enum pix_retention_then then)
{
	return then_names[then];
}

const char *pix_retention_period_str(const struct pix_retention_period *period)
{
	string_t *str;

	if (period->forever)
		return "forever";
	str = t_str_new(16);
	if (period->years > 0)
		str_printfa(str, "%uy", period->years);
	if (period->months > 0)
		str_printfa(str, "%um", period->months);
	if (period->days > 0 || str_len(str) == 0)
		str_printfa(str, "%ud", period->days);
	return str_c(str);
}

bool pix_retention_period_parse(const char *str,
				struct pix_retention_period *period_r)
{
	static const char units[] = "ymd";
	static const unsigned int max[] = { 1000, 12000, 366000 };
	unsigned int *const values[] = {
		&period_r->years, &period_r->months, &period_r->days
	};
	unsigned int unit = 0;

	i_zero(period_r);
	if (strcmp(str, "forever") == 0) {
		period_r->forever = TRUE;
		return TRUE;
	}
	if (*str == '\0')
		return FALSE;
	while (*str != '\0') {
		unsigned int num = 0, digits = 0;

		for (; *str >= '0' && *str <= '9' && digits < 7; str++, digits++)
			num = num * 10 + (unsigned int)(*str - '0');
		if (digits == 0 || *str == '\0')
			return FALSE;
		while (unit < 3 && units[unit] != *str)
			unit++;
		if (unit == 3 || num > max[unit])
			return FALSE;
		*values[unit++] = num;
		str++;
	}
	return TRUE;
}

bool pix_retention_label_name_ok(const char *name)
{
	size_t len = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-_.");

	return len > 0 && strchr("-_.", name[0]) == NULL && len <= PIX_RETENTION_LABEL_MAX && name[len] == '\0';
}
