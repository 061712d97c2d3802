/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */
#ifndef PIX_JOURNAL_PLUGIN_H
#define PIX_JOURNAL_PLUGIN_H

struct module;

extern const char *pix_journal_plugin_version;
void pix_journal_plugin_init(struct module *module);
void pix_journal_plugin_deinit(void);

#endif
