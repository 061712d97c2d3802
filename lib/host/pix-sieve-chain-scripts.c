/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

/* Engine, sequence and binaries: where the two versions of Pigeonhole differ. */

#include "pix-sieve-chain-private.h"
#include "pix-compat.h"
#include "mail-user.h"
#include "mail-storage-settings.h"
#include "strfuncs.h"

static void
pix_sieve_chain_add(struct pix_sieve_chain *chain, struct sieve_script *script,
		    bool personal)
{
	struct pix_sieve_chain_script *entry = array_append_space(&chain->scripts);

	entry->script = script;
	entry->personal = personal;
}

#if PIX_DOVECOT_24

int pix_sieve_chain_engine(struct pix_sieve_chain *chain)
{
	struct sieve_environment env;
	const char *home;

	i_zero(&env);
	env.username = chain->user->username;
	if (mail_user_get_home(chain->user, &home) > 0)
		env.home_dir = home;
	env.hostname = chain->user->set->hostname;
	env.base_dir = chain->user->set->base_dir;
	env.temp_dir = chain->user->set->mail_temp_dir;
	env.event_parent = chain->user->event;
	env.flags = SIEVE_FLAG_HOME_RELATIVE;
	/* not MDA: nothing is delivered */
	env.location = SIEVE_ENV_LOCATION_UNKNOWN;
	env.delivery_phase = SIEVE_DELIVERY_PHASE_POST;
	return sieve_init(&env, NULL, chain, FALSE, &chain->svinst);
}

static int
pix_sieve_chain_sequence(struct pix_sieve_chain *chain, const char *type)
{
	struct sieve_script_sequence *seq;
	struct sieve_script *script;
	enum sieve_error error;
	int ret;

	if (sieve_script_sequence_create(chain->svinst, sieve_get_event(chain->svinst),
					 SIEVE_SCRIPT_CAUSE_DELIVERY, type, &seq,
					 &error, NULL) < 0)
		return error == SIEVE_ERROR_NOT_FOUND ? 0 : -1;
	while ((ret = sieve_script_sequence_next(seq, &script, &error, NULL)) > 0)
		pix_sieve_chain_add(chain, script, FALSE);
	sieve_script_sequence_free(&seq);
	return ret;
}

static int pix_sieve_chain_personal(struct pix_sieve_chain *chain)
{
	struct sieve_storage *storage;
	struct sieve_script *script;
	enum sieve_error error;

	if (sieve_storage_create_personal(chain->svinst, chain->user,
					  SIEVE_SCRIPT_CAUSE_DELIVERY, 0,
					  &storage, &error) < 0)
		return error == SIEVE_ERROR_TEMP_FAILURE ? -1 : 0;
	if (sieve_storage_active_script_open(storage, &script, &error) == 0)
		pix_sieve_chain_add(chain, script, !sieve_script_is_default(script));
	sieve_storage_unref(&storage);
	return 0;
}

int pix_sieve_chain_find(struct pix_sieve_chain *chain)
{
	return pix_sieve_chain_sequence(chain, SIEVE_STORAGE_TYPE_BEFORE) < 0 ||
		pix_sieve_chain_personal(chain) < 0 ||
		pix_sieve_chain_sequence(chain, SIEVE_STORAGE_TYPE_AFTER) < 0 ? -1 : 0;
}

int pix_sieve_chain_open(struct pix_sieve_chain *chain,
			 struct pix_sieve_chain_script *script)
{
	enum sieve_error error;

	return sieve_open_script(script->script, chain->ehandler,
				 script->personal ? SIEVE_COMPILE_FLAG_NOGLOBAL : 0,
				 &script->sbin, &error);
}

#else

static const char *pix_sieve_chain_home(void *context)
{
	struct pix_sieve_chain *chain = context;
	const char *home = NULL;

	return mail_user_get_home(chain->user, &home) > 0 ? home : NULL;
}

static const char *pix_sieve_chain_setting(void *context, const char *name)
{
	struct pix_sieve_chain *chain = context;

	return mail_user_plugin_getenv(chain->user, name);
}

static const struct sieve_callbacks pix_sieve_chain_callbacks = {
	.get_homedir = pix_sieve_chain_home,
	.get_setting = pix_sieve_chain_setting,
};

int pix_sieve_chain_engine(struct pix_sieve_chain *chain)
{
	struct sieve_environment env;

	i_zero(&env);
	env.username = chain->user->username;
	env.home_dir = pix_sieve_chain_home(chain);
	env.hostname = chain->user->set->hostname;
	env.base_dir = chain->user->set->base_dir;
	env.temp_dir = chain->user->set->mail_temp_dir;
	env.event_parent = chain->user->event;
	env.flags = SIEVE_FLAG_HOME_RELATIVE;
	/* not MDA: nothing is delivered */
	env.location = SIEVE_ENV_LOCATION_UNKNOWN;
	env.delivery_phase = SIEVE_DELIVERY_PHASE_POST;
	chain->svinst = sieve_init(&env, &pix_sieve_chain_callbacks, chain, FALSE);
	return chain->svinst == NULL ? -1 : 0;
}

static int
pix_sieve_chain_sequence(struct pix_sieve_chain *chain, const char *location)
{
	struct sieve_script_sequence *seq;
	struct sieve_script *script;
	enum sieve_error error;

	seq = sieve_script_sequence_create(chain->svinst, location, &error);
	if (seq == NULL)
		return error == SIEVE_ERROR_TEMP_FAILURE ? -1 : 0;
	error = SIEVE_ERROR_NONE;
	while ((script = sieve_script_sequence_next(seq, &error)) != NULL)
		pix_sieve_chain_add(chain, script, FALSE);
	sieve_script_sequence_free(&seq);
	return error == SIEVE_ERROR_TEMP_FAILURE ? -1 : 0;
}

/* sieve_before, sieve_before2, … */
static int
pix_sieve_chain_sequences(struct pix_sieve_chain *chain, const char *setting)
{
	const char *name = setting, *location;

	for (unsigned int i = 2;; i++) {
		location = mail_user_plugin_getenv(chain->user, name);
		if (location == NULL || *location == '\0')
			return 0;
		if (pix_sieve_chain_sequence(chain, location) < 0)
			return -1;
		name = t_strdup_printf("%s%u", setting, i);
	}
}

static int pix_sieve_chain_personal(struct pix_sieve_chain *chain)
{
	struct sieve_storage *storage;
	struct sieve_script *script;
	enum sieve_error error;

	storage = sieve_storage_create_main(chain->svinst, chain->user, 0, &error);
	if (storage == NULL)
		return error == SIEVE_ERROR_TEMP_FAILURE ? -1 : 0;
	script = sieve_storage_active_script_open(storage, &error);
	if (script != NULL)
		pix_sieve_chain_add(chain, script, !sieve_script_is_default(script));
	sieve_storage_unref(&storage);
	return 0;
}

int pix_sieve_chain_find(struct pix_sieve_chain *chain)
{
	return pix_sieve_chain_sequences(chain, "sieve_before") < 0 ||
		pix_sieve_chain_personal(chain) < 0 ||
		pix_sieve_chain_sequences(chain, "sieve_after") < 0 ? -1 : 0;
}

int pix_sieve_chain_open(struct pix_sieve_chain *chain,
			 struct pix_sieve_chain_script *script)
{
	script->sbin = sieve_open_script(script->script, chain->ehandler,
		script->personal ? SIEVE_COMPILE_FLAG_NOGLOBAL : 0, NULL);
	return script->sbin == NULL ? -1 : 0;
}

#endif
