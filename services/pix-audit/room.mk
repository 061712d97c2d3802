# services/pix-audit: the collector, the only writer of the audit log.
service_PROGRAMS += services/pix-audit/pix-audit
services_pix_audit_pix_audit_CFLAGS = $(PIX_CFLAGS) $(ZSTD_CFLAGS)
services_pix_audit_pix_audit_LDFLAGS = $(PIX_LDFLAGS_EXE)
services_pix_audit_pix_audit_LDADD = $(PIX_LIBS) $(LIBDOVECOT) $(PIX_CRYPTO_LIBS) $(SQLITE_LIBS) $(ZSTD_LIBS)
services_pix_audit_pix_audit_SOURCES = \
	services/pix-audit/pix-audit.h \
	services/pix-audit/pix-audit-admin.c \
	services/pix-audit/pix-audit-collect.c \
	services/pix-audit/pix-audit-commit.c \
	services/pix-audit/pix-audit-index.c services/pix-audit/pix-audit-index.h \
	services/pix-audit/pix-audit-index-db.c \
	services/pix-audit/pix-audit-index-private.h \
	services/pix-audit/pix-audit-journal.c \
	services/pix-audit/pix-audit-log.c services/pix-audit/pix-audit-log.h \
	services/pix-audit/pix-audit-log-private.h \
	services/pix-audit/pix-audit-log-read.c \
	services/pix-audit/pix-audit-main.c \
	services/pix-audit/pix-audit-peer.c \
	services/pix-audit/pix-audit-producer.c \
	services/pix-audit/pix-audit-search.c \
	services/pix-audit/pix-audit-spool-in.c \
	services/pix-audit/pix-audit-tiles.c

# The stand-alone verifier: nothing of Dovecot (docs/design/decisions/).
bin_PROGRAMS += services/pix-audit/pix-audit-verify
services_pix_audit_pix_audit_verify_LDFLAGS = -pie $(PIX_LDFLAGS)
services_pix_audit_pix_audit_verify_LDADD = $(PIX_LIBS) $(OPENSSL_LIBS) $(ZSTD_LIBS)
services_pix_audit_pix_audit_verify_SOURCES = services/pix-audit/pix-audit-verify.c
