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

PIX_FUZZ_TESTS += tests/fuzz/fuzz-jws
tests_fuzz_fuzz_jws_SOURCES = tests/fuzz/fuzz-jws.c tests/fuzz/fuzz-replay.c
tests_fuzz_fuzz_jws_LDADD = $(PIX_FUZZ_LIBS)
tests_fuzz_fuzz_jws_LDFLAGS = $(PIX_LDFLAGS_EXE)

PIX_FUZZ_TESTS += tests/fuzz/fuzz-jwks
tests_fuzz_fuzz_jwks_SOURCES = tests/fuzz/fuzz-jwks.c tests/fuzz/fuzz-replay.c
tests_fuzz_fuzz_jwks_LDADD = $(PIX_FUZZ_LIBS)
tests_fuzz_fuzz_jwks_LDFLAGS = $(PIX_LDFLAGS_EXE)

PIX_FUZZ_TESTS += tests/fuzz/fuzz-claims
tests_fuzz_fuzz_claims_SOURCES = tests/fuzz/fuzz-claims.c tests/fuzz/fuzz-replay.c
tests_fuzz_fuzz_claims_LDADD = $(PIX_FUZZ_LIBS)
tests_fuzz_fuzz_claims_LDFLAGS = $(PIX_LDFLAGS_EXE)

PIX_FUZZ_TESTS += tests/fuzz/fuzz-issuers
tests_fuzz_fuzz_issuers_SOURCES = tests/fuzz/fuzz-issuers.c tests/fuzz/fuzz-replay.c
tests_fuzz_fuzz_issuers_LDADD = $(PIX_FUZZ_LIBS)
tests_fuzz_fuzz_issuers_LDFLAGS = $(PIX_LDFLAGS_EXE)

PIX_FUZZ_TESTS += tests/fuzz/fuzz-sasl-oauth
tests_fuzz_fuzz_sasl_oauth_SOURCES = tests/fuzz/fuzz-sasl-oauth.c tests/fuzz/fuzz-replay.c
tests_fuzz_fuzz_sasl_oauth_LDADD = $(PIX_FUZZ_LIBS)
tests_fuzz_fuzz_sasl_oauth_LDFLAGS = $(PIX_LDFLAGS_EXE)
if PIX_AUDIT
PIX_FUZZ_TESTS += tests/fuzz/fuzz-audit-record
tests_fuzz_fuzz_audit_record_SOURCES = tests/fuzz/fuzz-audit-record.c tests/fuzz/fuzz-replay.c
tests_fuzz_fuzz_audit_record_LDADD = $(PIX_FUZZ_LIBS)
tests_fuzz_fuzz_audit_record_LDFLAGS = $(PIX_LDFLAGS_EXE)
PIX_FUZZ_TESTS += tests/fuzz/fuzz-tlog
tests_fuzz_fuzz_tlog_SOURCES = tests/fuzz/fuzz-tlog.c tests/fuzz/fuzz-replay.c
tests_fuzz_fuzz_tlog_LDADD = $(PIX_FUZZ_LIBS)
tests_fuzz_fuzz_tlog_LDFLAGS = $(PIX_LDFLAGS_EXE)
endif
PIX_FUZZ_TESTS += tests/fuzz/fuzz-frame
tests_fuzz_fuzz_frame_SOURCES = tests/fuzz/fuzz-frame.c tests/fuzz/fuzz-replay.c
tests_fuzz_fuzz_frame_LDADD = $(PIX_FUZZ_LIBS)
tests_fuzz_fuzz_frame_LDFLAGS = $(PIX_LDFLAGS_EXE)
