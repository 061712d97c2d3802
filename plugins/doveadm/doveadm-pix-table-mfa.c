/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "doveadm-pix.h"
#include "doveadm-pix-mfa.h"
#include "iso8601-date.h"

pix_doveadm_cmd_list pix_doveadm_cmds_mfa = {
	&doveadm_pix_cmd_totp_enroll,
	&doveadm_pix_cmd_totp_confirm,
	&doveadm_pix_cmd_totp_reset,
	&doveadm_pix_cmd_totp_import,
	&doveadm_pix_cmd_account_lock,
	&doveadm_pix_cmd_account_unlock,
	&doveadm_pix_cmd_mfa_explain,
	&doveadm_pix_cmd_mfa_status,
	&doveadm_pix_cmd_app_password_add,
	&doveadm_pix_cmd_app_password_list,
	&doveadm_pix_cmd_app_password_revoke,
	&doveadm_pix_cmd_recovery_code_renew,
	&doveadm_pix_cmd_recovery_code_list,
	&doveadm_pix_cmd_access_pass_add,
	&doveadm_pix_cmd_access_pass_list,
	&doveadm_pix_cmd_access_pass_revoke,
	NULL
};

json_t *doveadm_pix_mfa_args(struct doveadm_cmd_context *cctx)
{
	const char *user = pix_doveadm_str(cctx, "user");
	const char *actor = pix_doveadm_str(cctx, "actor");
	json_t *args;

	if (user == NULL) {
		pix_doveadm_fail(EX_USAGE, "Whose? Name the user by -u USER");
		return NULL;
	}
	args = json_object();
	pix_json_set_str(args, "user", user);
	pix_json_set_str(args, "actor", actor != NULL ? actor : pix_doveadm_actor(cctx));
	return args;
}

json_t *doveadm_pix_mfa_ask(const char *cmd, json_t *args)
{
	return pix_doveadm_ask("pix-identity", "pix-identity-admin", cmd, args);
}

void doveadm_pix_mfa_copy(struct doveadm_cmd_context *cctx, json_t *args,
			  const char *const *names)
{
	for (; *names != NULL; names++)
		pix_json_set_str(args, *names, pix_doveadm_str(cctx, *names));
}

void doveadm_pix_mfa_list_arg(struct doveadm_cmd_context *cctx, json_t *args,
			      const char *option, const char *member)
{
	const char *const *values;
	json_t *list;

	if (!doveadm_cmd_param_array(cctx, option, &values))
		return;
	list = json_array();
	for (; *values != NULL; values++)
		json_array_append_new(list, json_string(*values));
	json_object_set_new(args, member, list);
}

const char *doveadm_pix_mfa_text(const json_t *obj, const char *name)
{
	const json_t *value = json_object_get(obj, name);
	string_t *str;
	json_t *item;
	size_t i;

	switch (value == NULL ? JSON_NULL : json_typeof(value)) {
	case JSON_STRING:
		return json_string_value(value);
	case JSON_INTEGER:
		return t_strdup_printf("%lld", (long long)json_integer_value(value));
	case JSON_TRUE:
		return "yes";
	case JSON_FALSE:
		return "no";
	case JSON_ARRAY:
		str = t_str_new(64);
		json_array_foreach(value, i, item) {
			if (i > 0)
				str_append_c(str, ',');
			if (json_is_string(item))
				str_append(str, json_string_value(item));
		}
		return str_c(str);
	default:
		return "";
	}
}

void doveadm_pix_mfa_account(struct doveadm_cmd_context *cctx, const char *cmd)
{
	static const char *const names[] = { "reason", NULL };
	json_t *args = doveadm_pix_mfa_args(cctx), *answer;

	if (args == NULL)
		return;
	doveadm_pix_mfa_copy(cctx, args, names);
	answer = doveadm_pix_mfa_ask(cmd, args);
	if (answer == NULL)
		return;
	doveadm_print_init(DOVEADM_PRINT_TYPE_FLOW);
	doveadm_print_header_simple("state");
	doveadm_print(doveadm_pix_mfa_text(answer, "state"));
	json_decref(answer);
}

const char *doveadm_pix_mfa_time(const json_t *obj, const char *name)
{
	int64_t num;

	if (!pix_json_int(obj, name, 1, INT64_MAX / 2, &num))
		return "";
	return iso8601_date_create((time_t)num);
}
