/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-settings-oauth2.h"

#define DEF(type, name) PIX_SETTING_DEF(type, name, struct pix_oauth2_settings)

static const struct setting_define pix_oauth2_setting_defines[] = {
	DEF(STR, pix_oauth2_issuers_file),
	DEF(STR, pix_oauth2_issuer),
	DEF(STR, pix_oauth2_profile),
	DEF(STR, pix_oauth2_audience),
	DEF(STR, pix_oauth2_keys),
	DEF(STR, pix_oauth2_algorithms),
	DEF(STR, pix_oauth2_scope),
	DEF(STR, pix_oauth2_user),
	DEF(STR, pix_oauth2_user_domain),
	DEF(STR, pix_oauth2_state_dir),
	DEF(STR, pix_oauth2_ca_file),
	DEF(TIME_MSECS, pix_oauth2_http_timeout),
	DEF(SIZE, pix_oauth2_cache_size),
	DEF(TIME, pix_oauth2_cache_ttl),
	DEF(ENUM, pix_oauth2_revocation),
	DEF(STR, pix_oauth2_socket),
	DEF(ENUM, pix_oauth2_passdb_check),
	SETTING_DEFINE_LIST_END
};

static const struct pix_oauth2_settings pix_oauth2_default_settings = {
	.pix_oauth2_issuers_file = "",
	.pix_oauth2_issuer = "",
	.pix_oauth2_profile = "",
	.pix_oauth2_audience = "",
	.pix_oauth2_keys = "",
	.pix_oauth2_algorithms = "",
	.pix_oauth2_scope = "",
	.pix_oauth2_user = "",
	.pix_oauth2_user_domain = "",
	.pix_oauth2_state_dir = PIX_STATEDIR "/oauth2",
	.pix_oauth2_ca_file = "",
	.pix_oauth2_http_timeout = 5000,
	.pix_oauth2_cache_size = 8 * 1024 * 1024,
	.pix_oauth2_cache_ttl = 300,
	.pix_oauth2_revocation = "required:none",
	.pix_oauth2_socket = "pix-identity",
	.pix_oauth2_passdb_check = "optional:required:none",
};

PIX_SETTINGS_INFO(pix_oauth2, struct pix_oauth2_settings);
