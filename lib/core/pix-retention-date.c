/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-retention.h"

#define DAY_SECS (24 * 60 * 60)
/* Dates beyond this are kept for ever: nothing overflows. */
#define YEAR_MAX 9999

static bool leap_year(int64_t year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

unsigned int pix_retention_month_days(int64_t year, unsigned int month)
{
	static const unsigned char days[] = {
		31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31
	};

	i_assert(month >= 1 && month <= 12);
	return month == 2 && leap_year(year) ? 29 : days[month - 1];
}

/* Both directions count in eras of 400 years that begin on 1 March, so that
   the leap day is the last of its year. */
int64_t pix_retention_days_from_date(int64_t year, unsigned int month,
				     unsigned int day)
{
	int64_t y = month <= 2 ? year - 1 : year;
	int64_t era = (y >= 0 ? y : y - 399) / 400;
	int64_t yoe = y - era * 400;
	int64_t doy = (153 * ((int64_t)month + (month > 2 ? -3 : 9)) + 2) / 5 +
		(int64_t)day - 1;

	return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

void pix_retention_date_from_days(int64_t days, int64_t *year_r,
				  unsigned int *month_r, unsigned int *day_r)
{
	int64_t z = days + 719468;
	int64_t era = (z >= 0 ? z : z - 146096) / 146097;
	int64_t doe = z - era * 146097;
	int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	int64_t mp = (5 * doy + 2) / 153;

	*day_r = (unsigned int)(doy - (153 * mp + 2) / 5 + 1);
	*month_r = (unsigned int)(mp < 10 ? mp + 3 : mp - 9);
	*year_r = yoe + era * 400 + (*month_r <= 2 ? 1 : 0);
}

static int64_t local_days(int64_t t, int tz_offset)
{
	int64_t local;

	/* times from outside may be absurd: stay within what can be added to */
	if (t > (int64_t)YEAR_MAX * 366 * DAY_SECS)
		t = (int64_t)YEAR_MAX * 366 * DAY_SECS;
	if (t < -(int64_t)YEAR_MAX * 366 * DAY_SECS)
		t = -(int64_t)YEAR_MAX * 366 * DAY_SECS;
	local = t + tz_offset;
	return local >= 0 ? local / DAY_SECS : -((-local + DAY_SECS - 1) / DAY_SECS);
}

int64_t pix_retention_period_end(const struct pix_retention_period *period,
				 int64_t start, int tz_offset)
{
	int64_t days, year, months;
	unsigned int month, day;

	if (period->forever)
		return PIX_RETENTION_FOREVER;
	days = local_days(start, tz_offset);
	pix_retention_date_from_days(days, &year, &month, &day);
	months = (int64_t)month - 1 + period->months;
	year += period->years + months / 12;
	month = (unsigned int)(months % 12) + 1;
	if (year > YEAR_MAX)
		return PIX_RETENTION_FOREVER;
	day = I_MIN(day, pix_retention_month_days(year, month));
	days = pix_retention_days_from_date(year, month, day) + period->days;
	/* the last day counts in full */
	return (days + 1) * DAY_SECS - tz_offset;
}

int64_t pix_retention_fiscal_year_end(const struct pix_retention_policy *policy,
				      int64_t t)
{
	int64_t days = local_days(t, policy->tz_offset);
	int64_t year, end;
	unsigned int month, day, last;

	pix_retention_date_from_days(days, &year, &month, &day);
	for (;; year++) {
		last = I_MIN(policy->fiscal_day,
			     pix_retention_month_days(year, policy->fiscal_month));
		/* 28 and 29 February both mean the end of that month */
		if (policy->fiscal_month == 2 && policy->fiscal_day >= 28)
			last = pix_retention_month_days(year, 2);
		end = pix_retention_days_from_date(year, policy->fiscal_month, last);
		if (end >= days)
			return end * DAY_SECS - policy->tz_offset;
	}
}

static bool parse_digits(const char *str, unsigned int count, unsigned int *num_r)
{
	*num_r = 0;
	for (unsigned int i = 0; i < count; i++) {
		if (str[i] < '0' || str[i] > '9')
			return FALSE;
		*num_r = *num_r * 10 + (unsigned int)(str[i] - '0');
	}
	return TRUE;
}

bool pix_retention_date_parse(const char *str, int tz_offset, int64_t *t_r)
{
	unsigned int year, month, day;

	if (strlen(str) != 10 || str[4] != '-' || str[7] != '-' ||
	    !parse_digits(str, 4, &year) || !parse_digits(str + 5, 2, &month) ||
	    !parse_digits(str + 8, 2, &day))
		return FALSE;
	if (month < 1 || month > 12 || day < 1 ||
	    day > pix_retention_month_days(year, month))
		return FALSE;
	*t_r = pix_retention_days_from_date(year, month, day) * DAY_SECS - tz_offset;
	return TRUE;
}

const char *pix_retention_date_str(int64_t t, int tz_offset)
{
	int64_t year;
	unsigned int month, day;

	if (t == PIX_RETENTION_FOREVER)
		return "forever";
	if (t == 0)
		return "-";
	pix_retention_date_from_days(local_days(t, tz_offset), &year, &month, &day);
	return t_strdup_printf("%04lld-%02u-%02u", (long long)year, month, day);
}
