# The room plugins/auth-oauth2. Paths are relative to the top of the tree.
auth_LTLIBRARIES += libauthdb_pix_oauth2.la
libauthdb_pix_oauth2_la_LDFLAGS = $(PIX_LDFLAGS_MODULE)
libauthdb_pix_oauth2_la_LIBADD = $(PIX_LIBS) $(PIX_CRYPTO_LIBS) $(JWT_LIBS)
libauthdb_pix_oauth2_la_SOURCES = \
	plugins/auth-oauth2/authdb-pix-oauth2.c \
	plugins/auth-oauth2/pix-oauth2-auth.c plugins/auth-oauth2/pix-oauth2-auth.h \
	plugins/auth-oauth2/pix-oauth2-introspection.c plugins/auth-oauth2/pix-oauth2-introspection.h \
	plugins/auth-oauth2/pix-oauth2-login.c plugins/auth-oauth2/pix-oauth2-login.h \
	plugins/auth-oauth2/pix-oauth2-login-introspect.c \
	plugins/auth-oauth2/pix-oauth2-revocation.c
