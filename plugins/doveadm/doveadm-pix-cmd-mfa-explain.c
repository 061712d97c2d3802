/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "doveadm-pix-mfa.h"
#include "pix-mfa-policy.h"
#include "pix-settings-mfa.h"

/* As pix-identity pushes them (docs/protocol/identity.md). */
#define PIX_FLAG_REQUIRED 0x01
#define PIX_FLAG_BROKEN 0x08

/* What a password alone does, and why. */
static const char *
cmd_mfa_explain_verdict(const struct pix_mfa_policy *policy,
			const struct pix_mfa_policy_login *login,
			json_int_t flags, const char **why_r)
{
	enum pix_mfa_stage stage;
	unsigned int rule;

	if ((flags & PIX_FLAG_BROKEN) != 0) {
		*why_r = "rows of the user were tampered with: nothing is accepted";
		return "refused";
	}
	if ((flags & PIX_FLAG_REQUIRED) != 0) {
		*why_r = "the user is enrolled: password and code, or an app password";
		return "refused";
	}
	stage = pix_mfa_policy_decide(policy, login, &rule);
	*why_r = rule == 0 ? "the user is not enrolled and no rule of pix_mfa_policy matches" :
		t_strdup_printf("the user is not enrolled; rule %u of pix_mfa_policy: %s",
				rule, pix_mfa_policy_rule(policy, rule));
	return stage == PIX_MFA_STAGE_ENFORCE ? "refused" :
		stage == PIX_MFA_STAGE_OFF ? "accepted" :
		t_strdup_printf("accepted (%s)", pix_mfa_stage_name(stage));
}

static void cmd_mfa_explain(struct doveadm_cmd_context *cctx)
{
	const char *service = pix_doveadm_str(cctx, "service");
	struct pix_mfa_policy_login login = {
		.user = pix_doveadm_str(cctx, "user"),
		.service = service == NULL ? "imap" : service,
		.rip = pix_doveadm_str(cctx, "rip"),
	};
	pool_t pool = pool_alloconly_create("mfa explain", 1024);
	const struct pix_mfa_settings *set = NULL;
	struct pix_mfa_policy *policy;
	json_t *args, *answer = NULL;
	const char *error, *why;
	const void *ptr;

	args = doveadm_pix_mfa_args(cctx);
	if (args != NULL)
		answer = doveadm_pix_mfa_ask("mfa-show", args);
	if (answer == NULL)
		goto end;
	if (pix_settings_get_service(NULL, &pix_mfa_setting_parser_info,
				     "auth", &ptr, &error) < 0) {
		pix_doveadm_fail(EX_CONFIG, "Can't read settings: %s", error);
		goto end;
	}
	set = ptr;
	if (pix_mfa_policy_parse(pool, set->pix_mfa_policy, &policy, &error) < 0) {
		pix_doveadm_fail(EX_CONFIG, "pix_mfa_policy: %s", error);
		goto end;
	}
	doveadm_print_init(DOVEADM_PRINT_TYPE_FLOW);
	doveadm_print_header_simple("user");
	doveadm_print_header_simple("service");
	doveadm_print_header_simple("password alone");
	doveadm_print_header_simple("why");
	doveadm_print(login.user);
	doveadm_print(login.service);
	doveadm_print(cmd_mfa_explain_verdict(policy, &login,
		json_integer_value(json_object_get(answer, "flags")), &why));
	doveadm_print(why);
end:
	json_decref(answer);
	if (set != NULL)
		pix_settings_free(&set);
	pool_unref(&pool);
}

struct doveadm_cmd_ver2 doveadm_pix_cmd_mfa_explain = {
	.name = "pix mfa explain",
	.cmd = cmd_mfa_explain,
	.usage = "-u <user> [--service <name>] [--rip <address>]",
DOVEADM_CMD_PARAMS_START
DOVEADM_CMD_PARAM('u', "user", CMD_PARAM_STR, 0)
DOVEADM_CMD_PARAM('\0', "service", CMD_PARAM_STR, 0)
DOVEADM_CMD_PARAM('\0', "rip", CMD_PARAM_STR, 0)
DOVEADM_CMD_PARAMS_END
};
