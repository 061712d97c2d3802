/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

/* Test sortpolicy: what the settings say, for the shipped scripts
 *
 * Syntax:
 *   sortpolicy [COMPARATOR] [MATCH-TYPE] <names: string-list> <keys: string-list>
 *
 * A name is that of a setting without "pix_sort_". Only settings that say
 * what the scripts are to do can be asked for.
 */

#include "ext-pix-sort.h"
#include "sieve-comparators.h"
#include "sieve-dump.h"
#include "sieve-generator.h"
#include "sieve-interpreter.h"
#include "sieve-match.h"
#include "sieve-match-types.h"
#include "sieve-stringlist.h"
#include "sieve-validator.h"
#include "sieve-ast.h"

static const char *
sortpolicy_value(const struct pix_sort_settings *set, const char *name)
{
	const struct { const char *name, *value; } policies[] = {
		{ "dmarc_action", set->pix_sort_dmarc_action },
		{ "quarantine_folder", set->pix_sort_quarantine_folder },
		{ "virus_action", set->pix_sort_virus_action },
		{ "spam_action", set->pix_sort_spam_action },
		{ "spam_folder", set->pix_sort_spam_folder },
		{ "impersonation_action", set->pix_sort_impersonation_action },
		{ "list_action", set->pix_sort_list_action },
	};

	for (unsigned int i = 0; i < N_ELEMENTS(policies); i++) {
		if (strcmp(policies[i].name, name) == 0)
			return policies[i].value;
	}
	return NULL;
}

static bool
sortpolicy_registered(struct sieve_validator *valdtr,
		      const struct sieve_extension *ext ATTR_UNUSED,
		      struct sieve_command_registration *cmd_reg)
{
	ext_pix_sort_link_match(valdtr, cmd_reg);
	return TRUE;
}

static bool
sortpolicy_validate(struct sieve_validator *valdtr, struct sieve_command *tst)
{
	struct sieve_ast_argument *arg = tst->first_positional;

	/* a misspelt name would switch a script off without a word */
	if (arg != NULL && sieve_ast_argument_type(arg) == SAAT_STRING &&
	    sortpolicy_value(&pix_sort_default_settings,
			     sieve_ast_argument_strc(arg)) == NULL) {
		sieve_argument_validate_error(valdtr, arg,
			"sortpolicy test: '%s' is not known",
			sieve_ast_argument_strc(arg));
		return FALSE;
	}
	return ext_pix_sort_validate_match(valdtr, tst, "names");
}

static bool
sortpolicy_generate(const struct sieve_codegen_env *cgenv,
		    struct sieve_command *tst)
{
	sieve_operation_emit(cgenv->sblock, tst->ext, &opr_pix_sortpolicy);
	return sieve_generate_arguments(cgenv, tst, NULL);
}

static bool
sortpolicy_dump(const struct sieve_dumptime_env *denv, sieve_size_t *address)
{
	sieve_code_dumpf(denv, "SORTPOLICY");
	sieve_code_descend(denv);
	if (sieve_match_opr_optional_dump(denv, address, NULL) != 0)
		return FALSE;
	return sieve_opr_stringlist_dump(denv, address, "names") &&
		sieve_opr_stringlist_dump(denv, address, "key list");
}

static int
sortpolicy_execute(const struct sieve_runtime_env *renv, sieve_size_t *address)
{
	const struct pix_sort_settings *set =
		ext_pix_sort_settings(renv->oprtn->ext);
	struct sieve_match_type mcht = SIEVE_MATCH_TYPE_DEFAULT(is_match_type);
	struct sieve_comparator cmp =
		SIEVE_COMPARATOR_DEFAULT(i_ascii_casemap_comparator);
	struct sieve_stringlist *name_list, *key_list;
	ARRAY_TYPE(const_string) values;
	const char *const *names, *value;
	int match, ret;

	if (sieve_match_opr_optional_read(renv, address, NULL, &ret,
					  &cmp, &mcht) < 0)
		return ret;
	if ((ret = sieve_opr_stringlist_read(renv, address, "names", &name_list)) <= 0 ||
	    (ret = sieve_opr_stringlist_read(renv, address, "key list", &key_list)) <= 0)
		return ret;
	if (sieve_stringlist_read_all(name_list, pool_datastack_create(), &names) < 0)
		return name_list->exec_status;

	sieve_runtime_trace(renv, SIEVE_TRLVL_TESTS, "sortpolicy test");
	t_array_init(&values, 4);
	for (; *names != NULL; names++) {
		value = sortpolicy_value(set, *names);
		if (value != NULL)
			array_push_back(&values, &value);
	}
	array_append_zero(&values);
	match = sieve_match(renv, &mcht, &cmp,
			    pix_sieve_stringlist_create(renv, array_front(&values)),
			    key_list, &ret);
	if (match < 0)
		return ret;
	sieve_interpreter_set_test_result(renv->interp, match > 0);
	return SIEVE_EXEC_OK;
}

const struct sieve_command_def tst_pix_sortpolicy = {
	.identifier = "sortpolicy",
	.type = SCT_TEST,
	.positional_args = 2,
	.registered = sortpolicy_registered,
	.validate = sortpolicy_validate,
	.generate = sortpolicy_generate,
};

const struct sieve_operation_def opr_pix_sortpolicy = {
	.mnemonic = "SORTPOLICY",
	.ext_def = &ext_pix_sort,
	.code = 1,
	.dump = sortpolicy_dump,
	.execute = sortpolicy_execute,
};
