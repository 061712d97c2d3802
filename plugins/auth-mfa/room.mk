# plugins/auth-mfa: the first passdb of every chain. Asks pix-identity; decides at the end of the chain.
auth_LTLIBRARIES += libauthdb_pix_mfa.la
libauthdb_pix_mfa_la_LDFLAGS = $(PIX_LDFLAGS_MODULE)
libauthdb_pix_mfa_la_LIBADD = $(PIX_LIBS) $(PIX_CRYPTO_LIBS)
libauthdb_pix_mfa_la_SOURCES = \
	plugins/auth-mfa/authdb-pix-mfa.c \
	plugins/auth-mfa/passdb-pix-mfa.c plugins/auth-mfa/passdb-pix-mfa.h \
	plugins/auth-mfa/passdb-pix-mfa-decide.c \
	plugins/auth-mfa/pix-mfa-users.c plugins/auth-mfa/pix-mfa-users.h
