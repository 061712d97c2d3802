# lib/core: pure logic. One line a file; nothing here may know a clock, an event loop, a user, a mailbox or a setting.
noinst_LIBRARIES += lib/core/libpixcore.a
lib_core_libpixcore_a_SOURCES = \
	lib/core/pix-audit-ecs.c lib/core/pix-audit-ecs.h \
	lib/core/pix-audit-record.c lib/core/pix-audit-record.h \
	lib/core/pix-audit-value.c \
	lib/core/pix-audit-build.c lib/core/pix-audit-build.h \
	lib/core/pix-audit-digest.c lib/core/pix-audit-digest.h \
	lib/core/pix-audit-fetch.c lib/core/pix-audit-fetch.h \
	lib/core/pix-audit-ring.c lib/core/pix-audit-ring.h \
	lib/core/pix-authres.c lib/core/pix-authres.h \
	lib/core/pix-authres-result.c \
	lib/core/pix-authres-set.c lib/core/pix-authres-set.h \
	lib/core/pix-mail-signs.c lib/core/pix-mail-signs.h \
	lib/core/pix-conf.c lib/core/pix-conf.h \
	lib/core/pix-core.h \
	lib/core/pix-base64url.c lib/core/pix-base64url.h \
	lib/core/pix-client-assertion.c lib/core/pix-client-assertion.h \
	lib/core/pix-claims.c lib/core/pix-claims.h \
	lib/core/pix-issuer.c lib/core/pix-issuer.h \
	lib/core/pix-jwa.c lib/core/pix-jwa.h \
	lib/core/pix-jwk.c lib/core/pix-jwk.h \
	lib/core/pix-jwks.c lib/core/pix-jwks.h \
	lib/core/pix-jws.c lib/core/pix-jws.h \
	lib/core/pix-jwt.c lib/core/pix-jwt.h \
	lib/core/pix-token-cache.c lib/core/pix-token-cache.h \
	lib/core/pix-verdict.c lib/core/pix-verdict.h \
	lib/core/pix-issuer-file.c lib/core/pix-issuer-set.c \
	lib/core/pix-frame.c lib/core/pix-frame.h \
	lib/core/pix-json.c lib/core/pix-json.h \
	lib/core/pix-merkle.c lib/core/pix-merkle.h \
	lib/core/pix-merkle-proof.c \
	lib/core/pix-note.c lib/core/pix-note.h \
	lib/core/pix-retention.h \
	lib/core/pix-retention-date.c \
	lib/core/pix-retention-eval.c \
	lib/core/pix-retention-parse.c \
	lib/core/pix-retention-policy.c \
	lib/core/pix-sasl-oauth.c lib/core/pix-sasl-oauth.h \
	lib/core/pix-secret.c lib/core/pix-secret.h \
	lib/core/pix-session-policy.c lib/core/pix-session-policy.h \
	lib/core/pix-tile.c lib/core/pix-tile.h \
	lib/core/pix-tlog-proof.c lib/core/pix-tlog-proof.h \
	lib/core/pix-tlog-verify.c lib/core/pix-tlog-verify.h

# second factors
lib_core_libpixcore_a_SOURCES += \
	lib/core/pix-app-password.c lib/core/pix-app-password.h \
	lib/core/pix-crockford.c lib/core/pix-crockford.h \
	lib/core/pix-keyring.c lib/core/pix-keyring.h \
	lib/core/pix-mfa-code.c lib/core/pix-mfa-code.h \
	lib/core/pix-mfa-policy.c lib/core/pix-mfa-policy.h \
	lib/core/pix-otpauth.c lib/core/pix-otpauth.h \
	lib/core/pix-totp.c lib/core/pix-totp.h
