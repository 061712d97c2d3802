/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-settings-archive.h"

#define DEF(type, name) PIX_SETTING_DEF(type, name, struct pix_archive_settings)

static const struct setting_define pix_archive_setting_defines[] = {
	DEF(STR, pix_archive_policy),
	DEF(STR, pix_archive_socket),
	DEF(STR, pix_archive_admin_socket),
	DEF(TIME, pix_archive_timeout),
	DEF(ENUM, pix_archive_doveadm),
	DEF(STR, pix_archive_groups),
	DEF(STR, pix_archive_dir),
	DEF(STR, pix_archive_key_file),
	DEF(UINT, pix_archive_owners_max),
	DEF(ENUM, pix_archive_compress),
	DEF(UINT, pix_archive_dispose_percent),
	DEF(BOOL, pix_archive_two_persons),
	SETTING_DEFINE_LIST_END
};

static const struct pix_archive_settings pix_archive_default_settings = {
	.pix_archive_policy = PIX_SYSCONFDIR"/dovecot-pix/retention.policy",
	.pix_archive_socket = "pix-archive",
	.pix_archive_admin_socket = "pix-archive-admin",
	.pix_archive_timeout = 30,
	.pix_archive_doveadm = "refuse:divert",
	.pix_archive_groups = "",
	.pix_archive_dir = PIX_STATEDIR"/archive",
	.pix_archive_key_file = PIX_SYSCONFDIR"/dovecot-pix/keys/archive.key",
	.pix_archive_owners_max = 100,
	.pix_archive_compress = "zstd:none",
	.pix_archive_dispose_percent = 10,
	.pix_archive_two_persons = TRUE,
};

PIX_SETTINGS_INFO(pix_archive, struct pix_archive_settings);
