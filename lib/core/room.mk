# lib/core: pure logic. One line a file; nothing here may know a clock, an event loop, a user, a mailbox or a setting.
noinst_LIBRARIES += lib/core/libpixcore.a
lib_core_libpixcore_a_SOURCES = \
	lib/core/pix-audit-record.c lib/core/pix-audit-record.h \
	lib/core/pix-audit-value.c \
	lib/core/pix-authres.c lib/core/pix-authres.h \
	lib/core/pix-authres-result.c \
	lib/core/pix-authres-set.c lib/core/pix-authres-set.h \
	lib/core/pix-core.h \
	lib/core/pix-frame.c lib/core/pix-frame.h \
	lib/core/pix-json.c lib/core/pix-json.h \
	lib/core/pix-merkle.c lib/core/pix-merkle.h \
	lib/core/pix-merkle-proof.c \
	lib/core/pix-note.c lib/core/pix-note.h \
	lib/core/pix-secret.c lib/core/pix-secret.h \
	lib/core/pix-session-policy.c lib/core/pix-session-policy.h \
	lib/core/pix-tile.c lib/core/pix-tile.h
