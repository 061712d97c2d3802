/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */
#ifndef PIX_SETTINGS_IDENTITY_H
#define PIX_SETTINGS_IDENTITY_H

#include "pix-settings.h"

/* Settings of the service pix-identity. */
struct pix_identity_settings {
	pool_t pool;

	/* folder of the database and of what lies beside it */
	const char *pix_identity_dir;
	/* folder of the epoch, which no restore of the database touches */
	const char *pix_identity_epoch_dir;
	/* 32 random bytes, root-only */
	const char *pix_identity_key_file;
	/* sqlite, pgsql, mysql */
	const char *pix_identity_store;
	/* connect string of pgsql and mysql; empty for sqlite */
	const char *pix_identity_store_connect;
	/* name of the account in the user's authenticator */
	const char *pix_identity_issuer;
	/* what new enrolments use */
	const char *pix_identity_totp_algorithm;
	unsigned int pix_identity_totp_digits;
	/* seconds */
	unsigned int pix_identity_totp_period;
	/* time steps before and after now, once active */
	unsigned int pix_identity_totp_window;
	/* app passwords a user may have; 0: none may be made */
	unsigned int pix_identity_app_password_limit;
	/* wrong codes of a user, over all addresses, until codes are refused */
	unsigned int pix_identity_code_limit;
	/* seconds in which these count */
	unsigned int pix_identity_code_interval;
	/* users whose mail processes don't begin as root, separated by spaces */
	const char *pix_identity_session_users;
};

extern const struct setting_parser_info pix_identity_setting_parser_info;

#endif
