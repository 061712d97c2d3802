/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

/* The module: a passdb that knows nobody, whose presence makes this process
   verify the tokens of OAUTHBEARER and XOAUTH2 itself. */

#include "pix-oauth2-auth.h"
#include "pix-core.h"

struct module;

extern const char *authdb_pix_oauth2_version;
void authdb_pix_oauth2_init(struct module *module);
void authdb_pix_oauth2_deinit(void);

PIX_EXPORT const char *authdb_pix_oauth2_version = DOVECOT_ABI_VERSION;

/* Registration handle: one a process, whatever the number of passdb blocks. */
static struct pix_oauth2_auth *oauth2_auth;
static bool oauth2_started;

static int oauth2_preinit(const char **error_r)
{
	return oauth2_auth != NULL || !pix_login_is_server() ? 0 :
		pix_oauth2_auth_preinit(&oauth2_auth, error_r);
}

static void oauth2_init(void)
{
	if (oauth2_auth == NULL || oauth2_started)
		return;
	oauth2_started = TRUE;
	pix_oauth2_auth_init(oauth2_auth);
}

static void oauth2_deinit(void)
{
	oauth2_started = FALSE;
	pix_oauth2_auth_deinit(&oauth2_auth);
}

PIX_EXPORT void authdb_pix_oauth2_init(struct module *module ATTR_UNUSED)
{
	pix_login_register_passdb("pix_oauth2", oauth2_preinit, oauth2_init,
				  oauth2_deinit);
}

PIX_EXPORT void authdb_pix_oauth2_deinit(void)
{
	pix_login_unregister_passdb();
}
