/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-sieve-chain-private.h"
#include "pix-compat.h"
#include "str.h"
#include "strfuncs.h"
#include "str-sanitize.h"
#include "ostream.h"
#include "smtp-address.h"
#include "mail-storage.h"
#include "mail-user.h"
#include "sieve-actions.h"
#include "sieve-execute.h"
#include "sieve-interpreter.h"
#include "sieve-result.h"

#define PRINT_ACTION " * "
#define PRINT_SIDE_EFFECT "        + "
#define PRINT_FLAGS "add IMAP flags:"
#define PRINT_STORE "store message in folder: "
#define PRINT_CREATE "create mailbox"
#define PRINT_IMPLICIT "\nImplicit keep:\n\n"

/* One run over one mail. */
struct pix_sieve_run {
	struct pix_sieve_chain *chain;
	pool_t pool;
	struct sieve_message_data msgdata;
	struct sieve_script_env senv;
	struct sieve_exec_status status;
	struct sieve_execute_env eenv;
	struct sieve_result *result;
	ARRAY(struct pix_sieve_action) actions;
	/* actions of the result whose scripts have ended */
	unsigned int result_count;
};

int pix_sieve_chain_init(struct mail_user *user, struct pix_sieve_chain **chain_r,
			 const char **error_r)
{
	pool_t pool = pool_alloconly_create("pix sieve chain", 1024);
	struct pix_sieve_chain *chain = p_new(pool, struct pix_sieve_chain, 1);
	struct pix_sieve_chain_script *script;

	chain->pool = pool;
	chain->user = user;
	p_array_init(&chain->scripts, pool, 8);
	*chain_r = chain;
	if (pix_sieve_chain_engine(chain) < 0) {
		*error_r = "the Sieve engine could not be started";
		pix_sieve_chain_deinit(chain_r);
		return -1;
	}
	chain->ehandler = sieve_master_ehandler_create(chain->svinst, 0);
	if (pix_sieve_chain_find(chain) < 0) {
		*error_r = "the user's scripts can't be read now";
		pix_sieve_chain_deinit(chain_r);
		return -1;
	}
	array_foreach_modifiable(&chain->scripts, script) {
		if (pix_sieve_chain_open(chain, script) < 0)
			script->sbin = NULL;
	}
	return 0;
}

void pix_sieve_chain_deinit(struct pix_sieve_chain **_chain)
{
	struct pix_sieve_chain *chain = *_chain;
	struct pix_sieve_chain_script *script;

	if (chain == NULL)
		return;
	*_chain = NULL;
	array_foreach_modifiable(&chain->scripts, script) {
		if (script->sbin != NULL)
			sieve_close(&script->sbin);
		sieve_script_unref(&script->script);
	}
	if (chain->ehandler != NULL)
		sieve_error_handler_unref(&chain->ehandler);
	if (chain->svinst != NULL)
		sieve_deinit(&chain->svinst);
	pool_unref(&chain->pool);
}

static struct pix_sieve_action *pix_sieve_run_add(struct pix_sieve_run *run)
{
	struct pix_sieve_action *action = array_append_space(&run->actions);

	action->type = PIX_SIEVE_ACTION_KEEP;
	action->name = "keep";
	action->flags = action->location = "";
	return action;
}

/* Reads the side effects that the engine prints behind an action; they are
   nowhere else to be had. */
static void
pix_sieve_run_side_effects(struct pix_sieve_run *run, const char *text,
			   struct pix_sieve_action *action)
{
	const char *const *lines = t_strsplit(text, "\n");
	const char *effect;

	for (; str_begins_suffix_compat(*lines, PRINT_SIDE_EFFECT, &effect); lines++) {
		if (str_begins_compat(effect, PRINT_FLAGS)) {
			effect += strlen(PRINT_FLAGS);
			action->flags = p_strdup(run->pool, *effect == ' ' ?
						 effect + 1 : effect);
		} else if (str_begins_compat(effect, PRINT_CREATE)) {
			action->create = TRUE;
		}
	}
}

/* One action of the result. text: what was printed from the action before it
   on; returns the text behind this one. */
static const char *
pix_sieve_run_action(struct pix_sieve_run *run, const struct sieve_action *act,
		     bool keep, const char *script, const char *text)
{
	struct pix_sieve_action *action = pix_sieve_run_add(run);
	const char *printed = PRINT_ACTION"keep\n", *found;

	action->location = p_strdup(run->pool,
				    act->location == NULL ? script : act->location);
	if (act->def != NULL)
		action->name = p_strdup(run->pool, act->def->name);
	if (act->def == &act_store) {
		const struct act_store_context *ctx = act->context;

		action->type = PIX_SIEVE_ACTION_STORE;
		action->folder = ctx == NULL ? "INBOX" :
			p_strdup(run->pool, ctx->mailbox);
		printed = t_strdup_printf(PRINT_ACTION PRINT_STORE"%s\n",
					  str_sanitize(action->folder, 128));
	} else if (act->def != NULL) {
		action->type = strcmp(act->def->name, "discard") == 0 ?
			PIX_SIEVE_ACTION_DISCARD : PIX_SIEVE_ACTION_OTHER;
	}
	if (keep) {
		action->type = PIX_SIEVE_ACTION_KEEP;
		action->name = "keep";
	}
	if (action->type == PIX_SIEVE_ACTION_OTHER)
		return text;
	found = strstr(text, printed);
	if (found == NULL)
		return text;
	text = found + strlen(printed);
	pix_sieve_run_side_effects(run, text, action);
	return text;
}

/* Reads the result of a script. text: what the engine prints of it; kept: the
   mail is kept; last: no script comes after it. */
static void
pix_sieve_run_read(struct pix_sieve_run *run, const char *text,
		   const struct pix_sieve_chain_script *script, bool kept, bool last)
{
	const char *name = sieve_script_name(script->script), *implicit, *next;
	struct sieve_result_iterate_context *iter =
		sieve_result_iterate_init(run->result);
	const struct sieve_action *act;
	bool keep, explicit_keep = FALSE;
	unsigned int n = 0;

	implicit = strstr(text, PRINT_IMPLICIT);
	while (implicit != NULL &&
	       (next = strstr(implicit + 1, PRINT_IMPLICIT)) != NULL)
		implicit = next;
	while ((act = sieve_result_iterate_next(iter, &keep)) != NULL) {
		if (n++ < run->result_count)
			continue;
		text = pix_sieve_run_action(run, act, keep, name, text);
		if (keep)
			explicit_keep = TRUE;
	}
	run->result_count = n;
	if (kept && last && !explicit_keep) {
		struct pix_sieve_action *action = pix_sieve_run_add(run);

		if (implicit != NULL) {
			implicit = strchr(implicit + strlen(PRINT_IMPLICIT), '\n');
			if (implicit != NULL)
				pix_sieve_run_side_effects(run, implicit + 1, action);
		}
	}
}

/* One script. Returns 1 if the next one runs too, 0 if the chain ends here, -1 if
   it failed. last: no script comes after it. */
static int
pix_sieve_run_script(struct pix_sieve_run *run,
		     const struct pix_sieve_chain_script *script, bool last)
{
	struct sieve_interpreter *interp;
	buffer_t *text = t_buffer_create(512);
	struct ostream *output;
	bool keep = FALSE;
	int ret;

	run->eenv.flags = script->personal ? SIEVE_EXECUTE_FLAG_NOGLOBAL : 0;
	interp = sieve_interpreter_create(script->sbin, NULL, &run->eenv,
					  run->chain->ehandler);
	if (interp == NULL)
		return -1;
	ret = sieve_interpreter_run(interp, run->result);
	sieve_interpreter_free(&interp);
	if (ret <= 0)
		return -1;
	output = o_stream_create_buffer(text);
	(void)sieve_result_print(run->result, &run->senv, output, &keep);
	o_stream_destroy(&output);
	pix_sieve_run_read(run, str_c(text), script, keep, last);
	sieve_result_mark_executed(run->result);
	return keep ? 1 : 0;
}

static void
pix_sieve_run_scripts(struct pix_sieve_run *run, struct pix_sieve_verdict *verdict)
{
	const struct pix_sieve_chain_script *scripts;
	unsigned int count, last = 0;
	int ret = 1;

	scripts = array_get(&run->chain->scripts, &count);
	for (unsigned int i = 0; i < count; i++) {
		if (scripts[i].sbin != NULL)
			last = i;
	}
	for (unsigned int i = 0; i < count && ret > 0; i++) {
		if (scripts[i].sbin == NULL)
			continue;
		ret = pix_sieve_run_script(run, &scripts[i], i == last);
		if (ret < 0) {
			verdict->error = p_strdup_printf(run->pool,
				"script '%s' failed", sieve_script_name(scripts[i].script));
		}
	}
	if (ret < 0)
		array_clear(&run->actions);
	if (array_count(&run->actions) == 0)
		(void)pix_sieve_run_add(run);
}

static void
pix_sieve_run_envelope(struct pix_sieve_run *run, struct mail *mail)
{
	struct smtp_address *address;
	const char *value, *error;

	/* the final delivery wrote these two */
	if (mail_get_first_header(mail, "Return-Path", &value) > 0 &&
	    smtp_address_parse_path(run->pool, value,
		SMTP_ADDRESS_PARSE_FLAG_ALLOW_EMPTY |
		SMTP_ADDRESS_PARSE_FLAG_BRACKETS_OPTIONAL, &address, &error) == 0)
		run->msgdata.envelope.mail_from = address;
	if (mail_get_first_header(mail, "Delivered-To", &value) <= 0)
		value = run->chain->user->username;
	if (smtp_address_parse_path(run->pool, value,
		SMTP_ADDRESS_PARSE_FLAG_ALLOW_LOCALPART |
		SMTP_ADDRESS_PARSE_FLAG_BRACKETS_OPTIONAL, &address, &error) == 0)
		run->msgdata.envelope.rcpt_to = address;
}

static int
pix_sieve_run_init(struct pix_sieve_run *run, struct mail *mail)
{
	const char *error;

	run->msgdata.mail = mail;
	run->msgdata.auth_user = run->chain->user->username;
	(void)mail_get_message_id(mail, &run->msgdata.id);
	pix_sieve_run_envelope(run, mail);
	if (sieve_script_env_init(&run->senv, run->chain->user, &error) < 0) {
		i_error("Could not set up the Sieve engine: %s", error);
		return -1;
	}
	run->senv.default_mailbox = "INBOX";
	run->senv.mailbox_autocreate = TRUE;
	run->senv.exec_status = &run->status;
	p_array_init(&run->actions, run->pool, 4);
	return 0;
}

int pix_sieve_chain_run(struct pix_sieve_chain *chain, pool_t pool,
			struct mail *mail, const char *trace_path,
			struct pix_sieve_verdict *verdict_r)
{
	struct pix_sieve_run run;
	struct sieve_trace_log *trace = NULL;

	i_zero(verdict_r);
	i_zero(&run);
	run.chain = chain;
	run.pool = pool;
	if (pix_sieve_run_init(&run, mail) < 0)
		return -1;
	if (trace_path != NULL &&
	    sieve_trace_log_create(chain->svinst, trace_path, &trace) == 0) {
		run.senv.trace_log = trace;
		run.senv.trace_config.level = SIEVE_TRLVL_MATCHING;
	}
	sieve_execute_init(&run.eenv, chain->svinst, pool, &run.msgdata,
			   &run.senv, 0);
	run.result = sieve_result_create(chain->svinst, pool, &run.eenv);
	T_BEGIN {
		pix_sieve_run_scripts(&run, verdict_r);
	} T_END;
	sieve_result_unref(&run.result);
	sieve_execute_deinit(&run.eenv);
	if (trace != NULL)
		sieve_trace_log_free(&trace);
	verdict_r->actions = array_get(&run.actions, &verdict_r->action_count);
	return 0;
}
