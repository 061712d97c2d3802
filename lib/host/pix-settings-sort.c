/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-settings-sort.h"

#define DEF(type, name) PIX_SETTING_DEF(type, name, struct pix_sort_settings)

static const struct setting_define pix_sort_setting_defines[] = {
	DEF(STR, pix_sort_authserv_id),
	DEF(UINT, pix_sort_max_received),
	DEF(STR, pix_sort_arc_sealers),
	DEF(BOOL, pix_sort_retain_personal),
	DEF(STR, pix_sort_retain_folder),
	DEF(ENUM, pix_sort_dmarc_action),
	DEF(STR, pix_sort_quarantine_folder),
	DEF(ENUM, pix_sort_virus_action),
	DEF(ENUM, pix_sort_spam_action),
	DEF(STR, pix_sort_spam_folder),
	DEF(ENUM, pix_sort_impersonation_action),
	DEF(ENUM, pix_sort_list_action),
	DEF(STR, pix_sort_own_domains),
	SETTING_DEFINE_LIST_END
};

const struct pix_sort_settings pix_sort_default_settings = {
	.pix_sort_authserv_id = "",
	.pix_sort_max_received = 1,
	.pix_sort_arc_sealers = "",
	.pix_sort_retain_personal = FALSE,
	.pix_sort_retain_folder = "Trash",
	.pix_sort_dmarc_action = "tag:quarantine:none",
	.pix_sort_quarantine_folder = "Quarantine",
	.pix_sort_virus_action = "quarantine:tag:none",
	.pix_sort_spam_action = "tag:file:none",
	.pix_sort_spam_folder = "Junk",
	.pix_sort_impersonation_action = "tag:none",
	.pix_sort_list_action = "tag:none",
	.pix_sort_own_domains = "",
};

PIX_SETTINGS_INFO(pix_sort, struct pix_sort_settings);
