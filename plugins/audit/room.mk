# plugins/audit: records of mail, login and auth processes.
# The number decides what the mail plugin sees: inside the archive's guard (03), outside compression and encryption (10 and up).
mail_LTLIBRARIES += lib04_pix_audit_plugin.la
lib04_pix_audit_plugin_la_LDFLAGS = $(PIX_LDFLAGS_MODULE)
lib04_pix_audit_plugin_la_LIBADD = $(PIX_LIBS) $(PIX_CRYPTO_LIBS)
lib04_pix_audit_plugin_la_SOURCES = \
	plugins/audit/pix-audit-plugin.c plugins/audit/pix-audit-plugin.h \
	plugins/audit/pix-audit-event.c plugins/audit/pix-audit-event.h \
	plugins/audit/pix-audit-host-event.c plugins/audit/pix-audit-host-event.h \
	plugins/audit/pix-audit-mail.c \
	plugins/audit/pix-audit-mailbox.c \
	plugins/audit/pix-audit-main.c plugins/audit/pix-audit-main.h \
	plugins/audit/pix-audit-process.c plugins/audit/pix-audit-process.h \
	plugins/audit/pix-audit-save.c \
	plugins/audit/pix-audit-txn.c plugins/audit/pix-audit-txn.h \
	plugins/audit/pix-audit-user.c

login_LTLIBRARIES += lib20_pix_audit_login_plugin.la
lib20_pix_audit_login_plugin_la_LDFLAGS = $(PIX_LDFLAGS_MODULE)
lib20_pix_audit_login_plugin_la_LIBADD = $(PIX_LIBS) $(PIX_CRYPTO_LIBS)
lib20_pix_audit_login_plugin_la_SOURCES = \
	plugins/audit/pix-audit-login.c \
	plugins/audit/pix-audit-process.c plugins/audit/pix-audit-process.h

auth_LTLIBRARIES += lib20_pix_audit_auth.la
lib20_pix_audit_auth_la_LDFLAGS = $(PIX_LDFLAGS_MODULE)
lib20_pix_audit_auth_la_LIBADD = $(PIX_LIBS) $(PIX_CRYPTO_LIBS)
lib20_pix_audit_auth_la_SOURCES = \
	plugins/audit/pix-audit-auth.c \
	plugins/audit/pix-audit-process.c plugins/audit/pix-audit-process.h
