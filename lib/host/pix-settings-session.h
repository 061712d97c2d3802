/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */
#ifndef PIX_SETTINGS_SESSION_H
#define PIX_SETTINGS_SESSION_H

#include "pix-settings.h"
#include "pix-session-policy.h"

/* Settings of the session plugin, in mail processes. */
struct pix_session_settings {
	pool_t pool;

	/* "check", "refuse" or "allow" */
	const char *pix_session_master_users;
	/* seconds that a session goes on after its token expired */
	unsigned int pix_session_expiry_grace;
	/* deadline of the question to pix-identity */
	unsigned int pix_session_timeout;
};

extern const struct setting_parser_info pix_session_setting_parser_info;

enum pix_session_master_policy
pix_session_settings_master(const struct pix_session_settings *set);

#endif
