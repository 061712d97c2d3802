/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "doveadm-pix-archive.h"

static void show_list(string_t *str, const char *name,
		      const ARRAY_TYPE(const_string) *list)
{
	const char *word;

	if (array_count(list) == 0)
		return;
	str_printfa(str, "%s%s", str_len(str) == 0 ? "" : ", ", name);
	array_foreach_elem(list, word)
		str_printfa(str, " %s", word);
}

static void show_label(const struct pix_retention_policy *policy,
		       const struct pix_retention_label *label)
{
	struct pix_retention_rule *rule;
	unsigned int rules = 0;

	array_foreach_elem(&policy->rules, rule) {
		string_t *where = t_str_new(128);

		if (rule->label != label)
			continue;
		rules++;
		show_list(where, "user", &rule->users);
		show_list(where, "domain", &rule->domains);
		show_list(where, "group", &rule->groups);
		show_list(where, "folder", &rule->folders);
		show_list(where, "special-use", &rule->special_uses);
		doveadm_print(label->name);
		doveadm_print(pix_retention_period_str(&label->period));
		doveadm_print(pix_retention_start_name(label->start));
		doveadm_print(label->retain ? "yes" : "no");
		doveadm_print(pix_retention_then_name(label->then));
		doveadm_print(label->archive_set ?
			      pix_retention_period_str(&label->archive_after) : "-");
		doveadm_print(dec2str(rule->line));
		doveadm_print(str_len(where) == 0 ? "all" : str_c(where));
	}
	if (rules > 0)
		return;
	doveadm_print(label->name);
	doveadm_print(pix_retention_period_str(&label->period));
	doveadm_print(pix_retention_start_name(label->start));
	doveadm_print(label->retain ? "yes" : "no");
	doveadm_print(pix_retention_then_name(label->then));
	doveadm_print(label->archive_set ?
		      pix_retention_period_str(&label->archive_after) : "-");
	doveadm_print(dec2str(label->line));
	doveadm_print(label == policy->grace ? "unlabelled mail when it is deleted" :
		      "only where it is put on a mail (retain)");
}

static void cmd_retention_show(struct doveadm_cmd_context *cctx)
{
	static const char *const columns[] = {
		"label", "period", "start", "retain", "then", "archive-after", "line", "where",
	};
	struct pix_retention_policy *policy =
		doveadm_pix_retention_policy(pix_doveadm_str(cctx, "file"));
	struct pix_retention_label *label;

	if (policy == NULL)
		return;
	doveadm_print_init(DOVEADM_PRINT_TYPE_TABLE);
	for (unsigned int i = 0; i < N_ELEMENTS(columns); i++)
		doveadm_print_header_simple(columns[i]);
	array_foreach_elem(&policy->labels, label) T_BEGIN {
		show_label(policy, label);
	} T_END;
	if (policy->grace != NULL)
		show_label(policy, policy->grace);
	pix_retention_policy_free(&policy);
}

struct doveadm_cmd_ver2 doveadm_pix_cmd_retention_show = {
	.name = "pix retention show",
	.cmd = cmd_retention_show,
	.usage = "[<file>]",
DOVEADM_CMD_PARAMS_START
DOVEADM_CMD_PARAM('\0', "file", CMD_PARAM_STR, CMD_PARAM_FLAG_POSITIONAL)
DOVEADM_CMD_PARAMS_END
};
