/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "doveadm-pix-quarantine.h"
#include "pix-core.h"
#include "pix-mail-authres.h"
#include "pix-settings-sort.h"
#include "str-sanitize.h"
#include "mail-storage-private.h"
#include "mail-user.h"

const char *pix_quarantine_folder(struct mail_user *user)
{
	const struct pix_sort_settings *set;
	const char *const *unknown, *error, *folder;
	const void *values;

	if (pix_settings_get_user(user, &pix_sort_setting_parser_info, &values,
				  &unknown, &error) < 0) {
		i_error("Could not read settings, using the defaults: %s", error);
		return pix_sort_default_settings.pix_sort_quarantine_folder;
	}
	set = values;
	folder = t_strdup(set->pix_sort_quarantine_folder);
	pix_settings_free(&set);
	return folder;
}

static void quarantine_append_dmarc(string_t *str, struct pix_authres_set *results)
{
	const struct pix_authres_result *const *list;
	const char *policy, *from;
	unsigned int count;

	list = pix_authres_set_find(results, "dmarc", &count);
	if (count == 0)
		return;
	str_printfa(str, "dmarc=%s", list[0]->result);
	policy = pix_authres_dmarc_policy(list[0]);
	if (policy != NULL)
		str_printfa(str, " policy=%s", policy);
	from = pix_authres_property_find(list[0], "header.from");
	if (from != NULL)
		str_printfa(str, " from=%s", str_sanitize(from, 80));
}

static void quarantine_append_tags(string_t *str, struct mail *mail)
{
	const char *const *keywords = mail_get_keywords(mail);

	for (; *keywords != NULL; keywords++) {
		if (strncmp(*keywords, "$Pix", 4) != 0)
			continue;
		if (str_len(str) > 0)
			str_append_c(str, ' ');
		str_append(str, *keywords);
	}
}

const char *pix_quarantine_reason(struct mail *mail)
{
	pool_t pool = pool_alloconly_create("quarantine reason", 1024);
	string_t *str = t_str_new(128);
	const char *const *unknown, *error;
	struct pix_authres_set *results;
	const void *set;

	if (pix_settings_get_user(mail->box->storage->user,
				  &pix_sort_setting_parser_info, &set,
				  &unknown, &error) == 0) {
		results = pix_mail_authres_get(pool, set, mail);
		if (results != NULL)
			quarantine_append_dmarc(str, results);
		pix_settings_free(&set);
	}
	quarantine_append_tags(str, mail);
	pool_unref(&pool);
	return str_c(str);
}
