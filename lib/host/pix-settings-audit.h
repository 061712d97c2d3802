/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */
#ifndef PIX_SETTINGS_AUDIT_H
#define PIX_SETTINGS_AUDIT_H

#include "pix-settings.h"

/* Settings of the collector, pix-audit(8). */
struct pix_audit_settings {
	pool_t pool;
	const char *pix_audit_dir;
	const char *pix_audit_key_file;
	const char *pix_audit_origin;
	const char *pix_audit_checkpoint_copy;
	unsigned int pix_audit_commit_interval;
	unsigned int pix_audit_publish_interval;
	bool pix_audit_unattested;
	bool pix_audit_compress;
	uoff_t pix_audit_journal_size;
};

extern const struct setting_parser_info pix_audit_setting_parser_info;

#endif
