/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-settings-session.h"

#define DEF(type, name) PIX_SETTING_DEF(type, name, struct pix_session_settings)

static const struct setting_define pix_session_setting_defines[] = {
	DEF(ENUM, pix_session_master_users),
	DEF(TIME, pix_session_expiry_grace),
	DEF(TIME_MSECS, pix_session_timeout),
	SETTING_DEFINE_LIST_END
};

static const struct pix_session_settings pix_session_default_settings = {
	.pix_session_master_users = "check:refuse:allow",
	.pix_session_expiry_grace = 0,
	.pix_session_timeout = 3000,
};

PIX_SETTINGS_INFO(pix_session, struct pix_session_settings);

enum pix_session_master_policy
pix_session_settings_master(const struct pix_session_settings *set)
{
	if (strcmp(set->pix_session_master_users, "allow") == 0)
		return PIX_SESSION_MASTER_ALLOW;
	if (strcmp(set->pix_session_master_users, "refuse") == 0)
		return PIX_SESSION_MASTER_REFUSE;
	return PIX_SESSION_MASTER_CHECK;
}
