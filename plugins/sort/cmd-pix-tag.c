/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

/* Action tag
 *
 * Syntax:
 *   tag <keywords: string-list>
 *
 * Unlike addflag it is not undone by later scripts: every copy of the mail
 * that this delivery saves gets the keywords.
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
#include "sieve-stringlist.h"
#include "sieve-validator.h"

static bool
tag_validate(struct sieve_validator *valdtr, struct sieve_command *cmd)
{
	struct sieve_ast_argument *arg = cmd->first_positional;

	if (!sieve_validate_positional_argument(valdtr, cmd, arg, "keywords", 1,
						SAAT_STRING_LIST) ||
	    !sieve_validator_argument_activate(valdtr, cmd, arg, FALSE))
		return FALSE;
	if (sieve_argument_is_string_literal(arg) &&
	    !pix_sort_tag_is_valid(sieve_ast_argument_strc(arg))) {
		sieve_argument_validate_error(valdtr, arg,
			"the tag action needs a keyword of 1 to %d characters",
			PIX_SORT_MAX_TAG_LEN);
		return FALSE;
	}
	return TRUE;
}

static bool
tag_generate(const struct sieve_codegen_env *cgenv, struct sieve_command *cmd)
{
	sieve_operation_emit(cgenv->sblock, cmd->ext, &opr_pix_tag);
	return sieve_generate_arguments(cgenv, cmd, NULL);
}

static bool
tag_dump(const struct sieve_dumptime_env *denv, sieve_size_t *address)
{
	sieve_code_dumpf(denv, "TAG");
	sieve_code_descend(denv);
	return sieve_opr_stringlist_dump(denv, address, "keywords");
}

static int
tag_execute(const struct sieve_runtime_env *renv, sieve_size_t *address)
{
	struct sieve_instance *svinst = renv->exec_env->svinst;
	struct pix_sort_marks *marks =
		pix_sort_marks_get(renv->exec_env->scriptenv->user);
	struct sieve_stringlist *list;
	const char *const *tags;
	int ret;

	if ((ret = sieve_opr_stringlist_read(renv, address, "keywords", &list)) <= 0)
		return ret;
	if (sieve_stringlist_read_all(list, pool_datastack_create(), &tags) < 0)
		return list->exec_status;
	sieve_runtime_trace(renv, SIEVE_TRLVL_COMMANDS, "tag action");
	if (pix_sieve_is_session(svinst)) {
		/* addflag is for that */
		sieve_runtime_warning(renv, NULL,
			"tag action: it works in deliveries only");
		return SIEVE_EXEC_OK;
	}
	if (marks == NULL) {
		if (pix_sieve_is_delivery(svinst)) {
			e_error(sieve_get_event(svinst), "pix-sort: "
				"Could not set a tag: the mail plugin is not "
				"loaded (check mail_plugins for pix_sort)");
		}
		return SIEVE_EXEC_OK;
	}
	for (; *tags != NULL; tags++) {
		if (!pix_sort_tag_is_valid(*tags) ||
		    !pix_sort_marks_add_tag(marks, *tags)) {
			sieve_runtime_warning(renv, NULL,
				"tag action: a keyword is not valid, "
				"or there are more than %d", PIX_SORT_MAX_TAGS);
		}
	}
	return SIEVE_EXEC_OK;
}

const struct sieve_command_def cmd_pix_tag = {
	.identifier = "tag",
	.type = SCT_COMMAND,
	.positional_args = 1,
	.validate = tag_validate,
	.generate = tag_generate,
};

const struct sieve_operation_def opr_pix_tag = {
	.mnemonic = "TAG",
	.ext_def = &ext_pix_sort,
	.code = 3,
	.dump = tag_dump,
	.execute = tag_execute,
};
