/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

/* Which part is active in which protocol, and where it should be and isn't. */

#include "doveadm-pix-check.h"

#include <unistd.h>

static const struct {
	const char *plugin, *file;
	/* protocols in which it has work */
	const char *const protocols[8];
	/* it must be everywhere as soon as it is anywhere */
	const char *why;
} plugins[] = {
#if defined(PIX_HAVE_MFA) || defined(PIX_HAVE_OAUTH2)
	{ "pix_session", "lib20_pix_session_plugin.so",
	  { "imap", "pop3", "submission", "sieve", NULL },
	  "sessions are neither checked nor ended there" },
#endif
#ifdef PIX_HAVE_AUDIT
	{ "pix_audit", NULL,
	  { "imap", "pop3", "submission", "sieve", "lmtp", "lda", "doveadm", NULL },
	  "nothing is recorded there" },
#endif
#ifdef PIX_HAVE_ARCHIVE
	{ "pix_archive", "lib03_pix_archive_plugin.so",
	  { "imap", "pop3", "lmtp", "lda", "doveadm", NULL },
	  "retained mail can be deleted there" },
	{ "pix_journal", "lib95_pix_journal_plugin.so",
	  { "lmtp", "lda", NULL }, "deliveries are not copied there" },
#endif
#ifdef PIX_HAVE_SORT
	{ "pix_sort", "lib20_pix_sort_plugin.so",
	  { "imap", "lmtp", "lda", NULL }, "marks and training don't work there" },
#endif
};

static const char *const all_protocols[] = {
	"imap", "pop3", "submission", "sieve", "lmtp", "lda", "doveadm", NULL
};

static void
check_plugin_protocol(struct pix_check *check, unsigned int i,
		      const char *protocol, const struct pix_conf_node *named)
{
	const struct pix_check_list *list =
		pix_check_list(check, "mail_plugins", protocol, "");
	const struct pix_conf_node *node = list->node;

	if (pix_check_list_has(list, plugins[i].plugin))
		return;
	if (node == NULL)
		node = named;
	pix_check_add(check, PIX_CHECK_ERROR, "plugin-inactive", node,
		"%s is not active in protocol %s: %s (mail_plugins is there: %s)",
		plugins[i].plugin, protocol, plugins[i].why,
		array_count(&list->words) == 0 ? "empty" :
		t_array_const_string_join(&list->words, " "));
}

static void
check_plugin_installed(struct pix_check *check, unsigned int i,
		       const struct pix_conf_node *node)
{
	const char *path;

	if (plugins[i].file == NULL)
		return;
	path = t_strdup_printf("%s/%s", pix_check_value(check, "mail_plugin_dir",
							PIX_MODULEDIR),
			       plugins[i].file);
	if (access(path, R_OK) < 0)
		pix_check_add(check, PIX_CHECK_ERROR, "plugin-missing", node,
			"mail_plugins names %s, but %s can't be read: %m (is the package installed?)",
			plugins[i].plugin, path);
}

static void check_plugins_active(struct pix_check *check)
{
	for (unsigned int i = 0; all_protocols[i] != NULL; i++) {
		const struct pix_check_list *list;
		string_t *active = t_str_new(64);

		if (!pix_check_protocol_enabled(check, all_protocols[i]))
			continue;
		list = pix_check_list(check, "mail_plugins", all_protocols[i], "");
		for (unsigned int j = 0; j < N_ELEMENTS(plugins); j++) {
			if (pix_check_list_has(list, plugins[j].plugin))
				str_printfa(active, " %s", plugins[j].plugin);
		}
		pix_check_add(check, PIX_CHECK_INFO, "active", NULL,
			"protocol %s:%s", all_protocols[i],
			str_len(active) == 0 ? " no plugin of the suite" : str_c(active));
	}
}

void pix_check_plugins(struct pix_check *check)
{
	const struct pix_conf_node *node;

	for (unsigned int i = 0; i < N_ELEMENTS(plugins); i++) T_BEGIN {
		if (pix_check_named(check, "mail_plugins", plugins[i].plugin, &node)) {
			check_plugin_installed(check, i, node);
			for (unsigned int j = 0; plugins[i].protocols[j] != NULL; j++) {
				const char *protocol = plugins[i].protocols[j];

				if (pix_check_protocol_enabled(check, protocol))
					check_plugin_protocol(check, i, protocol, node);
			}
		} else if (strcmp(plugins[i].plugin, "pix_session") == 0 &&
			   pix_check_has_passdb(check, "pix_mfa")) {
			pix_check_add(check, PIX_CHECK_ERROR, "plugin-inactive", NULL,
				"passdb pix_mfa is used without the plugin pix_session: "
				"an alias of an enrolled user may get in without a second factor (include 30-pix-session.conf)");
		}
	} T_END;
	check_plugins_active(check);
}
