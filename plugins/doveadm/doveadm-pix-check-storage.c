/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

/* Retention needs a mail format in which every message has a GUID of its own. */

#include "doveadm-pix-check.h"
#include "pix-compat.h"

static bool check_storage_key(const char *key)
{
	static const char *const keys[] = {
		/* 2.3, and inside namespace {} */
		"mail_location", "location",
		/* 2.4 */
		"mail_driver", NULL
	};

	return str_array_find(keys, key);
}

void pix_check_storage(struct pix_check *check)
{
	const struct pix_conf_node *const *nodep, *node;
	bool set = FALSE;

	if (!pix_check_named(check, "mail_plugins", "pix_archive", &node))
		return;
	array_foreach(pix_conf_nodes(check->conf), nodep) {
		node = *nodep;
		if (node->type != PIX_CONF_SETTING || !check_storage_key(node->key) ||
		    node->value[0] == '\0')
			continue;
		set = TRUE;
		if (strcmp(node->value, "mbox") == 0 ||
		    str_begins_compat(node->value, "mbox:"))
			pix_check_add(check, PIX_CHECK_ERROR, "mbox", node,
				"retention does not work with mbox: different mails share one GUID there (use maildir, sdbox or mdbox)");
	}
	if (!set)
		pix_check_add(check, PIX_CHECK_WARNING, "mbox-autodetect", NULL,
			"the mail format is found out for each user, and mbox has no retention: set %s",
			pix_host_has_plugin_section() ? "mail_location" : "mail_driver");
}
