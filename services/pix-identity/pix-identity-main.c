/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-identity-dispatch.h"
#include "pix-identity-session.h"
#include "pix-service-main.h"
#include "master-service.h"
#include "safe-memset.h"

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

static void pix_identity_preinit(struct pix_identity *identity)
{
	const void *set;
	const char *error;

	if (pix_settings_get_service(identity->event,
				     &pix_identity_setting_parser_info,
				     "pix-identity", &set, &error) < 0)
		i_fatal("Can't read settings: %s", error);
	identity->set = set;
	if (pix_service_main_state_dir(identity->set->pix_identity_dir, &error) < 0)
		i_fatal("%s (check pix_identity_dir)", error);
	pix_service_main_drop();
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

	identity.sessions = pix_identity_sessions_init();
	identity.service = pix_identity_dispatch_init(&identity);
	pix_service_main_run(identity.service);
	pix_service_deinit(&identity.service);
	pix_identity_sessions_deinit(&identity.sessions);
	pix_settings_free(&identity.set);
	event_unref(&identity.event);
	pix_service_main_end();
	return 0;
}
