# Fuzzing: fuzz-<noun>.c has libFuzzer's entry, corpus/<noun> its inputs; 'make check' replays them. A part that adds one writes
# four lines like those of authres.
EXTRA_DIST += tests/fuzz/corpus tests/fuzz/fuzz.h
PIX_FUZZ_LIBS = lib/core/libpixcore.a $(LIBDOVECOT) $(OPENSSL_LIBS) $(JANSSON_LIBS)
PIX_FUZZ_TESTS =
check_PROGRAMS += $(PIX_FUZZ_TESTS)
TESTS += $(PIX_FUZZ_TESTS)

PIX_FUZZ_TESTS += tests/fuzz/fuzz-authres
tests_fuzz_fuzz_authres_SOURCES = tests/fuzz/fuzz-authres.c tests/fuzz/fuzz-replay.c
tests_fuzz_fuzz_authres_LDADD = $(PIX_FUZZ_LIBS)
tests_fuzz_fuzz_authres_LDFLAGS = $(PIX_LDFLAGS_EXE)
