/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

/* doveadm/libdoveadm_pix_sort_plugin.so: the commands that need libdovecot-sieve */

#include "doveadm-pix-sort-run.h"
#include "pix-core.h"

struct module;

extern const char *doveadm_pix_sort_plugin_version;
void doveadm_pix_sort_plugin_init(struct module *module);
void doveadm_pix_sort_plugin_deinit(void);

PIX_EXPORT const char *doveadm_pix_sort_plugin_version = DOVECOT_ABI_VERSION;

PIX_EXPORT void doveadm_pix_sort_plugin_init(struct module *module ATTR_UNUSED)
{
	doveadm_cmd_register_ver2(&pix_doveadm_cmd_sort_run);
	doveadm_cmd_register_ver2(&pix_doveadm_cmd_sort_undo);
	doveadm_cmd_register_ver2(&pix_doveadm_cmd_sort_explain);
}

PIX_EXPORT void doveadm_pix_sort_plugin_deinit(void)
{
}
