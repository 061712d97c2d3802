/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */
#ifndef PIX_SETTINGS_SORT_H
#define PIX_SETTINGS_SORT_H

#include "pix-settings.h"

/* Settings of the room sort, read by mail processes. Lists are separated by
   spaces. */
struct pix_sort_settings {
	pool_t pool;

	/* authserv-ids of the servers whose Authentication-Results are
	   trusted; empty: none */
	const char *pix_sort_authserv_id;
	/* Received fields that may stand above a trusted field */
	unsigned int pix_sort_max_received;
	/* domains of ARC sealers that are believed */
	const char *pix_sort_arc_sealers;

	/* users' own scripts may set retention labels */
	bool pix_sort_retain_personal;
	/* where a labelled mail goes that the scripts would not keep */
	const char *pix_sort_retain_folder;

	/* what the shipped scripts do */
	const char *pix_sort_dmarc_action;
	const char *pix_sort_quarantine_folder;
	const char *pix_sort_virus_action;
	const char *pix_sort_spam_action;
	const char *pix_sort_spam_folder;
	const char *pix_sort_impersonation_action;
	const char *pix_sort_list_action;
	/* the organisation's domains, for look-alikes */
	const char *pix_sort_own_domains;
};

extern const struct setting_parser_info pix_sort_setting_parser_info;
extern const struct pix_sort_settings pix_sort_default_settings;

#endif
