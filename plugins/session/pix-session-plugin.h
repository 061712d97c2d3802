/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */
#ifndef PIX_SESSION_PLUGIN_H
#define PIX_SESSION_PLUGIN_H

struct module;

extern const char *pix_session_plugin_version;

void pix_session_plugin_preinit(void);
void pix_session_plugin_init(struct module *module);
void pix_session_plugin_deinit(void);

#endif
