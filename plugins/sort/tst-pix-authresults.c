/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

/* Test authresults
 *
 * Syntax:
 *   authresults [:property <name: string> / :policy] [:result <results: string-list>]
 *               [:aligned] [:arc] [COMPARATOR] [MATCH-TYPE]
 *               <methods: string-list> <keys: string-list>
 */

#include "ext-pix-sort.h"
#include "sieve-ast.h"
#include "sieve-comparators.h"
#include "sieve-dump.h"
#include "sieve-generator.h"
#include "sieve-interpreter.h"
#include "sieve-match.h"
#include "sieve-match-types.h"
#include "sieve-message.h"
#include "sieve-stringlist.h"
#include "sieve-validator.h"
#include "mail-storage.h"
#include "message-address.h"
#include "str.h"
#include "strfuncs.h"

enum authresults_optional {
	OPT_PROPERTY = SIEVE_MATCH_OPT_LAST,
	OPT_POLICY,
	OPT_RESULT,
	OPT_ALIGNED,
	OPT_ARC,
};

/* What a test asks for. */
struct authresults_query {
	/* NULL: the result itself */
	const char *property;
	/* NULL: any */
	const char *const *results;
	bool policy, aligned, arc;
};

static const struct sieve_argument_def authresults_property_tag;
static const struct sieve_argument_def authresults_result_tag;

static bool
authresults_validate_tag(struct sieve_validator *valdtr,
			 struct sieve_ast_argument **arg,
			 struct sieve_command *cmd)
{
	struct sieve_ast_argument *tag = *arg;
	bool property = sieve_argument_is(tag, authresults_property_tag);

	*arg = sieve_ast_arguments_detach(*arg, 1);
	if (!sieve_validate_tag_parameter(valdtr, cmd, tag, *arg, NULL, 0,
		property ? SAAT_STRING : SAAT_STRING_LIST, FALSE))
		return FALSE;
	*arg = sieve_ast_argument_next(*arg);
	return TRUE;
}

static const struct sieve_argument_def authresults_property_tag = {
	.identifier = "property",
	.validate = authresults_validate_tag,
};
static const struct sieve_argument_def authresults_result_tag = {
	.identifier = "result",
	.validate = authresults_validate_tag,
};
static const struct sieve_argument_def authresults_policy_tag = {
	.identifier = "policy",
};
static const struct sieve_argument_def authresults_aligned_tag = {
	.identifier = "aligned",
};
static const struct sieve_argument_def authresults_arc_tag = {
	.identifier = "arc",
};

static bool
authresults_registered(struct sieve_validator *valdtr,
		       const struct sieve_extension *ext,
		       struct sieve_command_registration *cmd_reg)
{
	ext_pix_sort_link_match(valdtr, cmd_reg);
	sieve_validator_register_tag(valdtr, cmd_reg, ext,
				     &authresults_property_tag, OPT_PROPERTY);
	sieve_validator_register_tag(valdtr, cmd_reg, ext,
				     &authresults_policy_tag, OPT_POLICY);
	sieve_validator_register_tag(valdtr, cmd_reg, ext,
				     &authresults_result_tag, OPT_RESULT);
	sieve_validator_register_tag(valdtr, cmd_reg, ext,
				     &authresults_aligned_tag, OPT_ALIGNED);
	sieve_validator_register_tag(valdtr, cmd_reg, ext,
				     &authresults_arc_tag, OPT_ARC);
	return TRUE;
}

static bool
authresults_validate(struct sieve_validator *valdtr, struct sieve_command *tst)
{
	return ext_pix_sort_validate_match(valdtr, tst, "methods");
}

static bool
authresults_generate(const struct sieve_codegen_env *cgenv,
		     struct sieve_command *tst)
{
	sieve_operation_emit(cgenv->sblock, tst->ext, &opr_pix_authresults);
	return sieve_generate_arguments(cgenv, tst, NULL);
}

static bool
authresults_dump(const struct sieve_dumptime_env *denv, sieve_size_t *address)
{
	int opt_code = 0;

	sieve_code_dumpf(denv, "AUTHRESULTS");
	sieve_code_descend(denv);
	for (;;) {
		int opt = sieve_match_opr_optional_dump(denv, address, &opt_code);
		bool ok = TRUE;

		if (opt < 0)
			return FALSE;
		if (opt == 0)
			break;
		switch (opt_code) {
		case OPT_PROPERTY:
			ok = sieve_opr_string_dump(denv, address, "property");
			break;
		case OPT_RESULT:
			ok = sieve_opr_stringlist_dump(denv, address, "result");
			break;
		case OPT_POLICY:
			sieve_code_dumpf(denv, "policy");
			break;
		case OPT_ALIGNED:
			sieve_code_dumpf(denv, "aligned");
			break;
		case OPT_ARC:
			sieve_code_dumpf(denv, "arc");
			break;
		default:
			return FALSE;
		}
		if (!ok)
			return FALSE;
	}
	return sieve_opr_stringlist_dump(denv, address, "methods") &&
		sieve_opr_stringlist_dump(denv, address, "key list");
}

/* The domain of the only address in From, or NULL. From the data stack. */
static const char *authresults_from_domain(struct mail *mail)
{
	const char *const *values;
	const struct message_address *addr;

	if (mail_get_headers_utf8(mail, "From", &values) <= 0 ||
	    values[1] != NULL)
		return NULL;
	addr = message_address_parse(pool_datastack_create(),
				     (const unsigned char *)values[0],
				     strlen(values[0]), 2, 0);
	if (addr == NULL || addr->next != NULL || addr->domain == NULL ||
	    addr->domain[0] == '\0')
		return NULL;
	return addr->domain;
}

static bool
authresults_matches(const struct authresults_query *query,
		    const struct pix_authres_result *result,
		    const char *from_domain)
{
	const char *domain;

	if (query->results != NULL &&
	    !str_array_icase_find(query->results, result->result))
		return FALSE;
	if (!query->aligned)
		return TRUE;
	domain = t_pix_authres_domain(result);
	return domain != NULL && from_domain != NULL &&
		pix_authres_aligned(domain, from_domain);
}

/* The values that the keys are compared with. */
static const char *const *
authresults_values(const struct authresults_query *query,
		   struct pix_authres_set *set, const char *const *methods,
		   const char *from_domain)
{
	ARRAY_TYPE(const_string) values;

	t_array_init(&values, 4);
	for (; *methods != NULL; methods++) {
		const char *method = t_str_lcase(*methods);
		const struct pix_authres_result *const *results;
		unsigned int count;

		results = query->arc ?
			pix_authres_set_find_arc(set, method, &count) :
			pix_authres_set_find(set, method, &count);
		for (unsigned int i = 0; i < count; i++) {
			const char *value = results[i]->result;

			if (!authresults_matches(query, results[i], from_domain))
				continue;
			if (query->policy)
				value = pix_authres_dmarc_policy(results[i]);
			else if (query->property != NULL)
				value = pix_authres_property_find(results[i],
								  query->property);
			if (value != NULL)
				array_push_back(&values, &value);
		}
	}
	array_append_zero(&values);
	return array_front(&values);
}

static int
authresults_read_optional(const struct sieve_runtime_env *renv,
			  sieve_size_t *address, struct sieve_comparator *cmp,
			  struct sieve_match_type *mcht,
			  struct authresults_query *query)
{
	int opt_code = 0, ret;

	for (;;) {
		struct sieve_stringlist *results;
		string_t *property;
		int opt;

		opt = sieve_match_opr_optional_read(renv, address, &opt_code,
						    &ret, cmp, mcht);
		if (opt < 0)
			return ret;
		if (opt == 0)
			return SIEVE_EXEC_OK;
		ret = SIEVE_EXEC_OK;
		switch (opt_code) {
		case OPT_PROPERTY:
			ret = sieve_opr_string_read(renv, address, "property",
						    &property);
			if (ret > 0)
				query->property = t_str_lcase(str_c(property));
			break;
		case OPT_RESULT:
			ret = sieve_opr_stringlist_read(renv, address, "result",
							&results);
			if (ret > 0 && sieve_stringlist_read_all(results,
					pool_datastack_create(),
					&query->results) < 0)
				ret = results->exec_status;
			break;
		case OPT_POLICY:
			query->policy = TRUE;
			break;
		case OPT_ALIGNED:
			query->aligned = TRUE;
			break;
		case OPT_ARC:
			query->arc = TRUE;
			break;
		default:
			sieve_runtime_trace_error(renv, "unknown optional operand");
			ret = SIEVE_EXEC_BIN_CORRUPT;
		}
		if (ret <= 0)
			return ret;
	}
}

static int
authresults_execute(const struct sieve_runtime_env *renv, sieve_size_t *address)
{
	struct sieve_match_type mcht = SIEVE_MATCH_TYPE_DEFAULT(is_match_type);
	struct sieve_comparator cmp =
		SIEVE_COMPARATOR_DEFAULT(i_ascii_casemap_comparator);
	struct sieve_stringlist *method_list, *key_list;
	struct authresults_query query = { NULL, NULL, FALSE, FALSE, FALSE };
	const char *const *methods, *const *values, *from_domain = NULL;
	struct pix_authres_set *set;
	int match, ret;

	if ((ret = authresults_read_optional(renv, address, &cmp, &mcht, &query)) <= 0 ||
	    (ret = sieve_opr_stringlist_read(renv, address, "methods", &method_list)) <= 0 ||
	    (ret = sieve_opr_stringlist_read(renv, address, "key list", &key_list)) <= 0)
		return ret;
	if (sieve_stringlist_read_all(method_list, pool_datastack_create(), &methods) < 0)
		return method_list->exec_status;

	sieve_runtime_trace(renv, SIEVE_TRLVL_TESTS, "authresults test");
	if ((ret = ext_pix_sort_authres(renv, renv->oprtn->ext, &set)) <= 0)
		return ret;
	if (query.aligned) {
		from_domain = authresults_from_domain(
			sieve_message_get_mail(renv->msgctx));
	}
	values = authresults_values(&query, set, methods, from_domain);
	match = sieve_match(renv, &mcht, &cmp,
			    pix_sieve_stringlist_create(renv, values),
			    key_list, &ret);
	if (match < 0)
		return ret;
	sieve_interpreter_set_test_result(renv->interp, match > 0);
	return SIEVE_EXEC_OK;
}

const struct sieve_command_def tst_pix_authresults = {
	.identifier = "authresults",
	.type = SCT_TEST,
	.positional_args = 2,
	.registered = authresults_registered,
	.validate = authresults_validate,
	.generate = authresults_generate,
};

const struct sieve_operation_def opr_pix_authresults = {
	.mnemonic = "AUTHRESULTS",
	.ext_def = &ext_pix_sort,
	.code = 0,
	.dump = authresults_dump,
	.execute = authresults_execute,
};
