# services/pix-identity: the only holder of credentials. One command a file, pix-identity-cmd-<noun>.c.
service_PROGRAMS += services/pix-identity/pix-identity
services_pix_identity_pix_identity_LDFLAGS = $(PIX_LDFLAGS_EXE)
services_pix_identity_pix_identity_LDADD = $(PIX_LIBS) $(LIBDOVECOT_SQL) $(LIBDOVECOT) $(PIX_CRYPTO_LIBS) $(OATH_LIBS)
services_pix_identity_pix_identity_SOURCES = \
	services/pix-identity/pix-identity-store-private.h \
	services/pix-identity/pix-identity.h \
	services/pix-identity/pix-identity-change.c services/pix-identity/pix-identity-change.h \
	services/pix-identity/pix-identity-cmd-mfa.c \
	services/pix-identity/pix-identity-cmd-status.c \
	services/pix-identity/pix-identity-cmd-totp.c \
	services/pix-identity/pix-identity-cmd-verify.c \
	services/pix-identity/pix-identity-code.c services/pix-identity/pix-identity-code.h \
	services/pix-identity/pix-identity-dispatch.c services/pix-identity/pix-identity-dispatch.h \
	services/pix-identity/pix-identity-cmd-session-admin.c services/pix-identity/pix-identity-cmd-session-register.c \
	services/pix-identity/pix-identity-session.c services/pix-identity/pix-identity-session.h \
	services/pix-identity/pix-identity-epoch.c services/pix-identity/pix-identity-epoch.h \
	services/pix-identity/pix-identity-keys.c services/pix-identity/pix-identity-keys.h \
	services/pix-identity/pix-identity-main.c \
	services/pix-identity/pix-identity-store-put.c \
	services/pix-identity/pix-identity-store-schema.c \
	services/pix-identity/pix-identity-store.c services/pix-identity/pix-identity-store.h \
	services/pix-identity/pix-identity-throttle.c services/pix-identity/pix-identity-throttle.h \
	services/pix-identity/pix-identity-token.c services/pix-identity/pix-identity-token.h \
	services/pix-identity/pix-identity-users.c services/pix-identity/pix-identity-users.h \
	services/pix-identity/pix-identity-app-password.c services/pix-identity/pix-identity-app-password.h \
	services/pix-identity/pix-identity-cmd-account.c \
	services/pix-identity/pix-identity-cmd-app-password.c \
	services/pix-identity/pix-identity-cmd-code.c \
	services/pix-identity/pix-identity-cmd-token.c \
	services/pix-identity/pix-identity-revoke.c services/pix-identity/pix-identity-revoke.h \
	services/pix-identity/pix-identity-ticket.c services/pix-identity/pix-identity-ticket.h
