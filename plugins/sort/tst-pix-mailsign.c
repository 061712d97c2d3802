/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

/* Test mailsign: signs that the mail poses as somebody else's
 *
 * Syntax:
 *   mailsign <signs: string-list>
 *
 * "reply-to"      answers would go to a domain that isn't aligned with From's
 * "display-name"  the display name shows an address of another domain
 * "look-alike"    the domain of From looks like one of pix_sort_own_domains
 */

#include "ext-pix-sort.h"
#include "pix-mail-signs.h"
#include "sieve-ast.h"
#include "sieve-dump.h"
#include "sieve-generator.h"
#include "sieve-interpreter.h"
#include "sieve-message.h"
#include "sieve-runtime.h"
#include "sieve-stringlist.h"
#include "sieve-validator.h"
#include "mail-storage.h"
#include "message-address.h"
#include "message-header-decode.h"
#include "str.h"
#include "strfuncs.h"

#define MAILSIGN_MAX_ADDRESSES 10

struct mailsign_mail {
	const struct message_address *from, *reply_to;
	const char *const *own_domains;
};

static bool mailsign_has_domain(const struct message_address *addr)
{
	return addr->domain != NULL && addr->domain[0] != '\0';
}

static bool mailsign_reply_to(const struct mailsign_mail *mail)
{
	const struct message_address *from = mail->from;

	if (from == NULL || from->next != NULL || !mailsign_has_domain(from))
		return FALSE;
	for (const struct message_address *addr = mail->reply_to; addr != NULL;
	     addr = addr->next) {
		if (mailsign_has_domain(addr) &&
		    !pix_authres_aligned(addr->domain, from->domain))
			return TRUE;
	}
	return FALSE;
}

static bool mailsign_display_name(const struct mailsign_mail *mail)
{
	for (const struct message_address *addr = mail->from; addr != NULL;
	     addr = addr->next) {
		string_t *name;

		if (addr->name == NULL || !mailsign_has_domain(addr))
			continue;
		name = t_str_new(128);
		message_header_decode_utf8((const unsigned char *)addr->name,
					   strlen(addr->name), name, NULL);
		if (pix_sign_display_name(str_c(name), addr->domain))
			return TRUE;
	}
	return FALSE;
}

static bool mailsign_look_alike(const struct mailsign_mail *mail)
{
	for (const struct message_address *addr = mail->from; addr != NULL;
	     addr = addr->next) {
		if (mailsign_has_domain(addr) &&
		    pix_sign_look_alike(addr->domain, mail->own_domains))
			return TRUE;
	}
	return FALSE;
}

static const struct {
	const char *name;
	bool (*check)(const struct mailsign_mail *mail);
} mailsigns[] = {
	{ "reply-to", mailsign_reply_to },
	{ "display-name", mailsign_display_name },
	{ "look-alike", mailsign_look_alike },
};

static bool mailsign_known(const char *name)
{
	for (unsigned int i = 0; i < N_ELEMENTS(mailsigns); i++) {
		if (strcmp(mailsigns[i].name, name) == 0)
			return TRUE;
	}
	return FALSE;
}

static bool
mailsign_validate(struct sieve_validator *valdtr, struct sieve_command *tst)
{
	struct sieve_ast_argument *arg = tst->first_positional;

	if (!sieve_validate_positional_argument(valdtr, tst, arg, "signs", 1,
						SAAT_STRING_LIST))
		return FALSE;
	if (sieve_ast_argument_type(arg) == SAAT_STRING &&
	    !mailsign_known(sieve_ast_argument_strc(arg))) {
		sieve_argument_validate_error(valdtr, arg,
			"mailsign test: '%s' is not known",
			sieve_ast_argument_strc(arg));
		return FALSE;
	}
	return sieve_validator_argument_activate(valdtr, tst, arg, FALSE);
}

static bool
mailsign_generate(const struct sieve_codegen_env *cgenv, struct sieve_command *tst)
{
	sieve_operation_emit(cgenv->sblock, tst->ext, &opr_pix_mailsign);
	return sieve_generate_arguments(cgenv, tst, NULL);
}

static bool
mailsign_dump(const struct sieve_dumptime_env *denv, sieve_size_t *address)
{
	sieve_code_dumpf(denv, "MAILSIGN");
	sieve_code_descend(denv);
	return sieve_opr_stringlist_dump(denv, address, "signs");
}

/* The addresses of a field, or NULL. From the data stack. */
static const struct message_address *
mailsign_addresses(struct mail *mail, const char *name)
{
	const char *value;

	if (mail_get_first_header(mail, name, &value) <= 0)
		return NULL;
	return message_address_parse(pool_datastack_create(),
				     (const unsigned char *)value, strlen(value),
				     MAILSIGN_MAX_ADDRESSES, 0);
}

static bool
mailsign_any(const struct mailsign_mail *mail, const char *const *names)
{
	for (; *names != NULL; names++) {
		for (unsigned int i = 0; i < N_ELEMENTS(mailsigns); i++) {
			if (strcmp(mailsigns[i].name, *names) == 0 &&
			    mailsigns[i].check(mail))
				return TRUE;
		}
	}
	return FALSE;
}

static int
mailsign_execute(const struct sieve_runtime_env *renv, sieve_size_t *address)
{
	const struct pix_sort_settings *set =
		ext_pix_sort_settings(renv->oprtn->ext);
	struct mail *mail = sieve_message_get_mail(renv->msgctx);
	struct sieve_stringlist *list;
	struct mailsign_mail signs;
	const char *const *names;
	int ret;

	if ((ret = sieve_opr_stringlist_read(renv, address, "signs", &list)) <= 0)
		return ret;
	if (sieve_stringlist_read_all(list, pool_datastack_create(), &names) < 0)
		return list->exec_status;
	sieve_runtime_trace(renv, SIEVE_TRLVL_TESTS, "mailsign test");
	signs.from = mailsign_addresses(mail, "From");
	signs.reply_to = mailsign_addresses(mail, "Reply-To");
	signs.own_domains = t_strsplit_spaces(set->pix_sort_own_domains, " ,");
	sieve_interpreter_set_test_result(renv->interp, mailsign_any(&signs, names));
	return SIEVE_EXEC_OK;
}

const struct sieve_command_def tst_pix_mailsign = {
	.identifier = "mailsign",
	.type = SCT_TEST,
	.positional_args = 1,
	.validate = mailsign_validate,
	.generate = mailsign_generate,
};

const struct sieve_operation_def opr_pix_mailsign = {
	.mnemonic = "MAILSIGN",
	.ext_def = &ext_pix_sort,
	.code = 4,
	.dump = mailsign_dump,
	.execute = mailsign_execute,
};
