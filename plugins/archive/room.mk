# plugins/archive: the guard of retained mail. lib03: outermost, before quota, notify, zlib and the like.
mail_LTLIBRARIES += lib03_pix_archive_plugin.la
lib03_pix_archive_plugin_la_LDFLAGS = $(PIX_LDFLAGS_MODULE)
lib03_pix_archive_plugin_la_LIBADD = $(PIX_LIBS) $(PIX_CRYPTO_LIBS)
lib03_pix_archive_plugin_la_SOURCES = \
	plugins/archive/pix-archive-folder.c \
	plugins/archive/pix-archive-guard.c plugins/archive/pix-archive-guard.h \
	plugins/archive/pix-archive-label.c plugins/archive/pix-archive-label.h \
	plugins/archive/pix-archive-mailbox.c \
	plugins/archive/pix-archive-plugin.c plugins/archive/pix-archive-plugin.h \
	plugins/archive/pix-archive-rename.c \
	plugins/archive/pix-archive-user.c plugins/archive/pix-archive-user.h

# The journal at delivery. lib95: its hook must be set after that of lib90_sieve, which calls no other.
mail_LTLIBRARIES += lib95_pix_journal_plugin.la
lib95_pix_journal_plugin_la_LDFLAGS = $(PIX_LDFLAGS_MODULE)
lib95_pix_journal_plugin_la_LIBADD = $(PIX_LIBS) $(PIX_CRYPTO_LIBS)
lib95_pix_journal_plugin_la_SOURCES = \
	plugins/archive/pix-journal-plugin.c plugins/archive/pix-journal-plugin.h
