/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */
#ifndef PIX_MFA_POLICY_H
#define PIX_MFA_POLICY_H

#include "pix-core.h"

/* Who must have a second factor. Rules, separated by ';', of which the first
   that matches decides; without a match: off.

     STAGE [user=NAME,…] [domain=NAME,…] [service=NAME,…] [network=NET,…]

   A rule matches if all its conditions do; a condition, if one of its values
   does. user= takes patterns with *, ? and []. A policy decides only about users without an
   active second factor: who has one must show it, whatever the policy says. */

enum pix_mfa_stage {
	/* a password alone is enough */
	PIX_MFA_STAGE_OFF,
	/* enough, and noted in the log as what would be refused */
	PIX_MFA_STAGE_REPORT,
	/* same, as a warning */
	PIX_MFA_STAGE_WARN,
	/* refused */
	PIX_MFA_STAGE_ENFORCE,
};

struct pix_mfa_policy;

/* What is known of a login. */
struct pix_mfa_policy_login {
	/* canonical name */
	const char *user;
	const char *service;
	/* client's address; NULL matches no network */
	const char *rip;
};

/* Parses text; policy_r lives in pool. Returns 0, or -1 and error_r (data
   stack), which names the rule and the word. */
int pix_mfa_policy_parse(pool_t pool, const char *text,
			 struct pix_mfa_policy **policy_r, const char **error_r);
/* The stage, and the number of the rule that decided (from 1, 0 for none). */
enum pix_mfa_stage
pix_mfa_policy_decide(const struct pix_mfa_policy *policy,
		      const struct pix_mfa_policy_login *login,
		      unsigned int *rule_r);
/* The text of a rule, for people. n: from 1. */
const char *pix_mfa_policy_rule(const struct pix_mfa_policy *policy, unsigned int n);
const char *pix_mfa_stage_name(enum pix_mfa_stage stage);

#endif
