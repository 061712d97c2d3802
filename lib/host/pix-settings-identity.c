/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-settings-identity.h"

#define DEF(type, name) PIX_SETTING_DEF(type, name, struct pix_identity_settings)

static const struct setting_define pix_identity_setting_defines[] = {
	DEF(STR, pix_identity_dir),
	DEF(STR, pix_identity_epoch_dir),
	DEF(STR, pix_identity_key_file),
	DEF(ENUM, pix_identity_store),
	DEF(STR, pix_identity_store_connect),
	DEF(STR, pix_identity_issuer),
	DEF(ENUM, pix_identity_totp_algorithm),
	DEF(UINT, pix_identity_totp_digits),
	DEF(TIME, pix_identity_totp_period),
	DEF(UINT, pix_identity_totp_window),
	DEF(UINT, pix_identity_app_password_limit),
	DEF(UINT, pix_identity_code_limit),
	DEF(TIME, pix_identity_code_interval),
	DEF(STR, pix_identity_session_users),
	SETTING_DEFINE_LIST_END
};

static const struct pix_identity_settings pix_identity_default_settings = {
	.pix_identity_dir = PIX_STATEDIR"/identity",
	.pix_identity_epoch_dir = PIX_STATEDIR"/identity-epoch",
	.pix_identity_key_file = PIX_SYSCONFDIR"/dovecot-pix/keys/identity.key",
	.pix_identity_store = "sqlite:pgsql:mysql",
	.pix_identity_store_connect = "",
	.pix_identity_issuer = "Mail",
	.pix_identity_totp_algorithm = "sha1:sha256:sha512",
	.pix_identity_totp_digits = 6,
	.pix_identity_totp_period = 30,
	.pix_identity_totp_window = 1,
	.pix_identity_app_password_limit = 25,
	.pix_identity_code_limit = 10,
	.pix_identity_code_interval = 300,
	.pix_identity_session_users = "",
};

PIX_SETTINGS_INFO(pix_identity, struct pix_identity_settings);
