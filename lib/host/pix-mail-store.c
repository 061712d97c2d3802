/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-mail-store.h"
#include "pix-compat.h"
#include "array.h"
#include "mail-namespace.h"
#include "mail-storage-service.h"
#include "mail-storage.h"
#include "mail-user.h"
#include "master-service.h"

#include <unistd.h>

struct pix_mail_store {
	struct mail_storage_service_ctx *ctx;
	char *service;
};

struct pix_mail_store_user {
	struct mail_user *user;
	struct mail_storage_service_user *service_user;
};

void pix_mail_store_args(int *argc, char **argv[])
{
	static char option[] = "-o";
#if PIX_DOVECOT_24
	static char plugins[] = "mail_plugins=mail_compress";
#else
	static char plugins[] = "mail_plugins=zlib";
#endif
	char **args = i_new(char *, (unsigned int)*argc + 3);

	args[0] = (*argv)[0];
	args[1] = option;
	args[2] = plugins;
	for (int i = 1; i < *argc; i++)
		args[i + 2] = (*argv)[i];
	*argv = args;
	*argc += 2;
}

struct pix_mail_store *pix_mail_store_init(const char *service)
{
	const enum mail_storage_service_flags flags =
		MAIL_STORAGE_SERVICE_FLAG_NO_RESTRICT_ACCESS |
		MAIL_STORAGE_SERVICE_FLAG_NO_CHDIR |
		MAIL_STORAGE_SERVICE_FLAG_NO_LOG_INIT |
		MAIL_STORAGE_SERVICE_FLAG_NO_NAMESPACES |
		MAIL_STORAGE_SERVICE_FLAG_NO_IDLE_TIMEOUT;
	struct pix_mail_store *store = i_new(struct pix_mail_store, 1);

	store->service = i_strdup(service);
#if PIX_DOVECOT_24
	store->ctx = mail_storage_service_init(master_service, flags);
#else
	store->ctx = mail_storage_service_init(master_service, NULL, flags);
#endif
	return store;
}

void pix_mail_store_deinit(struct pix_mail_store **_store)
{
	struct pix_mail_store *store = *_store;

	if (store == NULL)
		return;
	*_store = NULL;
	mail_storage_service_deinit(&store->ctx);
	i_free(store->service);
	i_free(store);
}

/* Settings of the storage. Whatever the operator's global settings say, an
   archive is synced to the disk and keeps messages byte by byte (CRLF). */
static const char *const *
pix_mail_store_fields(const char *path, bool compress)
{
	ARRAY_TYPE(const_string) fields;
	const char *const common[] = {
		"mail_fsync=always",
		"mail_save_crlf_files=yes",
		"first_valid_uid=1",
		"last_valid_uid=0",
		"mail_full_filesystem_access=no",
		t_strdup_printf("mail_uid=%lu", (unsigned long)geteuid()),
		t_strdup_printf("mail_gid=%lu", (unsigned long)getegid()),
#if PIX_DOVECOT_24
		t_strdup_printf("mail_home=%s", path),
		"mail_driver=mdbox",
		t_strdup_printf("mail_path=%s", path),
		"mail_inbox_path=", "mail_index_path=", "mail_control_path=",
		"mail_alt_path=", "mail_volatile_path=",
		compress ? "mail_plugins=mail_compress" : "mail_plugins=",
		compress ? "mail_compress_write_method=zstd" : NULL,
#else
		t_strdup_printf("uid=%lu", (unsigned long)geteuid()),
		t_strdup_printf("gid=%lu", (unsigned long)getegid()),
		t_strdup_printf("home=%s", path),
		t_strdup_printf("mail=mdbox:%s", path),
		"mail_attribute_dict=", "mail_attachment_dir=",
		compress ? "mail_plugins=zlib" : "mail_plugins=",
		compress ? "plugin/zlib_save=zstd" : NULL,
#endif
	};

	t_array_init(&fields, 24);
	for (unsigned int i = 0; i < N_ELEMENTS(common); i++) {
		if (common[i] != NULL)
			array_push_back(&fields, &common[i]);
	}
	array_append_zero(&fields);
	return array_front(&fields);
}

static int
pix_mail_store_namespaces(struct mail_user *user, const char *path,
			  const char **error_r)
{
#if PIX_DOVECOT_24
	return mail_namespaces_init_location(user, user->event, error_r);
#else
	return mail_namespaces_init_location(user,
		t_strdup_printf("mdbox:%s", path), error_r);
#endif
}

int pix_mail_store_open(struct pix_mail_store *store, const char *name,
			const char *path, bool compress,
			struct pix_mail_store_user **user_r, const char **error_r)
{
	const char *const *fields = pix_mail_store_fields(path, compress);
	struct mail_storage_service_input input;
	struct pix_mail_store_user *user;
	int ret;

	*user_r = NULL;
	i_zero(&input);
	input.service = store->service;
	input.username = name;
	input.no_userdb_lookup = TRUE;
	user = i_new(struct pix_mail_store_user, 1);
#if PIX_DOVECOT_24
	input.code_override_fields = fields;
	ret = mail_storage_service_lookup_next(store->ctx, &input, &user->user, error_r);
	if (ret > 0)
		user->service_user = user->user->service_user;
#else
	input.module = "mail";
	input.userdb_fields = fields;
	ret = mail_storage_service_lookup_next(store->ctx, &input,
					       &user->service_user, &user->user, error_r);
#endif
	if (ret == 0)
		*error_r = "unknown user";
	if (ret <= 0) {
		i_free(user);
		return -1;
	}
	if (pix_mail_store_namespaces(user->user, path, error_r) < 0) {
		*error_r = t_strdup(*error_r);
		pix_mail_store_close(&user);
		return -1;
	}
	/* our own log prefix again, and no context for what comes after */
	mail_storage_service_io_deactivate_user(user->service_user);
	*user_r = user;
	return 0;
}

void pix_mail_store_close(struct pix_mail_store_user **_user)
{
	struct pix_mail_store_user *user = *_user;

	if (user == NULL)
		return;
	*_user = NULL;
#if PIX_DOVECOT_24
	mail_user_deinit(&user->user);
#else
	mail_user_deinit(&user->user);
	mail_storage_service_user_unref(&user->service_user);
#endif
	i_free(user);
}

struct mail_namespace *
pix_mail_store_namespace(struct pix_mail_store_user *user)
{
	return mail_namespace_find_inbox(user->user->namespaces);
}
