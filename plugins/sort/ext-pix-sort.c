/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "ext-pix-sort.h"
#include "sieve.h"
#include "sieve-comparators.h"
#include "sieve-match.h"
#include "sieve-match-types.h"
#include "sieve-message.h"
#include "sieve-runtime.h"
#include "sieve-interpreter.h"
#include "sieve-validator.h"
#include "pix-mail-authres.h"

/* Context of the extension in one instance of the engine. */
struct ext_pix_sort_context {
	/* NULL where they could not be read */
	const struct pix_sort_settings *set;
};

static pix_sieve_load_t
ext_pix_sort_load(const struct sieve_extension *ext, void **context_r)
{
	struct ext_pix_sort_context *ctx = i_new(struct ext_pix_sort_context, 1);
	const void *set;
	const char *error;

	/* A wrong setting must not stop deliveries. */
	if (pix_sieve_settings_get(ext->svinst, &pix_sort_setting_parser_info,
				   &set, &error) < 0) {
		e_error(sieve_get_event(ext->svinst), "pix-sort: "
			"Could not read settings, using the defaults: %s", error);
	} else {
		ctx->set = set;
	}
	*context_r = ctx;
	return PIX_SIEVE_LOAD_OK;
}

static void ext_pix_sort_unload(const struct sieve_extension *ext)
{
	struct ext_pix_sort_context *ctx = ext->context;

	if (ctx == NULL)
		return;
	pix_settings_free(&ctx->set);
	i_free(ctx);
}

static bool
ext_pix_sort_validator_load(const struct sieve_extension *ext,
			    struct sieve_validator *valdtr)
{
	sieve_validator_register_command(valdtr, ext, &tst_pix_authresults);
	sieve_validator_register_command(valdtr, ext, &tst_pix_sortpolicy);
	sieve_validator_register_command(valdtr, ext, &cmd_pix_retain);
	sieve_validator_register_command(valdtr, ext, &tst_pix_mailsign);
	sieve_validator_register_command(valdtr, ext, &cmd_pix_tag);
	return TRUE;
}

static const struct sieve_operation_def *const ext_pix_sort_operations[] = {
	&opr_pix_authresults,
	&opr_pix_sortpolicy,
	&opr_pix_retain,
	&opr_pix_tag,
	&opr_pix_mailsign,
};

const struct sieve_extension_def ext_pix_sort = {
	.name = "vnd.pix.sort",
	.version = 1,
	.load = ext_pix_sort_load,
	.unload = ext_pix_sort_unload,
	.validator_load = ext_pix_sort_validator_load,
	SIEVE_EXT_DEFINE_OPERATIONS(ext_pix_sort_operations),
};

const struct pix_sort_settings *
ext_pix_sort_settings(const struct sieve_extension *ext)
{
	const struct ext_pix_sort_context *ctx = ext->context;

	return ctx == NULL || ctx->set == NULL ?
		&pix_sort_default_settings : ctx->set;
}

void ext_pix_sort_link_match(struct sieve_validator *valdtr,
			     struct sieve_command_registration *cmd_reg)
{
	sieve_comparators_link_tag(valdtr, cmd_reg, SIEVE_MATCH_OPT_COMPARATOR);
	sieve_match_types_link_tags(valdtr, cmd_reg, SIEVE_MATCH_OPT_MATCH_TYPE);
}

bool ext_pix_sort_validate_match(struct sieve_validator *valdtr,
				 struct sieve_command *tst, const char *name)
{
	struct sieve_ast_argument *arg = tst->first_positional;
	const struct sieve_comparator cmp_default =
		SIEVE_COMPARATOR_DEFAULT(i_ascii_casemap_comparator);
	const struct sieve_match_type mcht_default =
		SIEVE_MATCH_TYPE_DEFAULT(is_match_type);

	if (!sieve_validate_positional_argument(valdtr, tst, arg, name, 1,
						SAAT_STRING_LIST) ||
	    !sieve_validator_argument_activate(valdtr, tst, arg, FALSE))
		return FALSE;
	arg = sieve_ast_argument_next(arg);
	if (!sieve_validate_positional_argument(valdtr, tst, arg, "key list", 2,
						SAAT_STRING_LIST) ||
	    !sieve_validator_argument_activate(valdtr, tst, arg, FALSE))
		return FALSE;
	return sieve_match_type_validate(valdtr, tst, arg, &mcht_default,
					 &cmp_default);
}

int ext_pix_sort_authres(const struct sieve_runtime_env *renv,
			 const struct sieve_extension *ext,
			 struct pix_authres_set **set_r)
{
	const struct pix_sort_settings *set = ext_pix_sort_settings(ext);
	struct mail *mail = sieve_message_get_mail(renv->msgctx);
	struct pix_authres_set *results;

	/* kept for the message as it came: later scripts may edit headers */
	results = (void *)sieve_message_context_extension_get(renv->msgctx, ext);
	if (results == NULL) {
		results = pix_mail_authres_get(
			sieve_message_context_pool(renv->msgctx), set, mail);
		if (results == NULL) {
			return sieve_runtime_mail_error(renv, mail,
				"authresults test: failed to read the header");
		}
		sieve_message_context_extension_set(renv->msgctx, ext, results);
	}
	*set_r = results;
	return SIEVE_EXEC_OK;
}
