/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-settings-audit-emit.h"

#define DEF(type, name) PIX_SETTING_DEF(type, name, struct pix_audit_emit_settings)

static const struct setting_define pix_audit_emit_setting_defines[] = {
	DEF(STR, pix_audit_dir),
	DEF(STR, pix_audit_on_failure),
	DEF(TIME, pix_audit_sync_window),
	SETTING_DEFINE_LIST_END
};

static const struct pix_audit_emit_settings pix_audit_emit_default_settings = {
	.pix_audit_dir = PIX_STATEDIR"/audit",
	.pix_audit_on_failure = "allow",
	.pix_audit_sync_window = 3600,
};

static const struct {
	const char *name;
	enum pix_audit_class class;
} pix_audit_classes[] = {
	{ "access", PIX_AUDIT_CLASS_ACCESS },
	{ "auth", PIX_AUDIT_CLASS_AUTH },
	{ "change", PIX_AUDIT_CLASS_CHANGE },
	{ "evidence", PIX_AUDIT_CLASS_EVIDENCE },
	{ "admin", PIX_AUDIT_CLASS_ADMIN },
};

static int
pix_audit_on_failure_word(const char *word, enum pix_audit_class *refuse,
			  const char **error_r)
{
	const char *action = strchr(word, '=');
	enum pix_audit_class class = PIX_AUDIT_CLASS_ALL;

	if (action == NULL)
		action = word;
	else {
		const char *name = t_strdup_until(word, action++);

		class = 0;
		for (unsigned int i = 0; i < N_ELEMENTS(pix_audit_classes); i++) {
			if (strcmp(pix_audit_classes[i].name, name) == 0)
				class = pix_audit_classes[i].class;
		}
		if (class == 0) {
			*error_r = t_strdup_printf("pix_audit_on_failure: unknown "
				"record class '%s': use access, auth, change, "
				"evidence or admin", name);
			return -1;
		}
	}
	if (strcmp(action, "allow") == 0)
		*refuse &= ~class;
	else if (strcmp(action, "refuse") == 0)
		*refuse |= class;
	else {
		*error_r = t_strdup_printf("pix_audit_on_failure: unknown action "
					   "'%s': use allow or refuse", action);
		return -1;
	}
	return 0;
}

int pix_audit_on_failure_parse(const char *value, enum pix_audit_class *refuse_r,
			       const char **error_r)
{
	const char *const *words = t_strsplit_spaces(value, " ");

	*refuse_r = 0;
	for (; *words != NULL; words++) {
		if (pix_audit_on_failure_word(*words, refuse_r, error_r) < 0)
			return -1;
	}
	return 0;
}

PIX_SETTINGS_INFO(pix_audit_emit, struct pix_audit_emit_settings);
