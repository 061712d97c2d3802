/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */
#ifndef PIX_SETTINGS_CHECK_H
#define PIX_SETTINGS_CHECK_H

#include "pix-core.h"

/* Questions about the settings of the suite and of the host that need no
   running server. */

enum pix_settings_check_result {
	/* no setting of a built part has this name */
	PIX_SETTINGS_CHECK_UNKNOWN = -2,
	/* error_r says what a right value looks like */
	PIX_SETTINGS_CHECK_INVALID = -1,
	PIX_SETTINGS_CHECK_OK = 0,
};

/* Does the host's parser accept value for the setting name? Values that are
   read from files or expanded ("<file", "%u", "$x") are taken as they are. */
enum pix_settings_check_result
pix_settings_check_value(const char *name, const char *value,
			 const char **error_r);
/* The known name that is most like name, or NULL. */
const char *pix_settings_check_similar(const char *name);
/* The default of a string setting, NULL if there is no such setting. */
const char *pix_settings_check_default(const char *name);
/* Calls func for each known setting. */
void pix_settings_check_foreach(void (*func)(const char *name, void *context),
				void *context);

/* TRUE if mail processes read settings from plugin {} (2.3). */
bool pix_host_has_plugin_section(void);

#endif
