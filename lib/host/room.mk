# lib/host: the seam. The only room that may name a version of Dovecot.
noinst_LIBRARIES += lib/host/libpixhost.a
lib_host_libpixhost_a_SOURCES = \
	lib/host/pix-audit-client.c lib/host/pix-audit-client.h \
	lib/host/pix-audit-client-io.c lib/host/pix-audit-client-private.h \
	lib/host/pix-audit-spool.c lib/host/pix-audit-spool.h \
	lib/host/pix-auth-outcome.c lib/host/pix-auth-outcome.h \
	lib/host/pix-event.c lib/host/pix-event.h \
	lib/host/pix-login-client.c lib/host/pix-login-client.h \
	lib/host/pix-mail-compat.h \
	lib/host/pix-mail-imap.c lib/host/pix-mail-pop3.c lib/host/pix-mail-submission.c \
	lib/host/pix-mail-session.c lib/host/pix-mail-session.h \
	lib/host/pix-settings-audit-emit.c lib/host/pix-settings-audit-emit.h \
	lib/host/pix-client.c lib/host/pix-client.h \
	lib/host/pix-client-blocking.c \
	lib/host/pix-compat.h \
	lib/host/pix-doveadm.c lib/host/pix-doveadm.h \
	lib/host/pix-doveadm-mail.c lib/host/pix-doveadm-mail.h \
	lib/host/pix-http.c lib/host/pix-http.h \
	lib/host/pix-login.c lib/host/pix-login.h \
	lib/host/pix-mail-user.c lib/host/pix-mail-user.h \
	lib/host/pix-oauth2-config.c lib/host/pix-oauth2-config.h \
	lib/host/pix-oauth2-fetch.c lib/host/pix-oauth2-fetch.h \
	lib/host/pix-oauth2-introspect.c lib/host/pix-oauth2-introspect.h \
	lib/host/pix-oauth2-keystore.c lib/host/pix-oauth2-keystore.h \
	lib/host/pix-oauth2-provider.c lib/host/pix-oauth2-provider.h \
	lib/host/pix-service.c lib/host/pix-service.h \
	lib/host/pix-sql.c lib/host/pix-sql.h \
	lib/host/pix-passdb.c lib/host/pix-passdb.h \
	lib/host/pix-enrolled-file.c lib/host/pix-enrolled-file.h \
	lib/host/pix-service-main.c lib/host/pix-service-main.h \
	lib/host/pix-settings.c lib/host/pix-settings.h \
	lib/host/pix-settings-all.h \
	lib/host/pix-settings-check.c lib/host/pix-settings-check.h \
	lib/host/pix-settings-audit.c lib/host/pix-settings-audit.h \
	lib/host/pix-settings-identity.c lib/host/pix-settings-identity.h \
	lib/host/pix-settings-mfa.c lib/host/pix-settings-mfa.h \
	lib/host/pix-settings-oauth2.c lib/host/pix-settings-oauth2.h \
	lib/host/pix-settings-session.c lib/host/pix-settings-session.h \
	lib/host/pix-tlog-dir.c lib/host/pix-tlog-dir.h \
	lib/host/pix-settings-user.c \
	lib/host/pix-submission.h
if PIX_SORT
lib_host_libpixhost_a_SOURCES += \
	lib/host/pix-mail-authres.c lib/host/pix-mail-authres.h \
	lib/host/pix-settings-sort.c lib/host/pix-settings-sort.h \
	lib/host/pix-sort-marks.h \
	lib/host/pix-sieve.c lib/host/pix-sieve.h \
	lib/host/pix-sieve-chain.c lib/host/pix-sieve-chain.h lib/host/pix-sieve-chain-private.h \
	lib/host/pix-sieve-chain-scripts.c
endif
if PIX_ARCHIVE
lib_host_libpixhost_a_SOURCES += \
	lib/host/pix-archive-client.c lib/host/pix-archive-client.h \
	lib/host/pix-doveadm-user.c lib/host/pix-doveadm-user.h \
	lib/host/pix-mail-store.c lib/host/pix-mail-store.h \
	lib/host/pix-retention-file.c lib/host/pix-retention-file.h \
	lib/host/pix-settings-archive.c lib/host/pix-settings-archive.h
endif
