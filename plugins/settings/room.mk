# plugins/settings: the tables of lib/host/pix-settings-*.c, exported to the config process.
settings_LTLIBRARIES += libpix_settings.la
libpix_settings_la_LDFLAGS = $(PIX_LDFLAGS_MODULE)
libpix_settings_la_LIBADD = $(PIX_LIBS)
libpix_settings_la_SOURCES = plugins/settings/pix-settings-module.c
