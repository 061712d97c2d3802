/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */
#ifndef PIX_SETTINGS_MFA_H
#define PIX_SETTINGS_MFA_H

#include "pix-settings.h"

/* Settings of the passdb pix_mfa, read by auth. */
struct pix_mfa_settings {
	pool_t pool;

	/* socket of pix-identity, absolute or below base_dir */
	const char *pix_mfa_socket;
	/* msecs until an unanswered question counts as a refusal */
	unsigned int pix_mfa_timeout;
	/* between password and code; empty: the code follows at once */
	const char *pix_mfa_separator;
	/* who must have a second factor: lib/core/pix-mfa-policy.h */
	const char *pix_mfa_policy;
	/* check: chains of master users need the passdb too; allow: not */
	const char *pix_mfa_master_users;
};

extern const struct setting_parser_info pix_mfa_setting_parser_info;

#endif
