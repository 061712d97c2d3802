/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

/* Names and values of pix_* settings. */

#include "doveadm-pix-check.h"
#include "pix-compat.h"

enum check_place {
	/* read by mail processes: in plugin {} on 2.3 */
	CHECK_PLACE_PLUGIN,
	/* read by services, auth and doveadm: at the top */
	CHECK_PLACE_TOP,
	/* by both */
	CHECK_PLACE_ANY,
};

static enum check_place check_place(const char *name)
{
	static const struct {
		const char *prefix;
		enum check_place place;
	} places[] = {
		{ "pix_session_", CHECK_PLACE_PLUGIN },
		{ "pix_identity_", CHECK_PLACE_TOP },
		{ "pix_mfa_", CHECK_PLACE_TOP },
		{ "pix_oauth2_", CHECK_PLACE_TOP },
	};

	for (unsigned int i = 0; i < N_ELEMENTS(places); i++) {
		if (str_begins_compat(name, places[i].prefix))
			return places[i].place;
	}
	return CHECK_PLACE_ANY;
}

static bool check_is_plugin_section(const struct pix_conf_node *section)
{
	return section != NULL && strcmp(section->key, "plugin") == 0;
}

/* Names in lists of words and fields of passdbs are no settings. */
static bool check_is_setting(const struct pix_conf_node *node)
{
	static const char *const no_settings[] = {
		"mail_plugins", "fields", "unix_listener", "fifo_listener",
		"inet_listener", "import_environment", NULL
	};

	if (node->type != PIX_CONF_SETTING || !str_begins_compat(node->key, "pix_"))
		return FALSE;
	return node->parent == NULL ||
		!str_array_find(no_settings, node->parent->key);
}

static void
check_setting_place(struct pix_check *check, const struct pix_conf_node *node)
{
	const enum check_place place = check_place(node->key);
	bool in_plugin = check_is_plugin_section(node->parent);

	if (!pix_host_has_plugin_section()) {
		if (in_plugin)
			pix_check_add(check, PIX_CHECK_ERROR, "setting-place", node,
				"%s: there is no plugin {} any more: put it at the top level",
				node->key);
		return;
	}
	if (place == CHECK_PLACE_PLUGIN && !in_plugin)
		pix_check_add(check, PIX_CHECK_ERROR, "setting-place", node,
			"%s has no effect here: mail processes read it from plugin {}",
			node->key);
	else if (place == CHECK_PLACE_TOP && in_plugin)
		pix_check_add(check, PIX_CHECK_ERROR, "setting-place", node,
			"%s has no effect in plugin {}: put it at the top level",
			node->key);
}

static void
check_setting(struct pix_check *check, const struct pix_conf_node *node)
{
	const char *error, *similar;

	switch (pix_settings_check_value(node->key, node->value, &error)) {
	case PIX_SETTINGS_CHECK_UNKNOWN:
		similar = pix_settings_check_similar(node->key);
		if (similar == NULL)
			pix_check_add(check, PIX_CHECK_ERROR, "setting-unknown",
				node, "%s: there is no such setting", node->key);
		else
			pix_check_add(check, PIX_CHECK_ERROR, "setting-unknown",
				node, "%s: there is no such setting (did you mean %s?)",
				node->key, similar);
		break;
	case PIX_SETTINGS_CHECK_INVALID:
		pix_check_add(check, PIX_CHECK_ERROR, "setting-value", node,
			      "%s: %s", node->key, error);
		break;
	case PIX_SETTINGS_CHECK_OK:
		check_setting_place(check, node);
		break;
	}
}

/* The same setting twice in one place: the first has no effect. */
static void
check_setting_twice(struct pix_check *check, const struct pix_conf_node *node)
{
	const struct pix_conf_node *last =
		pix_conf_last(check->conf, node->parent, node->key);

	if (last != node && strcmp(last->value, node->value) != 0)
		pix_check_add(check, PIX_CHECK_WARNING, "setting-twice", node,
			"%s has no effect: %s line %u sets it again",
			node->key, last->file, last->line);
}

void pix_check_settings(struct pix_check *check)
{
	const struct pix_conf_node *const *nodep;

	array_foreach(pix_conf_nodes(check->conf), nodep) T_BEGIN {
		if (check_is_setting(*nodep)) {
			check_setting(check, *nodep);
			check_setting_twice(check, *nodep);
		}
	} T_END;
}
