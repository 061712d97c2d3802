/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */
#ifndef PIX_SETTINGS_ARCHIVE_H
#define PIX_SETTINGS_ARCHIVE_H

#include "pix-settings.h"

/* Settings of retention and archive: of the service pix-archive, of doveadm
   and of mail processes (there on 2.3 inside plugin {}). */
struct pix_archive_settings {
	pool_t pool;

	/* the policy file; empty: no mail is retained by a label */
	const char *pix_archive_policy;
	/* socket of mail processes, relative to base_dir */
	const char *pix_archive_socket;
	/* socket of doveadm, relative to base_dir */
	const char *pix_archive_admin_socket;
	/* how long a deletion waits for the archive, in seconds */
	unsigned int pix_archive_timeout;
	/* refuse, divert: what doveadm may do to retained mail */
	const char *pix_archive_doveadm;
	/* groups of the user, space-separated (userdb) */
	const char *pix_archive_groups;

	/* of the service alone: */
	const char *pix_archive_dir;
	/* 32 random bytes, root-only */
	const char *pix_archive_key_file;
	/* archives that are kept open */
	unsigned int pix_archive_owners_max;
	/* zstd, none: of the content */
	const char *pix_archive_compress;
	/* largest share of an owner's archive that one run disposes of without
	   a person's approval, in percent */
	unsigned int pix_archive_dispose_percent;
	/* shortening and releasing needs a second person */
	bool pix_archive_two_persons;
};

extern const struct setting_parser_info pix_archive_setting_parser_info;

#endif
