/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-settings-audit.h"

#define DEF(type, name) PIX_SETTING_DEF(type, name, struct pix_audit_settings)

static const struct setting_define pix_audit_setting_defines[] = {
	DEF(STR, pix_audit_dir),
	DEF(STR, pix_audit_key_file),
	DEF(STR, pix_audit_origin),
	DEF(STR, pix_audit_checkpoint_copy),
	DEF(TIME_MSECS, pix_audit_commit_interval),
	DEF(TIME_MSECS, pix_audit_publish_interval),
	DEF(BOOL, pix_audit_unattested),
	DEF(BOOL, pix_audit_compress),
	DEF(SIZE, pix_audit_journal_size),
	SETTING_DEFINE_LIST_END
};

static const struct pix_audit_settings pix_audit_default_settings = {
	.pix_audit_dir = PIX_STATEDIR"/audit",
	.pix_audit_key_file = PIX_SYSCONFDIR"/dovecot-pix/keys/audit.key",
	.pix_audit_origin = "",
	.pix_audit_checkpoint_copy = "",
	.pix_audit_commit_interval = 20,
	.pix_audit_publish_interval = 1000,
	.pix_audit_unattested = TRUE,
	.pix_audit_compress = TRUE,
	.pix_audit_journal_size = 32 * 1024 * 1024,
};

PIX_SETTINGS_INFO(pix_audit, struct pix_audit_settings);
