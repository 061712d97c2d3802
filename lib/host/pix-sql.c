/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-sql.h"
#include "pix-compat.h"
#include "array.h"
#include "module-dir.h"
#if PIX_DOVECOT_24
#  include "settings.h"
#  include "master-service.h"
#endif

static struct module *pix_sql_modules;
#if PIX_DOVECOT_24
static struct settings_instance *pix_sql_instance;
static struct event *pix_sql_event;
#endif

static int pix_sql_load(const char *driver, const char **error_r)
{
	struct module_dir_load_settings set = {
		.abi_version = DOVECOT_ABI_VERSION,
		.require_init_funcs = TRUE,
	};
	const char *name = t_strconcat("driver_", driver, NULL);
#if PIX_DOVECOT_24
	const char *const names[] = { name, NULL };
#else
	const char *names = name;
#endif

	if (module_dir_try_load_missing(&pix_sql_modules, PIX_HOST_MODULEDIR"/dict",
					names, &set, error_r) < 0)
		return -1;
	if (module_dir_find(pix_sql_modules, name) == NULL) {
		*error_r = t_strdup_printf("there is no module lib%s.so in %s: install the package dovecot-%s",
					   name, PIX_HOST_MODULEDIR"/dict", driver);
		return -1;
	}
	module_dir_init(pix_sql_modules);
	return 0;
}

#if PIX_DOVECOT_24

static void pix_sql_override(const char *key, const char *value)
{
	settings_override(pix_sql_instance, key, value,
			  SETTINGS_OVERRIDE_TYPE_CODE);
}

/* The words of the connect string as the settings of 2.4. */
static int
pix_sql_connect_words(const char *driver, const char *connect,
		      const char **error_r)
{
	const char *const *words, *host = "localhost";
	ARRAY_TYPE(const_string) params;

	t_array_init(&params, 8);
	for (words = t_strsplit_spaces(connect, " "); *words != NULL; words++) {
		const char *value = strchr(*words, '='), *name;

		if (value == NULL) {
			*error_r = t_strdup_printf("'%s' has no value", *words);
			return -1;
		}
		name = t_strdup_until(*words, value++);
		if (strcmp(name, "host") == 0)
			host = value;
		else {
			array_push_back(&params, &name);
			array_push_back(&params, &value);
		}
	}
	pix_sql_override(t_strconcat(driver, NULL), host);
	for (unsigned int i = 0; i + 1 < array_count(&params); i += 2) {
		const char *name = array_idx_elem(&params, i);

		if (strcmp(driver, "pgsql") == 0) {
			name = t_strdup_printf("pgsql/%s/parameters/%s", host, name);
		} else {
			name = t_strdup_printf("mysql/%s/%s", host, name);
		}
		pix_sql_override(name, array_idx_elem(&params, i + 1));
	}
	return 0;
}

static int
pix_sql_open(const struct pix_sql_params *params, struct sql_db **db_r,
	     const char **error_r)
{
	pix_sql_instance = settings_instance_new(
		master_service_get_settings_root(master_service));
	pix_sql_event = event_create(params->event_parent);
	event_set_ptr(pix_sql_event, SETTINGS_EVENT_INSTANCE, pix_sql_instance);
	pix_sql_override("sql_driver", params->driver);
	if (strcmp(params->driver, "sqlite") == 0) {
		pix_sql_override("sqlite_path", params->connect);
		pix_sql_override("sqlite_journal_mode", "wal");
		pix_sql_override("sqlite_readonly", "no");
	} else if (pix_sql_connect_words(params->driver, params->connect, error_r) < 0)
		return -1;
	return sql_init_auto(pix_sql_event, db_r, error_r) > 0 ? 0 : -1;
}

#else

static int
pix_sql_open(const struct pix_sql_params *params, struct sql_db **db_r,
	     const char **error_r)
{
	const struct sql_settings set = {
		.driver = params->driver,
		.connect_string = params->connect,
		.event_parent = params->event_parent,
	};

	return sql_init_full(&set, db_r, error_r);
}

#endif

int pix_sql_init(const struct pix_sql_params *params, struct sql_db **db_r,
		 const char **error_r)
{
	i_assert(pix_sql_modules == NULL);

	*db_r = NULL;
	sql_drivers_init();
	if (pix_sql_load(params->driver, error_r) < 0)
		return -1;
	return pix_sql_open(params, db_r, error_r);
}

void pix_sql_deinit(struct sql_db **db)
{
	if (*db != NULL)
		sql_unref(db);
#if PIX_DOVECOT_24
	event_unref(&pix_sql_event);
	if (pix_sql_instance != NULL)
		settings_instance_free(&pix_sql_instance);
#endif
	module_dir_unload(&pix_sql_modules);
	sql_drivers_deinit();
}

const char *pix_sql_error(const char *error)
{
	const char *end;

	/* "Query '…': cause" */
	if (error != NULL && str_begins_compat(error, "Query '") &&
	    (end = strstr(error, "': ")) != NULL) {
		const char *next;

		while ((next = strstr(end + 3, "': ")) != NULL)
			end = next;
		error = end + 3;
	}
	return error == NULL || *error == '\0' ? "unknown error" : error;
}
