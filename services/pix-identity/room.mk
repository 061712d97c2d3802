# services/pix-identity: the only holder of credentials. One command a file, pix-identity-cmd-<noun>.c.
service_PROGRAMS += services/pix-identity/pix-identity
services_pix_identity_pix_identity_LDFLAGS = $(PIX_LDFLAGS_EXE)
services_pix_identity_pix_identity_LDADD = $(PIX_LIBS) $(LIBDOVECOT_SQL) $(LIBDOVECOT) $(PIX_CRYPTO_LIBS) $(OATH_LIBS)
services_pix_identity_pix_identity_SOURCES = \
	services/pix-identity/pix-identity.h \
	services/pix-identity/pix-identity-cmd-status.c \
	services/pix-identity/pix-identity-dispatch.c services/pix-identity/pix-identity-dispatch.h \
	services/pix-identity/pix-identity-main.c \
	services/pix-identity/pix-identity-cmd-session-admin.c services/pix-identity/pix-identity-cmd-session-register.c \
	services/pix-identity/pix-identity-session.c services/pix-identity/pix-identity-session.h
