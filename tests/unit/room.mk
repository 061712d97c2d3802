# One program a noun of lib/core: test-<noun>. Each may read ../shared/vectors (PIX_VECTORS).
check_PROGRAMS += $(PIX_UNIT_TESTS)
TESTS += $(PIX_UNIT_TESTS)
PIX_UNIT_LIBS = lib/core/libpixcore.a $(LIBDOVECOT) $(OPENSSL_LIBS) $(JANSSON_LIBS)
AM_TESTS_ENVIRONMENT = PIX_SRCDIR='$(abs_top_srcdir)' PIX_VECTORS="$${PIX_VECTORS:-$(abs_top_srcdir)/../shared/vectors}"; export PIX_SRCDIR PIX_VECTORS;

PIX_UNIT_TESTS = \
	tests/unit/test-authres \
	tests/unit/test-frame \
	tests/unit/test-json \
	tests/unit/test-secret

tests_unit_test_authres_SOURCES = tests/unit/test-authres.c
tests_unit_test_authres_LDADD = $(PIX_UNIT_LIBS)
tests_unit_test_authres_LDFLAGS = $(PIX_LDFLAGS_EXE)
tests_unit_test_frame_SOURCES = tests/unit/test-frame.c
tests_unit_test_frame_LDADD = $(PIX_UNIT_LIBS)
tests_unit_test_frame_LDFLAGS = $(PIX_LDFLAGS_EXE)
tests_unit_test_json_SOURCES = tests/unit/test-json.c
tests_unit_test_json_LDADD = $(PIX_UNIT_LIBS)
tests_unit_test_json_LDFLAGS = $(PIX_LDFLAGS_EXE)
tests_unit_test_secret_SOURCES = tests/unit/test-secret.c
tests_unit_test_secret_LDADD = $(PIX_UNIT_LIBS)
tests_unit_test_secret_LDFLAGS = $(PIX_LDFLAGS_EXE)

PIX_UNIT_TESTS += tests/unit/test-app-password tests/unit/test-keyring tests/unit/test-mfa-code tests/unit/test-mfa-policy \
	tests/unit/test-otpauth tests/unit/test-totp
tests_unit_test_mfa_policy_SOURCES = tests/unit/test-mfa-policy.c
tests_unit_test_mfa_policy_LDADD = $(PIX_UNIT_LIBS)
tests_unit_test_mfa_policy_LDFLAGS = $(PIX_LDFLAGS_EXE)
tests_unit_test_mfa_code_SOURCES = tests/unit/test-mfa-code.c
tests_unit_test_mfa_code_LDADD = $(PIX_UNIT_LIBS)
tests_unit_test_mfa_code_LDFLAGS = $(PIX_LDFLAGS_EXE)
tests_unit_test_app_password_SOURCES = tests/unit/test-app-password.c
tests_unit_test_app_password_LDADD = $(PIX_UNIT_LIBS)
tests_unit_test_app_password_LDFLAGS = $(PIX_LDFLAGS_EXE)
tests_unit_test_keyring_SOURCES = tests/unit/test-keyring.c
tests_unit_test_keyring_LDADD = $(PIX_UNIT_LIBS)
tests_unit_test_keyring_LDFLAGS = $(PIX_LDFLAGS_EXE)
tests_unit_test_totp_SOURCES = tests/unit/test-totp.c
tests_unit_test_totp_LDADD = $(PIX_UNIT_LIBS) $(OATH_LIBS)
tests_unit_test_totp_LDFLAGS = $(PIX_LDFLAGS_EXE)
tests_unit_test_otpauth_SOURCES = tests/unit/test-otpauth.c
tests_unit_test_otpauth_LDADD = $(PIX_UNIT_LIBS) $(OATH_LIBS)
tests_unit_test_otpauth_LDFLAGS = $(PIX_LDFLAGS_EXE)

PIX_UNIT_TESTS += tests/unit/test-retention
tests_unit_test_retention_SOURCES = tests/unit/test-retention.c
tests_unit_test_retention_LDADD = $(PIX_UNIT_LIBS)
tests_unit_test_retention_LDFLAGS = $(PIX_LDFLAGS_EXE)

PIX_UNIT_TESTS += tests/unit/test-session-policy
tests_unit_test_session_policy_SOURCES = tests/unit/test-session-policy.c
tests_unit_test_session_policy_LDADD = $(PIX_UNIT_LIBS)
tests_unit_test_session_policy_LDFLAGS = $(PIX_LDFLAGS_EXE)

PIX_UNIT_TESTS += tests/unit/test-conf
tests_unit_test_conf_SOURCES = tests/unit/test-conf.c
tests_unit_test_conf_LDADD = $(PIX_UNIT_LIBS)
tests_unit_test_conf_LDFLAGS = $(PIX_LDFLAGS_EXE)

PIX_UNIT_TESTS += tests/unit/test-jws
tests_unit_test_jws_SOURCES = tests/unit/test-jws.c tests/unit/test-vectors.h
tests_unit_test_jws_LDADD = $(PIX_UNIT_LIBS)
tests_unit_test_jws_LDFLAGS = $(PIX_LDFLAGS_EXE)

PIX_UNIT_TESTS += tests/unit/test-jwt
tests_unit_test_jwt_SOURCES = tests/unit/test-jwt.c
tests_unit_test_jwt_LDADD = $(PIX_UNIT_LIBS)
tests_unit_test_jwt_LDFLAGS = $(PIX_LDFLAGS_EXE)

PIX_UNIT_TESTS += tests/unit/test-sasl-oauth
tests_unit_test_sasl_oauth_SOURCES = tests/unit/test-sasl-oauth.c
tests_unit_test_sasl_oauth_LDADD = $(PIX_UNIT_LIBS)
tests_unit_test_sasl_oauth_LDFLAGS = $(PIX_LDFLAGS_EXE)
PIX_UNIT_TESTS += tests/unit/test-audit-build tests/unit/test-audit-digest
tests_unit_test_audit_build_SOURCES = tests/unit/test-audit-build.c
tests_unit_test_audit_build_LDADD = $(PIX_UNIT_LIBS)
tests_unit_test_audit_build_LDFLAGS = $(PIX_LDFLAGS_EXE)
tests_unit_test_audit_digest_SOURCES = tests/unit/test-audit-digest.c
tests_unit_test_audit_digest_LDADD = $(PIX_UNIT_LIBS)
tests_unit_test_audit_digest_LDFLAGS = $(PIX_LDFLAGS_EXE)

PIX_UNIT_TESTS += tests/unit/test-token-cache
tests_unit_test_token_cache_SOURCES = tests/unit/test-token-cache.c
tests_unit_test_token_cache_LDADD = $(PIX_UNIT_LIBS)
tests_unit_test_token_cache_LDFLAGS = $(PIX_LDFLAGS_EXE)
PIX_UNIT_TESTS += tests/unit/test-mail-signs
tests_unit_test_mail_signs_SOURCES = tests/unit/test-mail-signs.c
tests_unit_test_mail_signs_LDADD = $(PIX_UNIT_LIBS)
tests_unit_test_mail_signs_LDFLAGS = $(PIX_LDFLAGS_EXE)
if PIX_AUDIT
PIX_UNIT_TESTS += tests/unit/test-merkle tests/unit/test-note tests/unit/test-audit-record tests/unit/test-audit-log
tests_unit_test_merkle_SOURCES = tests/unit/test-merkle.c
tests_unit_test_merkle_LDADD = $(PIX_UNIT_LIBS)
tests_unit_test_merkle_LDFLAGS = $(PIX_LDFLAGS_EXE)
tests_unit_test_note_SOURCES = tests/unit/test-note.c
tests_unit_test_note_LDADD = $(PIX_UNIT_LIBS)
tests_unit_test_note_LDFLAGS = $(PIX_LDFLAGS_EXE)
tests_unit_test_audit_record_SOURCES = tests/unit/test-audit-record.c
tests_unit_test_audit_record_LDADD = $(PIX_UNIT_LIBS)
tests_unit_test_audit_record_LDFLAGS = $(PIX_LDFLAGS_EXE)
# the log of the collector itself, without its service
tests_unit_test_audit_log_SOURCES = tests/unit/test-audit-log.c \
	services/pix-audit/pix-audit-journal.c services/pix-audit/pix-audit-log.c \
	services/pix-audit/pix-audit-log-read.c services/pix-audit/pix-audit-tiles.c
tests_unit_test_audit_log_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/services/pix-audit
tests_unit_test_audit_log_LDADD = $(PIX_UNIT_LIBS) $(ZSTD_LIBS)
tests_unit_test_audit_log_LDFLAGS = $(PIX_LDFLAGS_EXE)
endif
