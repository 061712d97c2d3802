/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-settings.h"
#include "array.h"
#include "mail-user.h"
#include "mail-storage-settings.h"
#if PIX_DOVECOT_24
#  include "settings.h"
#endif

#if PIX_DOVECOT_24

int pix_settings_get_user(struct mail_user *user,
			  const struct setting_parser_info *info,
			  const void **set_r, const char *const **unknown_r,
			  const char **error_r)
{
	static const char *const none[] = { NULL };
	const struct { pool_t pool; } *set;

	*unknown_r = none;
	*set_r = NULL;
	if (settings_get(user->event, info, 0, &set, error_r) < 0)
		return -1;
	*set_r = set;
	return 0;
}

#else

static bool
pix_settings_has_key(const struct setting_parser_info *info, const char *key)
{
	for (const struct setting_define *def = info->defines; def->key != NULL; def++) {
		if (strcmp(def->key, key) == 0)
			return TRUE;
	}
	return FALSE;
}

int pix_settings_get_user(struct mail_user *user,
			  const struct setting_parser_info *info,
			  const void **set_r, const char *const **unknown_r,
			  const char **error_r)
{
	pool_t pool = pool_alloconly_create("pix user settings", 2048);
	struct setting_parser_context *parser;
	const char *prefix = t_strconcat(info->module_name, "_", NULL);
	ARRAY_TYPE(const_string) unknown;
	const char *const *envs;
	unsigned int i, count = 0;
	int ret = 0;

	*set_r = NULL;
	t_array_init(&unknown, 4);
	parser = settings_parser_init(pool, info, 0);
	envs = !array_is_created(&user->set->plugin_envs) ? NULL :
		array_get(&user->set->plugin_envs, &count);
	for (i = 0; i + 1 < count && ret >= 0; i += 2) {
		if (!str_begins_compat(envs[i], prefix))
			continue;
		if (!pix_settings_has_key(info, envs[i])) {
			array_push_back(&unknown, &envs[i]);
			continue;
		}
		if (settings_parse_keyvalue(parser, envs[i], envs[i + 1]) < 0) {
			*error_r = t_strdup_printf("plugin { %s }: %s", envs[i],
						   settings_parser_get_error(parser));
			ret = -1;
		}
	}
	array_append_zero(&unknown);
	*unknown_r = array_front(&unknown);
	if (ret == 0 && !settings_parser_check(parser, pool, error_r))
		ret = -1;
	if (ret < 0) {
		settings_parser_deinit(&parser);
		pool_unref(&pool);
		return -1;
	}
	*set_r = settings_parser_get_list(parser)[0];
	*(pool_t *)settings_parser_get_list(parser)[0] = pool;
	settings_parser_deinit(&parser);
	return 0;
}

#endif
