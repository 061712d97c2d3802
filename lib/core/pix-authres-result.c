/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-authres.h"

const char *
pix_authres_property_find(const struct pix_authres_result *result,
			  const char *name)
{
	const char *dot = strchr(name, '.');
	size_t ptype_len = dot == NULL ? 0 : (size_t)(dot - name);
	const char *property = dot == NULL ? name : dot + 1;

	for (unsigned int i = 0; i < result->property_count; i++) {
		const struct pix_authres_property *prop = &result->properties[i];

		if (strlen(prop->ptype) == ptype_len &&
		    strncmp(prop->ptype, name, ptype_len) == 0 &&
		    strcmp(prop->property, property) == 0)
			return prop->value;
	}
	return NULL;
}

static const char *authres_policy_word(const char *word)
{
	static const char *const policies[] = { "none", "quarantine", "reject" };

	for (unsigned int i = 0; i < N_ELEMENTS(policies); i++) {
		if (strcasecmp(word, policies[i]) == 0)
			return policies[i];
	}
	return NULL;
}

/* "p=reject sp=none dis=none", "policy=reject", also with commas. */
static const char *authres_comment_policy(const char *comment)
{
	const char *const *words = t_strsplit_spaces(comment, " ,;");
	const char *policy;

	for (; *words != NULL; words++) {
		const char *word = *words;

		if (strncasecmp(word, "p=", 2) == 0)
			policy = authres_policy_word(word + 2);
		else if (strncasecmp(word, "policy=", 7) == 0)
			policy = authres_policy_word(word + 7);
		else
			continue;
		if (policy != NULL)
			return policy;
	}
	return NULL;
}

const char *pix_authres_dmarc_policy(const struct pix_authres_result *result)
{
	static const char *const names[] = {
		"policy.published-domain-policy", "policy.dmarc", "policy.p",
	};
	const char *value, *policy;

	for (unsigned int i = 0; i < N_ELEMENTS(names); i++) {
		value = pix_authres_property_find(result, names[i]);
		policy = value == NULL ? NULL : authres_policy_word(value);
		if (policy != NULL)
			return policy;
	}
	T_BEGIN {
		policy = authres_comment_policy(result->comment);
	} T_END;
	if (policy != NULL)
		return policy;
	/* Exchange Online: "oreject" is a reject that it overrode */
	value = pix_authres_property_find(result, "action");
	if (value == NULL)
		return NULL;
	if (strcasecmp(value, "oreject") == 0)
		return "reject";
	return authres_policy_word(value);
}

const char *t_pix_authres_domain(const struct pix_authres_result *result)
{
	static const char *const names[] = {
		"header.d", "header.from", "header.i", "smtp.mailfrom",
		"smtp.mail", "smtp.helo", "policy.iprev",
	};
	const char *value, *at;

	for (unsigned int i = 0; i < N_ELEMENTS(names); i++) {
		value = pix_authres_property_find(result, names[i]);
		if (value == NULL)
			continue;
		if (value[0] == '<')
			value = t_strcut(value + 1, '>');
		at = strrchr(value, '@');
		if (at != NULL)
			value = at + 1;
		if (value[0] != '\0')
			return t_str_lcase(value);
	}
	return NULL;
}

static size_t authres_domain_len(const char *domain)
{
	size_t len = strlen(domain);

	return len > 0 && domain[len - 1] == '.' ? len - 1 : len;
}

bool pix_authres_aligned(const char *domain, const char *from_domain)
{
	size_t len1 = authres_domain_len(domain);
	size_t len2 = authres_domain_len(from_domain);

	if (len1 > len2) {
		const char *swap = domain;
		size_t swap_len = len1;

		domain = from_domain; len1 = len2;
		from_domain = swap; len2 = swap_len;
	}
	if (len1 == 0 || strncasecmp(domain, from_domain + len2 - len1, len1) != 0)
		return FALSE;
	return len1 == len2 || (from_domain[len2 - len1 - 1] == '.' &&
				memchr(domain, '.', len1) != NULL);
}
