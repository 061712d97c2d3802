/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-sieve.h"
#include "pix-settings.h"
#include "str.h"
#include "strfuncs.h"
#include "sieve-settings.h"
#include "sieve-stringlist.h"
#include "sieve-runtime.h"
#include "sieve.h"
#if PIX_DOVECOT_24
#  include "settings.h"
#endif

int pix_sieve_extension_register(struct sieve_instance *svinst,
				 const struct sieve_extension_def *def,
				 bool load, const struct sieve_extension **ext_r)
{
#if PIX_DOVECOT_24
	return sieve_extension_register(svinst, def, load, ext_r);
#else
	*ext_r = sieve_extension_register(svinst, def, load);
	return *ext_r == NULL ? -1 : 0;
#endif
}

#if PIX_DOVECOT_24

int pix_sieve_settings_get(struct sieve_instance *svinst,
			   const struct setting_parser_info *info,
			   const void **set_r, const char **error_r)
{
	const struct { pool_t pool; } *set;

	*set_r = NULL;
	if (settings_get(sieve_get_event(svinst), info, 0, &set, error_r) < 0)
		return -1;
	*set_r = set;
	return 0;
}

#else

int pix_sieve_settings_get(struct sieve_instance *svinst,
			   const struct setting_parser_info *info,
			   const void **set_r, const char **error_r)
{
	pool_t pool = pool_alloconly_create("pix sieve settings", 2048);
	struct setting_parser_context *parser =
		settings_parser_init(pool, info, 0);
	int ret = 0;

	*set_r = NULL;
	for (const struct setting_define *def = info->defines;
	     def->key != NULL && ret == 0; def++) {
		const char *value = sieve_setting_get(svinst, def->key);

		if (value != NULL &&
		    settings_parse_keyvalue(parser, def->key, value) < 0) {
			*error_r = t_strdup_printf("plugin { %s }: %s", def->key,
				settings_parser_get_error(parser));
			ret = -1;
		}
	}
	if (ret == 0 && !settings_parser_check(parser, pool, error_r))
		ret = -1;
	if (ret == 0) {
		*set_r = settings_parser_get_list(parser)[0];
		*(pool_t *)settings_parser_get_list(parser)[0] = pool;
	}
	settings_parser_deinit(&parser);
	if (ret < 0)
		pool_unref(&pool);
	return ret;
}

#endif

bool pix_sieve_is_delivery(struct sieve_instance *svinst)
{
	return svinst->env_location == SIEVE_ENV_LOCATION_MDA;
}

bool pix_sieve_is_session(struct sieve_instance *svinst)
{
	return svinst->env_location == SIEVE_ENV_LOCATION_MS;
}

struct pix_sieve_stringlist {
	struct sieve_stringlist strlist;
	const char *const *values;
	unsigned int pos;
};

static int
pix_sieve_stringlist_next(struct sieve_stringlist *_list, string_t **str_r)
{
	struct pix_sieve_stringlist *list =
		container_of(_list, struct pix_sieve_stringlist, strlist);

	*str_r = NULL;
	if (list->values[list->pos] == NULL)
		return 0;
	*str_r = t_str_new_const(list->values[list->pos],
				 strlen(list->values[list->pos]));
	list->pos++;
	return 1;
}

static void pix_sieve_stringlist_reset(struct sieve_stringlist *_list)
{
	struct pix_sieve_stringlist *list =
		container_of(_list, struct pix_sieve_stringlist, strlist);

	list->pos = 0;
}

static int pix_sieve_stringlist_length(struct sieve_stringlist *_list)
{
	struct pix_sieve_stringlist *list =
		container_of(_list, struct pix_sieve_stringlist, strlist);

	return str_array_length(list->values);
}

struct sieve_stringlist *
pix_sieve_stringlist_create(const struct sieve_runtime_env *renv,
			    const char *const *values)
{
	struct pix_sieve_stringlist *list = t_new(struct pix_sieve_stringlist, 1);

	list->strlist.runenv = renv;
	list->strlist.exec_status = SIEVE_EXEC_OK;
	list->strlist.next_item = pix_sieve_stringlist_next;
	list->strlist.reset = pix_sieve_stringlist_reset;
	list->strlist.get_length = pix_sieve_stringlist_length;
	list->values = values;
	return &list->strlist;
}
