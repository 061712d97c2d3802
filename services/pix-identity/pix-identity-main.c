/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-identity-dispatch.h"
#include "pix-identity-revoke.h"
#include "pix-identity-session.h"
#include "pix-identity-epoch.h"
#include "pix-identity-keys.h"
#include "pix-identity-store.h"
#include "pix-identity-throttle.h"
#include "pix-identity-users.h"
#include "pix-service-main.h"
#include "pix-totp.h"
#include "master-service.h"
#include "safe-memset.h"

#include <sys/stat.h>

static struct event_category pix_identity_category = {
	.name = "pix-identity",
};

/* Whatever JSON held (secrets that were sent or shown) is wiped when freed. */
static void *pix_identity_json_malloc(size_t size)
{
	size_t *p = malloc(size + sizeof(max_align_t));

	if (p == NULL)
		i_fatal_status(FATAL_OUTOFMEM, "malloc(%zu) failed: %m", size);
	*p = size;
	return PTR_OFFSET(p, sizeof(max_align_t));
}

static void pix_identity_json_free(void *mem)
{
	size_t *p;

	if (mem == NULL)
		return;
	p = PTR_OFFSET(mem, -(ptrdiff_t)sizeof(max_align_t));
	safe_memset(mem, 0, *p);
	free(p);
}

static void pix_identity_check_settings(const struct pix_identity_settings *set)
{
	if (set->pix_identity_totp_digits != 6 && set->pix_identity_totp_digits != 8)
		i_fatal("pix_identity_totp_digits = %u: use 6 or 8",
			set->pix_identity_totp_digits);
	if (set->pix_identity_totp_period != 30 && set->pix_identity_totp_period != 60)
		i_fatal("pix_identity_totp_period = %us: use 30s or 60s",
			set->pix_identity_totp_period);
	if (set->pix_identity_totp_window > 10)
		i_fatal("pix_identity_totp_window = %u: use 0 to 10 time steps",
			set->pix_identity_totp_window);
}

static void pix_identity_preinit(struct pix_identity *identity)
{
	const void *set;
	const char *error;

	if (pix_settings_get_service(identity->event,
				     &pix_identity_setting_parser_info,
				     "pix-identity", &set, &error) < 0)
		i_fatal("Can't read settings: %s", error);
	identity->set = set;
	pix_identity_check_settings(identity->set);
	if (pix_service_main_state_dir(identity->set->pix_identity_dir, &error) < 0)
		i_fatal("%s (check pix_identity_dir)", error);
	if (pix_service_main_state_dir(identity->set->pix_identity_epoch_dir, &error) < 0)
		i_fatal("%s (check pix_identity_epoch_dir)", error);
	if (pix_identity_keys_read(identity->set->pix_identity_key_file,
				   &identity->keyring, &error) < 0)
		i_fatal("%s (check pix_identity_key_file)", error);
	pix_service_main_drop();
	(void)umask(0077);
}

static void pix_identity_init(struct pix_identity *identity)
{
	const struct pix_identity_settings *set = identity->set;
	struct pix_identity_store_params params = {
		.driver = set->pix_identity_store,
		.connect = set->pix_identity_store_connect,
		.keyring = identity->keyring,
		.event_parent = identity->event,
		.tampered = pix_users_tampered,
		.tampered_context = identity,
	};
	const char *error;

	if (!pix_totp_global_init(&error))
		i_fatal("%s", error);
	if (strcmp(set->pix_identity_store, "sqlite") == 0)
		params.path = t_strconcat(set->pix_identity_dir, "/identity.sqlite", NULL);
	if (pix_epoch_init(set->pix_identity_epoch_dir, identity->keyring,
			   identity->event, &identity->epoch, &error) < 0)
		i_fatal("%s", error);
	params.epoch = identity->epoch;
	if (pix_identity_store_init(&params, &identity->store, &error) < 0)
		i_fatal("Can't open the store %s: %s",
			params.path != NULL ? params.path : set->pix_identity_store, error);
	identity->throttle = pix_throttle_init(set->pix_identity_code_limit,
					       set->pix_identity_code_interval);
	pix_users_init(identity);
	identity->enrolled = pix_users_enrolled;
	identity->revokes = pix_revokes_init(identity);
	identity->sessions = pix_identity_sessions_init();
	identity->service = pix_identity_dispatch_init(identity);
}

static void pix_identity_deinit(struct pix_identity *identity)
{
	pix_service_deinit(&identity->service);
	pix_identity_sessions_deinit(&identity->sessions);
	pix_identity_store_deinit(&identity->store);
	pix_revokes_deinit(&identity->revokes);
	pix_users_deinit(&identity->users);
	pix_throttle_deinit(&identity->throttle);
	pix_epoch_deinit(&identity->epoch);
	pix_keyring_deinit(&identity->keyring);
	pix_settings_free(&identity->set);
}

int main(int argc, char *argv[])
{
	struct pix_identity identity;

	json_set_alloc_funcs(pix_identity_json_malloc, pix_identity_json_free);
	i_zero(&identity);
	pix_service_main_start("pix-identity", &argc, &argv);
	identity.event = event_create(NULL);
	event_add_category(identity.event, &pix_identity_category);
	pix_identity_preinit(&identity);

	pix_identity_init(&identity);
	pix_service_main_run(identity.service);
	pix_identity_deinit(&identity);
	event_unref(&identity.event);
	pix_service_main_end();
	return 0;
}
