/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-mail-user.h"
#include "pix-compat.h"
#include "master-service.h"
#include "master-service-settings.h"

const char *pix_mail_user_field(const struct mail_user *user, const char *name)
{
	const size_t len = strlen(name);

	if (user->userdb_fields == NULL)
		return NULL;
	for (unsigned int i = 0; user->userdb_fields[i] != NULL; i++) {
		const char *field = user->userdb_fields[i];

		if (strncmp(field, name, len) != 0)
			continue;
		if (field[len] == '=')
			return field + len + 1;
		if (field[len] == '\0')
			return field + len;
	}
	return NULL;
}

const char *pix_mail_user_master(const struct mail_user *user)
{
	return pix_mail_user_field(user, "master_user");
}

bool pix_mail_user_is_tls(const struct mail_user *user)
{
#if PIX_DOVECOT_24
	return user->conn.end_client_tls_secured;
#else
	return user->conn.ssl_secured;
#endif
}

const char *pix_mail_base_dir(void)
{
#if PIX_DOVECOT_24
	return t_strdup(master_service_get_service_settings(master_service)->base_dir);
#else
	return t_strdup(master_service_settings_get(master_service)->base_dir);
#endif
}
