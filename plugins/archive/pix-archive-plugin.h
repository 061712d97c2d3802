/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */
#ifndef PIX_ARCHIVE_PLUGIN_H
#define PIX_ARCHIVE_PLUGIN_H

struct module;

extern const char *pix_archive_plugin_version;
void pix_archive_plugin_init(struct module *module);
void pix_archive_plugin_deinit(void);

#endif
