/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */
#ifndef PIX_SETTINGS_AUDIT_EMIT_H
#define PIX_SETTINGS_AUDIT_EMIT_H

#include "pix-settings.h"

/* Settings of the processes that make audit records. */
struct pix_audit_emit_settings {
	pool_t pool;

	/* the collector's folder, which has the spool in it */
	const char *pix_audit_dir;
	/* "allow" or "refuse", and words CLASS=allow|refuse for record classes
	   (docs/protocol/audit-record.md) */
	const char *pix_audit_on_failure;
	/* seconds for which one mail.sync record stands */
	unsigned int pix_audit_sync_window;
};

extern const struct setting_parser_info pix_audit_emit_setting_parser_info;

/* Classes of records, as bits. */
enum pix_audit_class {
	PIX_AUDIT_CLASS_ACCESS = 0x01,
	PIX_AUDIT_CLASS_AUTH = 0x02,
	PIX_AUDIT_CLASS_CHANGE = 0x04,
	PIX_AUDIT_CLASS_EVIDENCE = 0x08,
	PIX_AUDIT_CLASS_ADMIN = 0x10,
	PIX_AUDIT_CLASS_ALL = 0x1f,
};

/* Reads pix_audit_on_failure: refuse_r is the classes whose operations are
   refused when they can't be recorded. Returns 0, or -1 and error_r. */
int pix_audit_on_failure_parse(const char *value, enum pix_audit_class *refuse_r,
			       const char **error_r);

#endif
