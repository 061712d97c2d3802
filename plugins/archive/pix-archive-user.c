/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-archive-guard.h"
#include "pix-archive-user.h"
#include "pix-compat.h"
#include "pix-mail-user.h"
#include "lib-event.h"
#include "mail-storage-private.h"
#include "module-context.h"

#define PIX_ARCHIVE_USER_CONTEXT(obj) \
	MODULE_CONTEXT(obj, pix_archive_user_module)

static MODULE_CONTEXT_DEFINE_INIT(pix_archive_user_module, &mail_user_module_register);

struct pix_archive_user *pix_archive_user_get(struct mail_user *user)
{
	return PIX_ARCHIVE_USER_CONTEXT(user);
}

static void pix_archive_user_deinit(struct mail_user *user)
{
	struct pix_archive_user *auser = PIX_ARCHIVE_USER_CONTEXT(user);

	auser->module_ctx.super.deinit(user);
	event_set_ptr(user->event, PIX_ARCHIVE_USER_EVENT_PTR, NULL);
	pix_archive_client_deinit(&auser->client);
	pix_retention_file_deinit(&auser->policy);
	pix_settings_free(&auser->set);
	event_unref(&auser->event);
}

static const char *pix_archive_user_socket(struct pix_archive_user *auser)
{
	const char *path = auser->set->pix_archive_socket;

	return *path == '/' ? path : t_strconcat(pix_mail_base_dir(), "/", path, NULL);
}

/* Settings that can't be read guard everything: nothing may be deleted. */
static void pix_archive_user_settings(struct pix_archive_user *auser)
{
	const char *const *unknown, *error;
	const void *set;

	if (pix_settings_get_user(auser->user, &pix_archive_setting_parser_info,
				  &set, &unknown, &error) < 0) {
		e_error(auser->event, "%s: no mail can be deleted until this is corrected", error);
		auser->error = p_strdup(auser->user->pool, error);
		return;
	}
	for (; *unknown != NULL; unknown++) {
		e_error(auser->event, "Unknown setting %s: it has no effect (check plugin { })",
			*unknown);
	}
	auser->set = set;
	auser->policy = pix_retention_file_init(auser->set->pix_archive_policy, auser->event);
	auser->client = pix_archive_client_init(pix_archive_user_socket(auser),
						auser->set->pix_archive_timeout * 1000);
	auser->groups = (const char *const *)
		p_strsplit_spaces(auser->user->pool, auser->set->pix_archive_groups, " ");
}

void pix_archive_user_created(struct mail_user *user)
{
	struct mail_user_vfuncs *v = user->vlast;
	struct pix_archive_user *auser;

	/* the raw mail of a delivery, and the archive itself */
	if (user->autocreated ||
	    (user->service != NULL && strcmp(user->service, "pix-archive") == 0))
		return;
	auser = p_new(user->pool, struct pix_archive_user, 1);
	auser->user = user;
	auser->module_ctx.super = *v;
	user->vlast = &auser->module_ctx.super;
	v->deinit = pix_archive_user_deinit;
	event_set_ptr(user->event, PIX_ARCHIVE_USER_EVENT_PTR, auser);
	auser->event = event_create(user->event);
	event_set_append_log_prefix(auser->event, "pix_archive: ");
	MODULE_CONTEXT_SET(user, pix_archive_user_module, auser);
	pix_archive_user_settings(auser);
}
