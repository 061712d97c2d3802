/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */
#ifndef PIX_SETTINGS_H
#define PIX_SETTINGS_H

/* Settings that are written once for both hosts.

   struct pix_audit_settings {
           pool_t pool;               - always first
           const char *pix_audit_dir;
           unsigned int pix_audit_commit_interval;
   };
   #define DEF(type, name) PIX_SETTING_DEF(type, name, struct pix_audit_settings)
   static const struct setting_define pix_audit_setting_defines[] = {
           DEF(STR, pix_audit_dir),
           DEF(TIME_MSECS, pix_audit_commit_interval),
           SETTING_DEFINE_LIST_END
   };
   static const struct pix_audit_settings pix_audit_default_settings = {...};
   PIX_SETTINGS_INFO(pix_audit, struct pix_audit_settings);

   The last line defines const struct setting_parser_info
   pix_audit_setting_parser_info. One table serves all processes; list it in
   plugins/settings/pix-settings-plugin.c. Types: BOOL UINT TIME TIME_MSECS
   SIZE STR ENUM (the default lists the choices: "allow:refuse"). */

#include "lib.h"
#include "settings-parser.h"
#include "pix-compat.h"

struct event;
struct mail_user;

#define PIX_SETTING_DEF(type, name, struct_name) \
	SETTING_DEFINE_STRUCT_##type(#name, name, struct_name)

#if PIX_DOVECOT_24
#  define PIX_SETTINGS_INFO(prefix, struct_type) \
	const struct setting_parser_info prefix##_setting_parser_info = { \
		.name = #prefix, \
		.defines = prefix##_setting_defines, \
		.defaults = &prefix##_default_settings, \
		.struct_size = sizeof(struct_type), \
		.pool_offset1 = 1 + offsetof(struct_type, pool), \
	}
#else
#  define PIX_SETTINGS_INFO(prefix, struct_type) \
	const struct setting_parser_info prefix##_setting_parser_info = { \
		.module_name = #prefix, \
		.defines = prefix##_setting_defines, \
		.defaults = &prefix##_default_settings, \
		.type_offset = SIZE_MAX, \
		.struct_size = sizeof(struct_type), \
		.parent_offset = SIZE_MAX, \
	}
#endif

/* Reads the settings of a process that has no mail user: services, auth,
   login, doveadm. Call it while the process still is root (in preinit or
   before privileges drop): on 2.3 it asks the config process itself.
   service: the name of the service ("auth", "pix-audit"), for settings inside
   protocol {} blocks. set_r is the settings struct; free it with
   pix_settings_free(). Returns 0, or -1 and error_r (data stack). Blocks. */
int pix_settings_get_service(struct event *event,
			     const struct setting_parser_info *info,
			     const char *service,
			     const void **set_r, const char **error_r);

/* Reads the settings of a mail user, with what the userdb overrides. On 2.3
   they stand in plugin {}, where a name that begins with the room's prefix
   and is not in the table is reported (unknown_r: NULL-terminated list on the
   data stack, never NULL; always empty on 2.4, which refuses such names at
   start). Returns 0, or -1 and error_r. */
int pix_settings_get_user(struct mail_user *user,
			  const struct setting_parser_info *info,
			  const void **set_r, const char *const **unknown_r,
			  const char **error_r);

/* Frees settings of either kind; *set becomes NULL. */
void pix_settings_free_ptr(const void **set);
#define pix_settings_free(set) \
	pix_settings_free_ptr((const void **)(set))

#endif
