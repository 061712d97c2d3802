/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-doveadm-user.h"
#include "pix-compat.h"
#include "array.h"
#include "mail-namespace.h"
#include "mail-storage-settings.h"
#include "mail-storage-service.h"
#include "mail-storage.h"
#include "mail-user.h"
#include "master-service.h"

#include <unistd.h>

struct pix_doveadm_user {
	struct mail_storage_service_ctx *ctx;
	struct mail_storage_service_user *service_user;
	struct mail_user *user;
};

static struct mail_storage_service_ctx *pix_doveadm_storage_service(void)
{
	const enum mail_storage_service_flags flags =
		MAIL_STORAGE_SERVICE_FLAG_USERDB_LOOKUP |
		MAIL_STORAGE_SERVICE_FLAG_TEMP_PRIV_DROP |
		MAIL_STORAGE_SERVICE_FLAG_NO_CHDIR |
		MAIL_STORAGE_SERVICE_FLAG_NO_LOG_INIT;

#if PIX_DOVECOT_24
	return mail_storage_service_init(master_service, flags);
#else
	return mail_storage_service_init(master_service, NULL, flags);
#endif
}

struct pix_doveadm_user *
pix_doveadm_user_open(const char *username, const char *setting)
{
	struct pix_doveadm_user *user = i_new(struct pix_doveadm_user, 1);
	struct mail_storage_service_input input;
	const char *error = "unknown error";
	int ret;

	user->ctx = pix_doveadm_storage_service();
	i_zero(&input);
	input.service = "doveadm";
	input.username = username;
#if PIX_DOVECOT_24
	const char *const overrides[] = { setting, NULL };

	if (setting != NULL)
		input.code_override_fields = overrides;
	ret = mail_storage_service_lookup_next(user->ctx, &input, &user->user, &error);
#else
	input.module = "mail";
	ret = mail_storage_service_lookup(user->ctx, &input, &user->service_user, &error);
	if (ret > 0 && setting != NULL) {
		const char *value = strchr(setting, '=');

		ret = mail_storage_service_user_set_setting(user->service_user,
			t_strconcat("plugin/", t_strdup_until(setting, value), NULL),
			value + 1, &error) < 0 ? -1 : 1;
	}
	if (ret > 0 && mail_storage_service_next(user->ctx, user->service_user,
						 &user->user, &error) < 0)
		ret = -1;
#endif
	if (ret > 0)
		return user;
	pix_doveadm_fail(ret == 0 ? EX_NOUSER : EX_TEMPFAIL, "User %s: %s", username,
			 ret == 0 ? "unknown user" : error);
	pix_doveadm_user_close(&user);
	return NULL;
}

static void pix_doveadm_root(void)
{
	/* the storage service drops the effective ids alone */
	if (geteuid() != 0 && seteuid(0) < 0)
		i_fatal("seteuid(0) failed: %m");
	if (getegid() != 0 && setegid(0) < 0)
		i_fatal("setegid(0) failed: %m");
}

void pix_doveadm_user_close(struct pix_doveadm_user **_user)
{
	struct pix_doveadm_user *user = *_user;

	if (user == NULL)
		return;
	*_user = NULL;
	if (user->user != NULL)
		mail_user_deinit(&user->user);
#if !PIX_DOVECOT_24
	if (user->service_user != NULL) {
		mail_storage_service_io_deactivate_user(user->service_user);
		mail_storage_service_user_unref(&user->service_user);
	}
#endif
	mail_storage_service_deinit(&user->ctx);
	if (getuid() == 0)
		pix_doveadm_root();
	i_free(user);
}

struct mail_user *pix_doveadm_user_get(struct pix_doveadm_user *user)
{
	return user->user;
}

struct mailbox *
pix_doveadm_user_mailbox(struct pix_doveadm_user *user, const char *name)
{
	struct mail_namespace *ns = mail_namespace_find_inbox(user->user->namespaces);
	char sep = mail_namespace_get_sep(ns);
	char *vname = t_strdup_noconst(name);

	for (char *p = vname; sep != '/' && *p != '\0'; p++) {
		if (*p == '/')
			*p = sep;
	}
	if (strcasecmp(vname, "INBOX") == 0)
		return mailbox_alloc(ns->list, "INBOX", 0);
	return mailbox_alloc(ns->list, t_strconcat(ns->prefix, vname, NULL), 0);
}

const char *pix_doveadm_user_folder(struct pix_doveadm_user *user, const char *vname)
{
	struct mail_namespace *ns = mail_namespace_find_inbox(user->user->namespaces);
	char sep = mail_namespace_get_sep(ns), *name;

	if (strncmp(vname, ns->prefix, ns->prefix_len) == 0 && vname[ns->prefix_len] != '\0')
		vname += ns->prefix_len;
	name = t_strdup_noconst(vname);
	for (char *p = name; sep != '/' && *p != '\0'; p++) {
		if (*p == sep)
			*p = '/';
	}
	return name;
}

bool pix_doveadm_user_has_plugin(const struct mail_user_settings *set, const char *name)
{
#if PIX_DOVECOT_24
	const char *plugin;

	if (!array_is_created(&set->mail_plugins))
		return FALSE;
	array_foreach_elem(&set->mail_plugins, plugin) {
		if (strcmp(plugin, name) == 0)
			return TRUE;
	}
	return FALSE;
#else
	return str_array_find(t_strsplit_spaces(set->mail_plugins, ", "), name);
#endif
}

int pix_doveadm_users(bool (*func)(const char *username, void *context), void *context)
{
	struct mail_storage_service_ctx *ctx = pix_doveadm_storage_service();
	struct mail_storage_service_input input;
	const char *username;
	int ret;

	i_zero(&input);
	input.service = "doveadm";
#if !PIX_DOVECOT_24
	input.module = "mail";
#endif
	mail_storage_service_init_settings(ctx, &input);
	mail_storage_service_all_init_mask(ctx, "");
	while ((ret = mail_storage_service_all_next(ctx, &username)) > 0) {
		if (!func(username, context))
			break;
	}
	if (ret < 0)
		pix_doveadm_fail(EX_TEMPFAIL, "The users could not be listed (does the userdb support it?)");
	mail_storage_service_deinit(&ctx);
	return ret < 0 ? -1 : 0;
}
