/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

/* The chains of passdbs: pix_mfa must be the first of each, untouched. */

#include "doveadm-pix-check.h"

struct check_passdb {
	const struct pix_conf_node *node;
	const char *driver;
	/* NULL: for all protocols */
	const struct pix_conf_node *protocol;
	bool master;
};
ARRAY_DEFINE_TYPE(check_passdb, struct check_passdb);

static void
check_passdb_list(const struct pix_check *check, ARRAY_TYPE(check_passdb) *passdbs)
{
	const struct pix_conf_node *const *nodep;

	t_array_init(passdbs, 8);
	array_foreach(pix_conf_nodes(check->conf), nodep) {
		const struct pix_conf_node *node = *nodep;
		struct check_passdb *passdb;

		if (node->type != PIX_CONF_SECTION || strcmp(node->key, "passdb") != 0)
			continue;
		passdb = array_append_space(passdbs);
		passdb->node = node;
		passdb->protocol = pix_conf_protocol(node);
		/* 2.4: passdb NAME {} has the driver NAME unless it says another */
		passdb->driver = pix_check_value_in(check, node, "driver", node->value);
		passdb->master = strcmp(pix_check_value_in(check, node, "master",
				pix_check_value_in(check, node, "passdb_master", "no")), "yes") == 0;
	}
}

static bool check_passdb_is(const struct check_passdb *passdb, const char *driver)
{
	return strcmp(passdb->driver, driver) == 0;
}

bool pix_check_has_passdb(const struct pix_check *check, const char *driver)
{
	ARRAY_TYPE(check_passdb) passdbs;
	const struct check_passdb *passdb;

	check_passdb_list(check, &passdbs);
	array_foreach(&passdbs, passdb) {
		if (check_passdb_is(passdb, driver))
			return TRUE;
	}
	return FALSE;
}

/* The chain that a protocol sees: its own blocks come before all others. */
static void
check_passdb_chain(const ARRAY_TYPE(check_passdb) *all, const char *protocol,
		   bool master, ARRAY_TYPE(check_passdb) *chain)
{
	const struct check_passdb *passdb;

	t_array_init(chain, 8);
	for (unsigned int own = 0; own < 2; own++) {
		array_foreach(all, passdb) {
			if (passdb->master != master ||
			    (passdb->protocol != NULL) != (own == 0))
				continue;
			if (passdb->protocol == NULL ||
			    pix_conf_protocol_is(passdb->protocol, protocol))
				array_push_back(chain, passdb);
		}
	}
}

/* Settings that would let logins pass ours by. */
static void
check_passdb_own_settings(struct pix_check *check, const struct check_passdb *ours)
{
	static const struct {
		const char *key, *good;
	} settings[] = {
		{ "args", "" }, { "mechanisms", "" }, { "mechanisms_filter", "" },
		{ "username_filter", "" },
		{ "use_worker", "no" }, { "deny", "no" }, { "pass", "no" },
		{ "skip", "never" }, { "result_failure", "continue" },
		{ "result_internalfail", "continue" }, { "result_success", "return-ok" },
	};
	const struct pix_conf_node *node;

	for (unsigned int i = 0; i < N_ELEMENTS(settings); i++) {
		node = pix_conf_last(check->conf, ours->node, settings[i].key);
		if (node == NULL)
			node = pix_conf_last(check->conf, ours->node,
				t_strconcat("passdb_", settings[i].key, NULL));
		if (node != NULL && strcmp(node->value, settings[i].good) != 0)
			pix_check_add(check, PIX_CHECK_ERROR, "passdb-setting", node,
				"passdb pix_mfa with %s lets logins pass it by: remove the line",
				settings[i].key);
	}
}

/* 2.3's oauth2 passdb of ours is limited to the token mechanisms. */
static bool
check_passdb_is_harmless(const struct pix_check *check,
			 const struct check_passdb *passdb)
{
	const char *mechanisms = pix_check_value_in(check, passdb->node,
		pix_host_has_plugin_section() ? "mechanisms" : "mechanisms_filter", "");

	return check_passdb_is(passdb, "pix_oauth2") ||
		strcmp(mechanisms, "oauthbearer xoauth2") == 0 ||
		strcmp(mechanisms, "xoauth2 oauthbearer") == 0 ||
		strcmp(mechanisms, "oauthbearer") == 0 ||
		strcmp(mechanisms, "xoauth2") == 0;
}

static void
check_passdb_protocol(struct pix_check *check,
		      const ARRAY_TYPE(check_passdb) *all, const char *protocol)
{
	ARRAY_TYPE(check_passdb) chain;
	const struct check_passdb *passdb, *before = NULL;
	unsigned int ours = 0, behind = 0;

	check_passdb_chain(all, protocol, FALSE, &chain);
	array_foreach(&chain, passdb) {
		if (check_passdb_is(passdb, "pix_mfa")) {
			if (++ours > 1)
				pix_check_add(check, PIX_CHECK_ERROR, "passdb-twice",
					passdb->node, "protocol %s has passdb pix_mfa twice",
					protocol);
		} else if (!check_passdb_is_harmless(check, passdb)) {
			if (ours == 0 && before == NULL)
				before = passdb;
			behind += ours > 0 ? 1 : 0;
		}
	}
	if (ours > 0 && before != NULL)
		pix_check_add(check, PIX_CHECK_ERROR, "passdb-order", before->node,
			"passdb %s stands before pix_mfa in protocol %s: its logins need no second factor",
			before->driver, protocol);
	if (ours == 0)
		pix_check_add(check, PIX_CHECK_ERROR, "passdb-missing", NULL,
			"protocol %s has no passdb pix_mfa: its logins need no second factor",
			protocol);
	else if (behind == 0 && !pix_check_has_passdb(check, "pix_oauth2"))
		pix_check_add(check, PIX_CHECK_ERROR, "passdb-alone", NULL,
			"protocol %s has no passdb behind pix_mfa that knows the passwords",
			protocol);
}

static void
check_passdb_master(struct pix_check *check, const ARRAY_TYPE(check_passdb) *all)
{
	const struct check_passdb *passdb;

	array_foreach(all, passdb) {
		if (!passdb->master)
			continue;
		if (!check_passdb_is(passdb, "pix_mfa"))
			pix_check_add(check, PIX_CHECK_WARNING, "passdb-master",
				passdb->node,
				"master users log in without a second factor: put a passdb pix_mfa with master = yes before it");
		return;
	}
}

static void check_passdb_mechanisms(struct pix_check *check)
{
	/* these never ask a passdb for a password */
	static const char *const bad[] = {
		"gssapi", "gss-spnego", "ntlm", "winbind", "anonymous",
		"external", "otp", "skey", NULL
	};
	struct pix_check_list *list =
		pix_check_list(check, "auth_mechanisms", NULL, "plain");

	for (unsigned int i = 0; bad[i] != NULL; i++) {
		if (pix_check_list_has(list, bad[i]))
			pix_check_add(check, PIX_CHECK_ERROR, "mechanism",
				list->node,
				"auth_mechanisms: %s logs in without asking pix_mfa", bad[i]);
	}
}

static void
check_passdb_continue(struct pix_check *check, const struct check_passdb *passdb)
{
	const struct pix_conf_node *node =
		pix_conf_last(check->conf, passdb->node, "result_success");

	if (node != NULL && strncmp(node->value, "continue", 8) == 0)
		pix_check_add(check, PIX_CHECK_ERROR, "passdb-continue", node,
			"result_success = %s makes the passdbs behind it accept any password",
			node->value);
}

void pix_check_passdbs(struct pix_check *check)
{
	static const char *const protocols[] = {
		"imap", "pop3", "submission", "sieve", NULL
	};
	ARRAY_TYPE(check_passdb) all;
	const struct check_passdb *passdb;

	if (!pix_check_has_passdb(check, "pix_mfa"))
		return;
	check_passdb_list(check, &all);
	array_foreach(&all, passdb) {
		if (check_passdb_is(passdb, "pix_mfa"))
			check_passdb_own_settings(check, passdb);
		else
			check_passdb_continue(check, passdb);
	}
	for (unsigned int i = 0; protocols[i] != NULL; i++) {
		if (pix_check_protocol_enabled(check, protocols[i]))
			check_passdb_protocol(check, &all, protocols[i]);
	}
	check_passdb_master(check, &all);
	check_passdb_mechanisms(check);
}
