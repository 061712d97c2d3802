/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

/* The settings of all parts, for the config process of both hosts. A part
   that isn't built leaves its names out, so that they are refused. */

#include "pix-core.h"
#include "pix-settings-all.h"

extern const char *pix_settings_version;
extern const struct setting_parser_info *const pix_settings_set_infos[];
extern const struct setting_parser_info *const pix_settings_set_roots[];

PIX_EXPORT const char *pix_settings_version = DOVECOT_ABI_VERSION;
/* 2.4 looks for the first name, 2.3 for the second */
PIX_EXPORT const struct setting_parser_info *const pix_settings_set_infos[] = {
	PIX_SETTINGS_LIST
};
PIX_EXPORT const struct setting_parser_info *const pix_settings_set_roots[] = {
	PIX_SETTINGS_LIST
};
