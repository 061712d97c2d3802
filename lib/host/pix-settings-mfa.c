/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-settings-mfa.h"

#define DEF(type, name) PIX_SETTING_DEF(type, name, struct pix_mfa_settings)

static const struct setting_define pix_mfa_setting_defines[] = {
	DEF(STR, pix_mfa_socket),
	DEF(TIME_MSECS, pix_mfa_timeout),
	DEF(STR, pix_mfa_separator),
	DEF(STR, pix_mfa_policy),
	DEF(ENUM, pix_mfa_master_users),
	SETTING_DEFINE_LIST_END
};

static const struct pix_mfa_settings pix_mfa_default_settings = {
	.pix_mfa_socket = "pix-identity",
	.pix_mfa_timeout = 5000,
	.pix_mfa_separator = "",
	.pix_mfa_policy = "",
	.pix_mfa_master_users = "check:allow",
};

PIX_SETTINGS_INFO(pix_mfa, struct pix_mfa_settings);
