/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */
#ifndef PIX_SETTINGS_ALL_H
#define PIX_SETTINGS_ALL_H

/* PIX_SETTINGS_LIST: the tables of all parts that are built, NULL-terminated. A
   part adds its include and its line. */

#include "pix-settings.h"
#ifdef PIX_HAVE_ARCHIVE
#  include "pix-settings-archive.h"
#  define PIX_SETTINGS_ARCHIVE &pix_archive_setting_parser_info,
#else
#  define PIX_SETTINGS_ARCHIVE
#endif
#ifdef PIX_HAVE_AUDIT
#  include "pix-settings-audit.h"
#  include "pix-settings-audit-emit.h"
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

#ifdef PIX_HAVE_AUDIT
#  define PIX_SETTINGS_AUDIT \
	&pix_audit_setting_parser_info, &pix_audit_emit_setting_parser_info,
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
	PIX_SETTINGS_ARCHIVE \
	PIX_SETTINGS_AUDIT \
	PIX_SETTINGS_IDENTITY \
	PIX_SETTINGS_MFA \
	PIX_SETTINGS_OAUTH2 \
	PIX_SETTINGS_SESSION \
	PIX_SETTINGS_SORT \
	NULL

#endif
