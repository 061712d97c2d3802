/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

/* lib20_pix_sort_plugin.so: "mail_plugins = … pix_sort" */

#include "pix-sort-plugin.h"
#include "pix-core.h"
#include "mail-storage-private.h"
#include "mail-storage-hooks.h"

PIX_EXPORT const char *pix_sort_plugin_version = DOVECOT_ABI_VERSION;

static MODULE_CONTEXT_DEFINE_INIT(pix_sort_user_module,
				  &mail_user_module_register);

struct pix_sort_user *pix_sort_user_get(struct mail_user *user)
{
	return MODULE_CONTEXT(user, pix_sort_user_module);
}

static void pix_sort_user_deinit(struct mail_user *user)
{
	struct pix_sort_user *suser = pix_sort_user_get(user);
	const struct pix_sort_settings *set = suser->set;

	event_set_ptr(user->event, PIX_SORT_MARKS_KEY, NULL);
	event_set_ptr(user->event, PIX_SORT_LABELS_KEY, NULL);
	suser->module_ctx.super.deinit(user);
	if (set != &pix_sort_default_settings)
		pix_settings_free(&set);
}

static void pix_sort_user_created(struct mail_user *user)
{
	struct mail_user_vfuncs *v = user->vlast;
	struct pix_sort_user *suser;
	const char *const *unknown, *error;
	const void *set;

	suser = p_new(user->pool, struct pix_sort_user, 1);
	suser->module_ctx.super = *v;
	user->vlast = &suser->module_ctx.super;
	v->deinit = pix_sort_user_deinit;
	suser->user = user;

	if (pix_settings_get_user(user, &pix_sort_setting_parser_info, &set,
				  &unknown, &error) < 0) {
		e_error(user->event, "pix-sort: "
			"Could not read settings, using the defaults: %s", error);
		set = &pix_sort_default_settings;
	} else {
		for (; *unknown != NULL; unknown++) {
			e_warning(user->event, "pix-sort: Unknown setting: "
				  "name=%s (check plugin {} for its spelling)",
				  *unknown);
		}
	}
	suser->set = set;
	suser->marks = p_new(user->pool, struct pix_sort_marks, 1);
	suser->marks->pool = user->pool;
	event_set_ptr(user->event, PIX_SORT_MARKS_KEY, suser->marks);
	MODULE_CONTEXT_SET(user, pix_sort_user_module, suser);
	pix_sort_deliver_hook();
}

static struct mail_storage_hooks pix_sort_storage_hooks = {
	.mail_user_created = pix_sort_user_created,
	.mailbox_allocated = pix_sort_mailbox_allocated,
};

PIX_EXPORT void pix_sort_plugin_init(struct module *module)
{
	mail_storage_hooks_add(module, &pix_sort_storage_hooks);
}

PIX_EXPORT void pix_sort_plugin_deinit(void)
{
	mail_storage_hooks_remove(&pix_sort_storage_hooks);
	pix_sort_deliver_unhook();
}
