/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-settings-check.h"
#include "pix-settings-all.h"
#if PIX_DOVECOT_24
#  include "str-parse.h"
#else
#  define str_parse_get_interval settings_get_time
#  define str_parse_get_interval_msecs settings_get_time_msecs
#  define str_parse_get_size settings_get_size
#endif

static const struct setting_parser_info *const pix_settings_check_infos[] = {
	PIX_SETTINGS_LIST
};

bool pix_host_has_plugin_section(void)
{
	return !PIX_DOVECOT_24;
}

static const struct setting_define *
pix_settings_check_find(const char *name, const struct setting_parser_info **info_r)
{
	for (unsigned int i = 0; pix_settings_check_infos[i] != NULL; i++) {
		const struct setting_define *def = pix_settings_check_infos[i]->defines;

		for (; def->key != NULL; def++) {
			if (strcmp(def->key, name) == 0) {
				*info_r = pix_settings_check_infos[i];
				return def;
			}
		}
	}
	return NULL;
}

void pix_settings_check_foreach(void (*func)(const char *name, void *context),
				void *context)
{
	for (unsigned int i = 0; pix_settings_check_infos[i] != NULL; i++) {
		const struct setting_define *def = pix_settings_check_infos[i]->defines;

		for (; def->key != NULL; def++)
			func(def->key, context);
	}
}

/* "a:b:c": the first is the default. */
static bool
pix_settings_check_enum(const struct setting_define *def,
			const struct setting_parser_info *info,
			const char *value, const char **error_r)
{
	const char *const *choices = CONST_PTR_OFFSET(info->defaults, def->offset);
	const char *list = *choices;

	if (str_array_find(t_strsplit(list, ":"), value))
		return TRUE;
	*error_r = t_strdup_printf("must be one of: %s",
				   t_strarray_join(t_strsplit(list, ":"), ", "));
	return FALSE;
}

static bool
pix_settings_check_type(const struct setting_define *def,
			const struct setting_parser_info *info,
			const char *value, const char **error_r)
{
	unsigned int num;
	uoff_t size;

	switch (def->type) {
	case SET_BOOL:
		*error_r = "must be yes or no";
		return strcmp(value, "yes") == 0 || strcmp(value, "no") == 0;
	case SET_UINT:
		*error_r = "must be a number";
		return str_to_uint(value, &num) == 0;
	case SET_TIME:
		return str_parse_get_interval(value, &num, error_r) == 0;
	case SET_TIME_MSECS:
		return str_parse_get_interval_msecs(value, &num, error_r) == 0;
	case SET_SIZE:
		return str_parse_get_size(value, &size, error_r) == 0;
	case SET_ENUM:
		return pix_settings_check_enum(def, info, value, error_r);
	default:
		return TRUE;
	}
}

enum pix_settings_check_result
pix_settings_check_value(const char *name, const char *value,
			 const char **error_r)
{
	const struct setting_parser_info *info;
	const struct setting_define *def = pix_settings_check_find(name, &info);

	if (def == NULL)
		return PIX_SETTINGS_CHECK_UNKNOWN;
	if (value[0] == '<' || strpbrk(value, "$%") != NULL)
		return PIX_SETTINGS_CHECK_OK;
	return pix_settings_check_type(def, info, value, error_r) ?
		PIX_SETTINGS_CHECK_OK : PIX_SETTINGS_CHECK_INVALID;
}

const char *pix_settings_check_default(const char *name)
{
	const struct setting_parser_info *info;
	const struct setting_define *def = pix_settings_check_find(name, &info);
	const char *const *valuep;

	if (def == NULL || (def->type != SET_STR && def->type != SET_ENUM))
		return NULL;
	valuep = CONST_PTR_OFFSET(info->defaults, def->offset);
	return def->type == SET_ENUM ? t_strcut(*valuep, ':') : *valuep;
}

/* Levenshtein distance, at most limit. */
static unsigned int
pix_settings_check_distance(const char *a, const char *b, unsigned int limit)
{
	size_t len_a = strlen(a), len_b = strlen(b);
	unsigned int row[128];

	if (len_b >= N_ELEMENTS(row) || len_a > len_b + limit || len_b > len_a + limit)
		return limit + 1;
	for (size_t j = 0; j <= len_b; j++)
		row[j] = j;
	for (size_t i = 1; i <= len_a; i++) {
		unsigned int diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= len_b; j++) {
			unsigned int old = row[j];
			unsigned int change = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);

			row[j] = I_MIN(change, I_MIN(row[j], row[j - 1]) + 1);
			diagonal = old;
		}
	}
	return row[len_b];
}

const char *pix_settings_check_similar(const char *name)
{
	unsigned int best = 5;
	const char *found = NULL;

	for (unsigned int i = 0; pix_settings_check_infos[i] != NULL; i++) {
		const struct setting_define *def = pix_settings_check_infos[i]->defines;

		for (; def->key != NULL; def++) {
			unsigned int distance =
				pix_settings_check_distance(name, def->key, best);

			if (distance < best) {
				best = distance;
				found = def->key;
			}
		}
	}
	return found;
}
