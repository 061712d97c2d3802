/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */
#ifndef PIX_SETTINGS_OAUTH2_H
#define PIX_SETTINGS_OAUTH2_H

#include "pix-settings.h"

struct pix_oauth2_settings {
	pool_t pool;
	/* the issuers file; "" = none */
	const char *pix_oauth2_issuers_file;

	/* one issuer without a file; "" = none */
	const char *pix_oauth2_issuer;
	const char *pix_oauth2_profile;
	const char *pix_oauth2_audience;
	const char *pix_oauth2_keys;
	const char *pix_oauth2_algorithms;
	const char *pix_oauth2_scope;
	const char *pix_oauth2_user;
	const char *pix_oauth2_user_domain;

	/* last good keys of each issuer; belongs to the uid of auth */
	const char *pix_oauth2_state_dir;
	/* CAs for providers, in PEM; "" = those of the system */
	const char *pix_oauth2_ca_file;
	unsigned int pix_oauth2_http_timeout;
	/* memory of tokens that were found good, 0 = none */
	uoff_t pix_oauth2_cache_size;
	/* how long a verified token is remembered at most */
	unsigned int pix_oauth2_cache_ttl;
	/* "required:none" */
	const char *pix_oauth2_revocation;
	/* socket of pix-identity, absolute or below base_dir */
	const char *pix_oauth2_socket;
	/* "optional:required:none" */
	const char *pix_oauth2_passdb_check;
};

extern const struct setting_parser_info pix_oauth2_setting_parser_info;

#endif
