/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

/* The settings of all parts, for the config process of both hosts. A part
   that isn't built leaves its names out, so that they are refused. */

#include "pix-settings.h"
#include "pix-core.h"
#ifdef PIX_HAVE_AUDIT
#  include "pix-settings-audit.h"
#endif
#ifdef PIX_HAVE_MFA
#  include "pix-settings-mfa.h"
#endif
#include "pix-settings-identity.h"
#ifdef PIX_HAVE_OAUTH2
#  include "pix-settings-oauth2.h"
#endif
#include "pix-settings-session.h"
#ifdef PIX_HAVE_SORT
#  include "pix-settings-sort.h"
#endif

extern const char *pix_settings_version;
extern const struct setting_parser_info *const pix_settings_set_infos[];
extern const struct setting_parser_info *const pix_settings_set_roots[];

#ifdef PIX_HAVE_AUDIT
#  define PIX_SETTINGS_AUDIT &pix_audit_setting_parser_info,
#else
#  define PIX_SETTINGS_AUDIT
#endif
#ifdef PIX_HAVE_MFA
#  define PIX_SETTINGS_MFA &pix_mfa_setting_parser_info,
#else
#  define PIX_SETTINGS_MFA
#endif
#if defined(PIX_HAVE_MFA) || defined(PIX_HAVE_OAUTH2)
#  define PIX_SETTINGS_IDENTITY &pix_identity_setting_parser_info,
#  define PIX_SETTINGS_SESSION &pix_session_setting_parser_info,
#else
#  define PIX_SETTINGS_IDENTITY
#  define PIX_SETTINGS_SESSION
#endif
#ifdef PIX_HAVE_OAUTH2
#  define PIX_SETTINGS_OAUTH2 &pix_oauth2_setting_parser_info,
#else
#  define PIX_SETTINGS_OAUTH2
#endif
#ifdef PIX_HAVE_SORT
#  define PIX_SETTINGS_SORT &pix_sort_setting_parser_info,
#else
#  define PIX_SETTINGS_SORT
#endif
#define PIX_SETTINGS_LIST \
	PIX_SETTINGS_AUDIT \
	PIX_SETTINGS_IDENTITY \
	PIX_SETTINGS_MFA \
	PIX_SETTINGS_OAUTH2 \
	PIX_SETTINGS_SESSION \
	PIX_SETTINGS_SORT \
	NULL

PIX_EXPORT const char *pix_settings_version = DOVECOT_ABI_VERSION;
/* 2.4 looks for the first name, 2.3 for the second */
PIX_EXPORT const struct setting_parser_info *const pix_settings_set_infos[] = {
	PIX_SETTINGS_LIST
};
PIX_EXPORT const struct setting_parser_info *const pix_settings_set_roots[] = {
	PIX_SETTINGS_LIST
};
