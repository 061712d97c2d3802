/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

/* Action retain
 *
 * Syntax:
 *   retain <label: string>
 *
 * It takes effect when it runs, not when the scripts have ended: a runtime
 * error, a discard or a fileinto in a later script can't take it back.
 */

#include "ext-pix-sort.h"
#include "pix-sort-marks.h"
#include "sieve.h"
#include "sieve-ast.h"
#include "sieve-dump.h"
#include "sieve-execute.h"
#include "sieve-generator.h"
#include "sieve-interpreter.h"
#include "sieve-runtime.h"
#include "sieve-validator.h"
#include "str.h"

static bool
retain_validate(struct sieve_validator *valdtr, struct sieve_command *cmd)
{
	const struct pix_sort_settings *set = ext_pix_sort_settings(cmd->ext);
	struct sieve_ast_argument *arg = cmd->first_positional;

	if ((sieve_validator_compile_flags(valdtr) & SIEVE_COMPILE_FLAG_NOGLOBAL) != 0 &&
	    !set->pix_sort_retain_personal) {
		sieve_command_validate_error(valdtr, cmd,
			"the retain action is only for the organisation's scripts");
		return FALSE;
	}
	if (!sieve_validate_positional_argument(valdtr, cmd, arg, "label", 1,
						SAAT_STRING) ||
	    !sieve_validator_argument_activate(valdtr, cmd, arg, FALSE))
		return FALSE;
	if (sieve_argument_is_string_literal(arg) &&
	    !pix_sort_label_is_valid(sieve_ast_argument_strc(arg))) {
		sieve_argument_validate_error(valdtr, arg,
			"the label of retain must be 1 to %d characters of "
			"a-z, 0-9, '-', '_' and '.', the first a letter or digit",
			PIX_SORT_MAX_LABEL_LEN);
		return FALSE;
	}
	return TRUE;
}

static bool
retain_generate(const struct sieve_codegen_env *cgenv, struct sieve_command *cmd)
{
	sieve_operation_emit(cgenv->sblock, cmd->ext, &opr_pix_retain);
	return sieve_generate_arguments(cgenv, cmd, NULL);
}

static bool
retain_dump(const struct sieve_dumptime_env *denv, sieve_size_t *address)
{
	sieve_code_dumpf(denv, "RETAIN");
	sieve_code_descend(denv);
	return sieve_opr_string_dump(denv, address, "label");
}

/* A label that a script made of variables: doubt must not end in no label. */
static const char *retain_sanitize(const char *label)
{
	char *valid = str_lcase(t_strdup_noconst(t_strdup_until(label,
		label + I_MIN(strlen(label), PIX_SORT_MAX_LABEL_LEN))));

	for (char *p = valid; *p != '\0'; p++) {
		if (strspn(p, "abcdefghijklmnopqrstuvwxyz0123456789-_.") == 0)
			*p = '_';
	}
	if (valid[0] == '\0' || strchr("-_.", valid[0]) != NULL)
		valid = t_strdup_noconst(t_strdup_printf("x%.*s",
			PIX_SORT_MAX_LABEL_LEN - 1, valid));
	return valid;
}

static void
retain_set(const struct sieve_runtime_env *renv, const char *label)
{
	struct mail_user *user = renv->exec_env->scriptenv->user;
	struct sieve_instance *svinst = renv->exec_env->svinst;
	struct pix_sort_marks *marks = pix_sort_marks_get(user);

	if (!pix_sort_label_is_valid(label)) {
		const char *valid = retain_sanitize(label);

		e_warning(sieve_get_event(svinst), "pix-sort: "
			  "Retention label is not valid, using '%s' instead "
			  "(check the script)", valid);
		label = valid;
	}
	if (pix_sieve_is_session(svinst)) {
		/* it would go on to whatever the session saves next */
		e_error(sieve_get_event(svinst), "pix-sort: "
			"Could not set the retention label: label=%s: "
			"this is no delivery", label);
		return;
	}
	if (marks == NULL) {
		/* sieve-test has no mail plugins */
		if (pix_sieve_is_delivery(svinst)) {
			e_error(sieve_get_event(svinst), "pix-sort: "
				"Could not set the retention label: label=%s: "
				"the mail plugin is not loaded "
				"(check mail_plugins for pix_sort)", label);
		}
		return;
	}
	if (!pix_sort_marks_add_label(marks, user, label)) {
		e_error(sieve_get_event(svinst), "pix-sort: "
			"Could not set the retention label: label=%s: "
			"the mail has %d labels already", label,
			PIX_SORT_MAX_LABELS);
	}
}

static int
retain_execute(const struct sieve_runtime_env *renv, sieve_size_t *address)
{
	const struct pix_sort_settings *set =
		ext_pix_sort_settings(renv->oprtn->ext);
	string_t *label;
	int ret;

	if ((ret = sieve_opr_string_read(renv, address, "label", &label)) <= 0)
		return ret;
	sieve_runtime_trace(renv, SIEVE_TRLVL_COMMANDS, "retain action; label `%s'",
			    str_c(label));
	/* a binary that was compiled elsewhere */
	if ((renv->exec_env->flags & SIEVE_EXECUTE_FLAG_NOGLOBAL) != 0 &&
	    !set->pix_sort_retain_personal) {
		sieve_runtime_error(renv, NULL,
			"the retain action is only for the organisation's scripts");
		return SIEVE_EXEC_FAILURE;
	}
	T_BEGIN {
		retain_set(renv, str_c(label));
	} T_END;
	return SIEVE_EXEC_OK;
}

const struct sieve_command_def cmd_pix_retain = {
	.identifier = "retain",
	.type = SCT_COMMAND,
	.positional_args = 1,
	.validate = retain_validate,
	.generate = retain_generate,
};

const struct sieve_operation_def opr_pix_retain = {
	.mnemonic = "RETAIN",
	.ext_def = &ext_pix_sort,
	.code = 2,
	.dump = retain_dump,
	.execute = retain_execute,
};
