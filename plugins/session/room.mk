# plugins/session: the second line in the mail process; one file a protocol that ends sessions.
mail_LTLIBRARIES += lib20_pix_session_plugin.la
lib20_pix_session_plugin_la_LDFLAGS = $(PIX_LDFLAGS_MODULE)
lib20_pix_session_plugin_la_LIBADD = $(PIX_LIBS) $(PIX_CRYPTO_LIBS)
lib20_pix_session_plugin_la_SOURCES = \
	plugins/session/pix-session-plugin.c plugins/session/pix-session-plugin.h \
	plugins/session/pix-session-client-imap.c \
	plugins/session/pix-session-client-pop3.c \
	plugins/session/pix-session-client-submission.c \
	plugins/session/pix-session-end.c \
	plugins/session/pix-session-link.c plugins/session/pix-session-link.h \
	plugins/session/pix-session-user.c plugins/session/pix-session.h
