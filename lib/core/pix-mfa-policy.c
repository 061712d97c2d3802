/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-mfa-policy.h"
#include "strnum.h"

#include <arpa/inet.h>
#include <fnmatch.h>

#define PIX_MFA_RULES_MAX 1000
#define PIX_MFA_SPACES " \t\r\n"

struct pix_mfa_net {
	/* AF_INET or AF_INET6 */
	int family;
	/* network byte order; the first bits of it count */
	unsigned char ip[16];
	unsigned int bits;
};

struct pix_mfa_rule {
	const char *text;
	enum pix_mfa_stage stage;
	/* NULL: no such condition */
	const char *const *users, *const *domains, *const *services;
	ARRAY(struct pix_mfa_net) networks;
};

struct pix_mfa_policy {
	ARRAY(struct pix_mfa_rule) rules;
};

static const char *const pix_mfa_stage_names[] = {
	"off", "report", "warn", "enforce"
};

const char *pix_mfa_stage_name(enum pix_mfa_stage stage)
{
	return pix_mfa_stage_names[stage];
}

static bool pix_mfa_stage_parse(const char *name, enum pix_mfa_stage *stage_r)
{
	for (unsigned int i = 0; i < N_ELEMENTS(pix_mfa_stage_names); i++) {
		if (strcmp(pix_mfa_stage_names[i], name) == 0) {
			*stage_r = (enum pix_mfa_stage)i;
			return TRUE;
		}
	}
	return FALSE;
}

/* address[/bits] */
static bool pix_mfa_net_parse(const char *text, struct pix_mfa_net *net_r)
{
	const char *slash = strchr(text, '/');
	const char *ip = slash == NULL ? text : t_strdup_until(text, slash);

	i_zero(net_r);
	if (inet_pton(AF_INET, ip, net_r->ip) == 1) {
		net_r->family = AF_INET;
		net_r->bits = 32;
	} else if (inet_pton(AF_INET6, ip, net_r->ip) == 1) {
		net_r->family = AF_INET6;
		net_r->bits = 128;
	} else
		return FALSE;
	if (slash != NULL) {
		unsigned int max = net_r->bits;

		if (str_to_uint(slash + 1, &net_r->bits) < 0 || net_r->bits > max)
			return FALSE;
	}
	return TRUE;
}

static bool
pix_mfa_net_has(const struct pix_mfa_net *net, const struct pix_mfa_net *ip)
{
	const unsigned int bytes = net->bits / 8, rest = net->bits % 8;

	if (net->family != ip->family || memcmp(net->ip, ip->ip, bytes) != 0)
		return FALSE;
	return rest == 0 || (net->ip[bytes] >> (8 - rest)) == (ip->ip[bytes] >> (8 - rest));
}

static int
pix_mfa_rule_networks(pool_t pool, struct pix_mfa_rule *rule,
		      const char *value, const char **error_r)
{
	p_array_init(&rule->networks, pool, 4);
	for (const char *const *p = t_strsplit(value, ","); *p != NULL; p++) {
		struct pix_mfa_net *net = array_append_space(&rule->networks);

		if (!pix_mfa_net_parse(*p, net)) {
			*error_r = t_strdup_printf("'%s' is no network", *p);
			return -1;
		}
	}
	return 0;
}

static int
pix_mfa_rule_condition(pool_t pool, struct pix_mfa_rule *rule, const char *word,
		       const char **error_r)
{
	const char *value = strchr(word, '=');
	const char *name = value == NULL ? word : t_strdup_until(word, value);
	const char *const **list = NULL;

	if (value == NULL || *++value == '\0') {
		*error_r = t_strdup_printf("'%s' has no value", word);
		return -1;
	}
	if (strcmp(name, "network") == 0 && !array_is_created(&rule->networks))
		return pix_mfa_rule_networks(pool, rule, value, error_r);
	if (strcmp(name, "user") == 0)
		list = &rule->users;
	else if (strcmp(name, "domain") == 0)
		list = &rule->domains;
	else if (strcmp(name, "service") == 0)
		list = &rule->services;
	if (list == NULL || *list != NULL) {
		*error_r = t_strdup_printf(
			"'%s' is not known or stands there twice: use user, domain, service and network",
			name);
		return -1;
	}
	*list = (const char *const *)p_strsplit(pool, value, ",");
	return 0;
}

static int
pix_mfa_rule_parse(pool_t pool, struct pix_mfa_rule *rule, const char *text,
		   const char **error_r)
{
	const char *const *words = t_strsplit_spaces(text, PIX_MFA_SPACES);

	if (!pix_mfa_stage_parse(words[0], &rule->stage)) {
		*error_r = t_strdup_printf(
			"'%s' is no stage: use off, report, warn or enforce", words[0]);
		return -1;
	}
	rule->text = p_strdup(pool, t_strarray_join(words, " "));
	for (words++; *words != NULL; words++) {
		if (pix_mfa_rule_condition(pool, rule, *words, error_r) < 0)
			return -1;
	}
	return 0;
}

int pix_mfa_policy_parse(pool_t pool, const char *text,
			 struct pix_mfa_policy **policy_r, const char **error_r)
{
	struct pix_mfa_policy *policy = p_new(pool, struct pix_mfa_policy, 1);
	const char *error;

	p_array_init(&policy->rules, pool, 8);
	for (const char *const *p = t_strsplit(text, ";"); *p != NULL; p++) {
		struct pix_mfa_rule *rule;

		if (strspn(*p, PIX_MFA_SPACES) == strlen(*p))
			continue;
		if (array_count(&policy->rules) >= PIX_MFA_RULES_MAX) {
			*error_r = t_strdup_printf("more than %u rules", PIX_MFA_RULES_MAX);
			return -1;
		}
		rule = array_append_space(&policy->rules);
		if (pix_mfa_rule_parse(pool, rule, *p, &error) < 0) {
			*error_r = t_strdup_printf("rule %u: %s",
						   array_count(&policy->rules), error);
			return -1;
		}
	}
	*policy_r = policy;
	return 0;
}

static bool pix_mfa_match(const char *const *patterns, const char *value)
{
	if (patterns == NULL)
		return TRUE;
	for (; *patterns != NULL; patterns++) {
		if (fnmatch(*patterns, value, FNM_NOESCAPE | FNM_CASEFOLD) == 0)
			return TRUE;
	}
	return FALSE;
}

static bool
pix_mfa_match_network(const struct pix_mfa_rule *rule, const char *rip)
{
	const struct pix_mfa_net *net;
	struct pix_mfa_net ip;

	if (!array_is_created(&rule->networks))
		return TRUE;
	if (rip == NULL || !pix_mfa_net_parse(rip, &ip))
		return FALSE;
	array_foreach(&rule->networks, net) {
		if (pix_mfa_net_has(net, &ip))
			return TRUE;
	}
	return FALSE;
}

enum pix_mfa_stage
pix_mfa_policy_decide(const struct pix_mfa_policy *policy,
		      const struct pix_mfa_policy_login *login,
		      unsigned int *rule_r)
{
	const char *domain = strrchr(login->user, '@');
	const struct pix_mfa_rule *rule;

	domain = domain == NULL ? "" : domain + 1;
	*rule_r = 0;
	array_foreach(&policy->rules, rule) {
		*rule_r += 1;
		if (pix_mfa_match(rule->users, login->user) &&
		    pix_mfa_match(rule->domains, domain) &&
		    pix_mfa_match(rule->services, login->service) &&
		    pix_mfa_match_network(rule, login->rip))
			return rule->stage;
	}
	*rule_r = 0;
	return PIX_MFA_STAGE_OFF;
}

const char *pix_mfa_policy_rule(const struct pix_mfa_policy *policy, unsigned int n)
{
	const struct pix_mfa_rule *rule = array_idx(&policy->rules, n - 1);

	return rule->text;
}
