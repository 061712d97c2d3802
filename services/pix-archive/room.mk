# services/pix-archive: ledger, holds and the archived mail. Requests: docs/protocol/archive.md.
service_PROGRAMS += services/pix-archive/pix-archive
services_pix_archive_pix_archive_LDFLAGS = $(PIX_LDFLAGS_EXE)
services_pix_archive_pix_archive_LDADD = $(PIX_LIBS) $(LIBDOVECOT_STORAGE) $(LIBDOVECOT) $(PIX_CRYPTO_LIBS) $(SQLITE_LIBS)
services_pix_archive_pix_archive_SOURCES = \
	services/pix-archive/pix-archive.h \
	services/pix-archive/pix-archive-cmd-list.c \
	services/pix-archive/pix-archive-cmd-owner.c \
	services/pix-archive/pix-archive-cmd-verify.c \
	services/pix-archive/pix-archive-decide.c \
	services/pix-archive/pix-archive-disposition.c \
	services/pix-archive/pix-archive-hold.c \
	services/pix-archive/pix-archive-ledger.c services/pix-archive/pix-archive-ledger.h \
	services/pix-archive/pix-archive-ledger-apply.c \
	services/pix-archive/pix-archive-ledger-doc.c \
	services/pix-archive/pix-archive-ledger-item.c \
	services/pix-archive/pix-archive-ledger-private.h \
	services/pix-archive/pix-archive-ledger-verify.c \
	services/pix-archive/pix-archive-main.c \
	services/pix-archive/pix-archive-put.c \
	services/pix-archive/pix-archive-store.h \
	services/pix-archive/pix-archive-store-owner.c \
	services/pix-archive/pix-archive-store-private.h \
	services/pix-archive/pix-archive-store-read.c \
	services/pix-archive/pix-archive-store-recover.c \
	services/pix-archive/pix-archive-store-save.c
