/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-retention.h"
#include "test-common.h"

#include <stdio.h>
#include <stdlib.h>

static struct pix_retention_policy *parse(const char *text)
{
	struct pix_retention_policy *policy;
	const char *error;

	if (pix_retention_policy_parse(text, strlen(text), &policy, &error) < 0) {
		printf("%s\n", error);
		test_assert(FALSE);
		return NULL;
	}
	return policy;
}

static int64_t date(const char *str)
{
	int64_t t = 0;

	test_assert(pix_retention_date_parse(str, 0, &t));
	return t;
}

static void test_retention_errors(void)
{
	static const struct {
		const char *text, *where;
	} tests[] = {
		{ "", "line 1, column 1: " },
		{ "label a { period 1y }", "line 1, column 1: " },
		{ "version 2", "line 1, column 9: " },
		{ "version 1\nlabel a {\n  periode 1y\n}", "line 3, column 3: " },
		{ "version 1\nlabel a {\n  period 1w\n}", "line 3, column 10: " },
		{ "version 1\nlabel a {\n  period 1y\n", "line 2, column 7: " },
		{ "version 1\nlabel a { }", "line 2, column 7: " },
		{ "version 1\nlabel A { period 1y }", "line 2, column 7: " },
		{ "version 1\nlabel a { period 1y }\nlabel a { period 1y }", "line 3, column 7: " },
		{ "version 1\nlabel grace { period 1y }", "line 2, column 7: " },
		{ "version 1\nlabel a { period 1y; start when }", "line 2, column 28: " },
		{ "version 1\nlabel a { period 1y; start deleted }", "line 2, column 28: " },
		{ "version 1\nlabel a { period forever; retain no }", "line 2, column 7: " },
		{ "version 1\nlabel a { period 1y; archive-after forever }", "line 2, column 36: " },
		{ "version 1\nrule a", "line 2, column 6: " },
		{ "version 1\nlabel a { period 1y }\nrule a { colour red }", "line 3, column 10: " },
		{ "version 1\nlabel a { period 1y }\nrule a { user }", "line 3, column 10: " },
		{ "version 1\nlabel a { period 1y }\nrule a { special-use Sent }", "line 3, column 22: " },
		{ "version 1\n}", "line 2, column 1: " },
		{ "version 1\ngrace forever", "line 2, column 7: " },
		{ "version 1\ngrace 1d\ngrace 1d", "line 3, column 1: " },
		{ "version 1\ntimezone Paris", "line 2, column 10: " },
		{ "version 1\nfiscal-year-end 02-30", "line 2, column 17: " },
		{ "version 1\nprivate \"open", "line 2, column 9: " },
		{ "version 1\nlabel a { period 1y }\njournal a { folder x }", "line 3, column 9: " },
		{ "version 1\n{", "line 2, column 1: " },
		{ "version 1 {", "line 1, column 1: " },
	};
	struct pix_retention_policy *policy;
	const char *error;

	test_begin("retention policy errors");
	for (unsigned int i = 0; i < N_ELEMENTS(tests); i++) {
		error = "";
		test_assert_idx(pix_retention_policy_parse(tests[i].text,
			strlen(tests[i].text), &policy, &error) < 0, i);
		test_assert_idx(strncmp(error, tests[i].where, strlen(tests[i].where)) == 0, i);
	}
	test_assert(pix_retention_policy_parse("version 1\0", 10, &policy, &error) < 0);
	test_end();
}

static void test_retention_periods(void)
{
	static const struct {
		const char *period, *start, *end;
	} tests[] = {
		{ "1y", "2023-01-15", "2024-01-16" },
		{ "1y", "2024-02-29", "2025-03-01" },
		{ "4y", "2024-02-29", "2028-03-01" },
		{ "1m", "2024-01-31", "2024-03-01" },
		{ "1m", "2023-01-31", "2023-03-01" },
		{ "1m", "2023-03-31", "2023-05-01" },
		{ "13m", "2023-12-31", "2025-02-01" },
		{ "1y6m", "2023-08-31", "2025-03-01" },
		{ "30d", "2024-02-01", "2024-03-03" },
		{ "30d", "2023-02-01", "2023-03-04" },
		{ "0d", "2023-02-01", "2023-02-02" },
		{ "100y", "1999-12-31", "2100-01-01" },
		{ "1y1d", "2023-12-31", "2025-01-02" },
	};
	struct pix_retention_period period;

	test_begin("retention periods");
	for (unsigned int i = 0; i < N_ELEMENTS(tests); i++) {
		test_assert_idx(pix_retention_period_parse(tests[i].period, &period), i);
		test_assert_idx(pix_retention_period_end(&period, date(tests[i].start) + 3600 * 13, 0) ==
				date(tests[i].end), i);
		test_assert_strcmp_idx(pix_retention_period_str(&period), tests[i].period, i);
	}
	/* days begin in the policy's time zone: 23:30 UTC is the next day at +01:00 */
	test_assert(pix_retention_period_parse("1y", &period));
	test_assert(pix_retention_period_end(&period, date("2023-06-30") + 84600, 3600) ==
		    date("2024-07-02") - 3600);
	test_assert(pix_retention_period_end(&period, date("2023-06-30") + 84600, 0) ==
		    date("2024-07-01"));
	test_assert(pix_retention_period_end(&period, date("2023-07-01") + 1800, -3600) ==
		    date("2024-07-01") + 3600);
	/* absurd dates overflow nothing */
	test_assert(pix_retention_period_end(&period, INT64_MAX, 0) == PIX_RETENTION_FOREVER);
	test_assert(pix_retention_period_end(&period, INT64_MIN, 0) < 0);
	test_assert(!pix_retention_period_parse("1d1y", &period));
	test_assert(!pix_retention_period_parse("1", &period));
	test_assert(!pix_retention_period_parse("", &period));
	test_assert(!pix_retention_period_parse("2000y", &period));
	test_assert(!pix_retention_period_parse("99999999d", &period));
	test_end();
}

static void test_retention_calendar(void)
{
	int64_t year, days;
	unsigned int month, day, count = 0;

	test_begin("retention calendar");
	test_assert(pix_retention_days_from_date(1970, 1, 1) == 0);
	test_assert(pix_retention_days_from_date(2000, 3, 1) == 11017);
	for (days = -800000; days < 800000; days += 37) {
		pix_retention_date_from_days(days, &year, &month, &day);
		if (pix_retention_days_from_date(year, month, day) != days ||
		    month < 1 || month > 12 || day < 1 ||
		    day > pix_retention_month_days(year, month))
			count++;
	}
	test_assert(count == 0);
	test_assert(pix_retention_month_days(1900, 2) == 28);
	test_assert(pix_retention_month_days(2000, 2) == 29);
	test_end();
}

static void test_retention_fiscal(void)
{
	static const struct {
		const char *day, *received, *end;
	} tests[] = {
		{ "12-31", "2026-03-01", "2026-12-31" },
		{ "12-31", "2026-12-31", "2026-12-31" },
		{ "06-30", "2026-06-30", "2026-06-30" },
		{ "06-30", "2026-07-01", "2027-06-30" },
		{ "02-28", "2024-02-29", "2024-02-29" },
		{ "02-29", "2023-02-28", "2023-02-28" },
		{ "02-29", "2023-03-01", "2024-02-29" },
		{ "03-31", "2026-04-01", "2027-03-31" },
	};
	struct pix_retention_policy *policy;

	test_begin("retention fiscal year");
	for (unsigned int i = 0; i < N_ELEMENTS(tests); i++) {
		policy = parse(t_strdup_printf("version 1\nfiscal-year-end %s\n", tests[i].day));
		if (policy == NULL)
			continue;
		test_assert_idx(pix_retention_fiscal_year_end(policy, date(tests[i].received) + 7200) ==
				date(tests[i].end), i);
		pix_retention_policy_free(&policy);
	}
	test_end();
}

static void test_retention_patterns(void)
{
	static const struct {
		const char *pattern, *name;
		bool match;
	} tests[] = {
		{ "Invoices", "Invoices", TRUE },
		{ "Invoices", "invoices", FALSE },
		{ "inbox", "INBOX", TRUE },
		{ "INBOX/x", "inbox/x", TRUE },
		{ "Invoices/*", "Invoices", FALSE },
		{ "Invoices/*", "Invoices/2026/May", TRUE },
		{ "Invoices/%", "Invoices/2026", TRUE },
		{ "Invoices/%", "Invoices/2026/May", FALSE },
		{ "%/May", "2026/May", TRUE },
		{ "%/May", "2026/x/May", FALSE },
		{ "*/May", "2026/x/May", TRUE },
		{ "*a%b", "x/ay/ab", TRUE },
		{ "*a%b", "ab/x", FALSE },
		{ "*", "", TRUE },
		{ "", "", TRUE },
		{ "", "a", FALSE },
	};
	char many[65];

	test_begin("retention patterns");
	for (unsigned int i = 0; i < N_ELEMENTS(tests); i++)
		test_assert_idx(pix_retention_folder_match(tests[i].pattern, tests[i].name) ==
				tests[i].match, i);
	test_assert(pix_retention_name_match("*@Example.org", "dave@example.ORG"));
	test_assert(!pix_retention_name_match("?ave", "ddave"));
	/* no pattern takes exponential time */
	memset(many, 'a', sizeof(many) - 1);
	many[sizeof(many) - 1] = '\0';
	test_assert(!pix_retention_name_match("*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b", many));
	test_end();
}

static const char conflict_policy[] =
	"version 1\n"
	"label keep1 { period 1y }\n"
	"label keep5 { period 5y; then review }\n"
	"label keepx { period forever; then keep }\n"
	"label same5 { period 5y }\n"
	"label go1 { period 1y; retain no }\n"
	"label go3 { period 3y; retain no }\n"
	"label ev { period 2y; start event }\n"
	"label fy { period 1y; start fiscal-year-end }\n"
	"label sv { period 1y; start saved }\n"
	"rule keep1 { folder keep1 both1 mix }\n"
	"rule keep5 { folder keep5 both1 }\n"
	"rule keepx { folder keepx }\n"
	"rule go1 { folder go1 mix gogo }\n"
	"rule go3 { folder go3 gogo }\n"
	"rule ev { folder ev }\n"
	"rule fy { folder fy }\n"
	"rule sv { folder sv }\n"
	"rule keep1 { user *@corp.example; folder scoped }\n"
	"rule keep1 { domain dom.example; folder domained }\n"
	"rule keep1 { group staff; folder grouped }\n"
	"rule keep1 { special-use \\Sent }\n";

/* received 2024-01-10, saved 2024-06-10, now 2025-01-01 unless said */
static const struct conflict {
	const char *owner, *folder, *labels, *now;
	bool held;
	bool retained;
	const char *until, *label, *goes;
} conflicts[] = {
	{ "u", "none", "", "2024-01-11", FALSE, FALSE, "-", NULL, "-" },
	{ "u", "none", "", "2024-01-11", TRUE, TRUE, "-", NULL, "-" },
	{ "u", "keep1", "", "2024-01-11", FALSE, TRUE, "2025-01-11", "keep1", "2025-01-11" },
	{ "u", "keep1", "", "2025-01-10", FALSE, TRUE, "2025-01-11", "keep1", "2025-01-11" },
	{ "u", "keep1", "", "2025-01-11", FALSE, FALSE, "2025-01-11", "keep1", "2025-01-11" },
	{ "u", "keep1", "", "2025-01-11", TRUE, TRUE, "2025-01-11", "keep1", "2025-01-11" },
	{ "u", "keep5", "", "2025-01-01", FALSE, TRUE, "2029-01-11", "keep5", "-" },
	{ "u", "both1", "", "2025-01-01", FALSE, TRUE, "2029-01-11", "keep5", "-" },
	{ "u", "keepx", "", "2099-01-01", FALSE, TRUE, "forever", "keepx", "-" },
	{ "u", "go1", "", "2024-02-01", FALSE, FALSE, "-", NULL, "2025-01-11" },
	{ "u", "gogo", "", "2024-02-01", FALSE, FALSE, "-", NULL, "2025-01-11" },
	{ "u", "go3", "go1", "2024-02-01", FALSE, FALSE, "-", NULL, "2025-01-11" },
	/* explicit over implicit, though the implicit one is shorter */
	{ "u", "go1", "go3", "2024-02-01", FALSE, FALSE, "-", NULL, "2027-01-11" },
	/* retain over delete: it goes only after the retention */
	{ "u", "go1", "same5", "2025-02-01", FALSE, TRUE, "2029-01-11", "same5", "2029-01-11" },
	{ "u", "mix", "", "2024-02-01", FALSE, TRUE, "2025-01-11", "keep1", "2025-01-11" },
	{ "u", "keep1", "keep5", "2025-06-01", FALSE, TRUE, "2029-01-11", "keep5", "-" },
	{ "u", "keep5", "keep1", "2025-06-01", FALSE, TRUE, "2029-01-11", "keep5", "-" },
	/* the same end: the explicit one decides */
	{ "u", "keep5", "same5", "2025-06-01", FALSE, TRUE, "2029-01-11", "same5", "2029-01-11" },
	{ "u", "go1", "keepx", "2026-01-01", FALSE, TRUE, "forever", "keepx", "-" },
	{ "u", "ev", "", "2099-01-01", FALSE, TRUE, "forever", "ev", "-" },
	{ "e", "ev", "", "2025-01-01", FALSE, TRUE, "2026-07-02", "ev", "2026-07-02" },
	{ "u", "fy", "", "2025-02-01", FALSE, TRUE, "2026-01-01", "fy", "2026-01-01" },
	{ "u", "sv", "", "2025-02-01", FALSE, TRUE, "2025-06-11", "sv", "2025-06-11" },
	{ "u", "none", "gone-label", "2099-01-01", FALSE, TRUE, "forever", NULL, "-" },
	{ "u", "go1", "gone-label", "2099-01-01", FALSE, TRUE, "forever", NULL, "-" },
	{ "a@corp.example", "scoped", "", "2024-02-01", FALSE, TRUE, "2025-01-11", "keep1", "2025-01-11" },
	{ "a@other.example", "scoped", "", "2024-02-01", FALSE, FALSE, "-", NULL, "-" },
	{ "a@dom.example", "domained", "", "2024-02-01", FALSE, TRUE, "2025-01-11", "keep1", "2025-01-11" },
	{ "a@sub.dom.example", "domained", "", "2024-02-01", FALSE, FALSE, "-", NULL, "-" },
	{ "member", "grouped", "", "2024-02-01", FALSE, TRUE, "2025-01-11", "keep1", "2025-01-11" },
	{ "u", "grouped", "", "2024-02-01", FALSE, FALSE, "-", NULL, "-" },
	{ "u", "Sent", "", "2024-02-01", FALSE, TRUE, "2025-01-11", "keep1", "2025-01-11" },
	{ "u", "keep1", "go1 keep5", "2025-02-01", TRUE, TRUE, "2029-01-11", "keep5", "-" },
};

static int64_t conflict_event(const struct pix_retention_label *label, void *context)
{
	const char *owner = context;

	return strcmp(owner, "e") == 0 && strcmp(label->name, "ev") == 0 ?
		date("2024-07-01") : 0;
}

static void test_retention_conflict(const struct pix_retention_policy *policy,
				    const struct conflict *c, unsigned int i)
{
	static const char *const sent[] = { "\\Sent", NULL };
	static const char *const staff[] = { "x", "staff", NULL };
	const struct pix_retention_subject subject = {
		.owner = c->owner,
		.mailbox = c->folder,
		.groups = strcmp(c->owner, "member") == 0 ? staff : NULL,
		.special_uses = strcmp(c->folder, "Sent") == 0 ? sent : NULL,
		.received = date("2024-01-10") + 50000,
		.saved = date("2024-06-10") + 50000,
		.explicit_labels = t_strsplit_spaces(c->labels, " "),
		.held = c->held,
		.event_date = conflict_event,
		.context = (void *)c->owner,
	};
	struct pix_retention_decision d;

	pix_retention_decide(policy, &subject, date(c->now), &d);
	test_assert_idx(d.retained == c->retained, i);
	test_assert_idx(d.held == c->held, i);
	test_assert_strcmp_idx(pix_retention_date_str(d.until, 0), c->until, i);
	test_assert_idx((d.label == NULL) == (c->label == NULL), i);
	if (d.label != NULL && c->label != NULL)
		test_assert_strcmp_idx(d.label->name, c->label, i);
	test_assert_strcmp_idx(pix_retention_date_str(d.goes_at, 0), c->goes, i);
}

static void test_retention_conflicts(void)
{
	struct pix_retention_policy *policy;

	test_begin("retention conflicts");
	policy = parse(conflict_policy);
	for (unsigned int i = 0; policy != NULL && i < N_ELEMENTS(conflicts); i++)
		test_retention_conflict(policy, &conflicts[i], i);
	pix_retention_policy_free(&policy);
	test_end();
}

static void test_retention_templates(void)
{
	static const char *const names[] = { "neutral", "fr" };
	struct pix_retention_policy *policy;
	char buf[65536];
	const char *path;
	FILE *f;
	size_t size;

	test_begin("retention templates");
	for (unsigned int i = 0; i < N_ELEMENTS(names); i++) {
		path = t_strdup_printf("%s/conf.d/2.3/retention-%s.policy",
				       getenv("PIX_SRCDIR"), names[i]);
		f = fopen(path, "r");
		test_assert_idx(f != NULL, i);
		if (f == NULL)
			continue;
		size = fread(buf, 1, sizeof(buf) - 1, f);
		fclose(f);
		buf[size] = '\0';
		policy = parse(buf);
		/* a template binds nobody by itself */
		test_assert_idx(policy != NULL && array_count(&policy->rules) == 0 &&
				array_count(&policy->labels) > 0, i);
		pix_retention_policy_free(&policy);
	}
	test_end();
}

int main(void)
{
	static void (*const test_functions[])(void) = {
		test_retention_errors,
		test_retention_periods,
		test_retention_calendar,
		test_retention_fiscal,
		test_retention_patterns,
		test_retention_conflicts,
		test_retention_templates,
		NULL
	};
	return test_run(test_functions);
}
