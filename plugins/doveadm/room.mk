# plugins/doveadm: one file a command, doveadm-pix-cmd-<noun>-<verb>.c; one table a part, doveadm-pix-table-<part>.c.
doveadm_LTLIBRARIES += libdoveadm_pix_plugin.la
libdoveadm_pix_plugin_la_LDFLAGS = $(PIX_LDFLAGS_MODULE)
libdoveadm_pix_plugin_la_LIBADD = $(PIX_LIBS) $(PIX_CRYPTO_LIBS) $(PIX_DOVEADM_LIBS)
libdoveadm_pix_plugin_la_SOURCES = \
	plugins/doveadm/doveadm-pix-plugin.c plugins/doveadm/doveadm-pix.h \
	$(PIX_DOVEADM_SOURCES)
PIX_DOVEADM_LIBS =
PIX_DOVEADM_SOURCES =

PIX_DOVEADM_SOURCES += \
	plugins/doveadm/doveadm-pix-table-suite.c plugins/doveadm/doveadm-pix-suite.h \
	plugins/doveadm/doveadm-pix-check.h \
	plugins/doveadm/doveadm-pix-check-file.c \
	plugins/doveadm/doveadm-pix-check-host.c \
	plugins/doveadm/doveadm-pix-check-list.c \
	plugins/doveadm/doveadm-pix-check-load.c \
	plugins/doveadm/doveadm-pix-check-passdb.c \
	plugins/doveadm/doveadm-pix-check-plugin.c \
	plugins/doveadm/doveadm-pix-check-service.c \
	plugins/doveadm/doveadm-pix-check-settings.c \
	plugins/doveadm/doveadm-pix-check-storage.c \
	plugins/doveadm/doveadm-pix-cmd-check.c \
	plugins/doveadm/doveadm-pix-cmd-key-create.c \
	plugins/doveadm/doveadm-pix-cmd-key-export.c \
	plugins/doveadm/doveadm-pix-cmd-key-list.c \
	plugins/doveadm/doveadm-pix-cmd-key-rotate.c \
	plugins/doveadm/doveadm-pix-key.c plugins/doveadm/doveadm-pix-key.h \
	plugins/doveadm/doveadm-pix-cmd-status.c

if PIX_ARCHIVE
PIX_DOVEADM_SOURCES += \
	plugins/doveadm/doveadm-pix-archive.c \
	plugins/doveadm/doveadm-pix-archive-age.c plugins/doveadm/doveadm-pix-archive-age.h \
	plugins/doveadm/doveadm-pix-archive.h \
	plugins/doveadm/doveadm-pix-cmd-archive-list.c \
	plugins/doveadm/doveadm-pix-cmd-archive-restore.c \
	plugins/doveadm/doveadm-pix-cmd-archive-run.c \
	plugins/doveadm/doveadm-pix-cmd-archive-verify.c \
	plugins/doveadm/doveadm-pix-cmd-disposition-approve.c \
	plugins/doveadm/doveadm-pix-cmd-disposition-list.c \
	plugins/doveadm/doveadm-pix-cmd-disposition-reject.c \
	plugins/doveadm/doveadm-pix-cmd-hold-add.c \
	plugins/doveadm/doveadm-pix-cmd-hold-approve.c \
	plugins/doveadm/doveadm-pix-cmd-hold-list.c \
	plugins/doveadm/doveadm-pix-cmd-hold-release.c \
	plugins/doveadm/doveadm-pix-cmd-hold-show.c \
	plugins/doveadm/doveadm-pix-cmd-retention-check.c \
	plugins/doveadm/doveadm-pix-cmd-retention-explain.c \
	plugins/doveadm/doveadm-pix-cmd-retention-set-event.c \
	plugins/doveadm/doveadm-pix-cmd-retention-show.c \
	plugins/doveadm/doveadm-pix-hold.c \
	plugins/doveadm/doveadm-pix-hold.h \
	plugins/doveadm/doveadm-pix-table-archive.c
endif

if PIX_AUDIT
PIX_DOVEADM_LIBS += $(ZSTD_LIBS)
PIX_DOVEADM_SOURCES += \
	plugins/doveadm/doveadm-pix-audit.c plugins/doveadm/doveadm-pix-audit.h \
	plugins/doveadm/doveadm-pix-cmd-audit-export.c \
	plugins/doveadm/doveadm-pix-cmd-audit-report.c \
	plugins/doveadm/doveadm-pix-cmd-audit-search.c \
	plugins/doveadm/doveadm-pix-cmd-audit-show.c \
	plugins/doveadm/doveadm-pix-cmd-audit-tail.c \
	plugins/doveadm/doveadm-pix-cmd-audit-verify.c \
	plugins/doveadm/doveadm-pix-cmd-receipt.c \
	plugins/doveadm/doveadm-pix-table-audit.c
endif

if PIX_SESSION
PIX_DOVEADM_SOURCES += \
	plugins/doveadm/doveadm-pix-table-session.c plugins/doveadm/doveadm-pix-session.h \
	plugins/doveadm/doveadm-pix-cmd-session-end.c \
	plugins/doveadm/doveadm-pix-cmd-session-list.c \
	plugins/doveadm/doveadm-pix-cmd-token-revoke.c
endif

if PIX_SORT
PIX_DOVEADM_SOURCES += \
	plugins/doveadm/doveadm-pix-cmd-quarantine-list.c \
	plugins/doveadm/doveadm-pix-cmd-quarantine-release.c \
	plugins/doveadm/doveadm-pix-cmd-sort-canary.c \
	plugins/doveadm/doveadm-pix-cmd-sort-check.c \
	plugins/doveadm/doveadm-pix-cmd-sort-install.c \
	plugins/doveadm/doveadm-pix-quarantine.c plugins/doveadm/doveadm-pix-quarantine.h \
	plugins/doveadm/doveadm-pix-sort.h \
	plugins/doveadm/doveadm-pix-sort-scripts.c \
	plugins/doveadm/doveadm-pix-table-sort.c
endif

if PIX_MFA
PIX_DOVEADM_LIBS += $(QRENCODE_LIBS)
PIX_DOVEADM_SOURCES += \
	plugins/doveadm/doveadm-pix-cmd-access-pass-add.c \
	plugins/doveadm/doveadm-pix-cmd-access-pass-list.c \
	plugins/doveadm/doveadm-pix-cmd-access-pass-revoke.c \
	plugins/doveadm/doveadm-pix-cmd-app-password-add.c \
	plugins/doveadm/doveadm-pix-cmd-app-password-list.c \
	plugins/doveadm/doveadm-pix-cmd-app-password-revoke.c \
	plugins/doveadm/doveadm-pix-cmd-recovery-code-list.c \
	plugins/doveadm/doveadm-pix-cmd-recovery-code-renew.c \
	plugins/doveadm/doveadm-pix-cmd-account-lock.c \
	plugins/doveadm/doveadm-pix-cmd-account-unlock.c \
	plugins/doveadm/doveadm-pix-cmd-mfa-explain.c \
	plugins/doveadm/doveadm-pix-cmd-mfa-status.c \
	plugins/doveadm/doveadm-pix-cmd-totp-confirm.c \
	plugins/doveadm/doveadm-pix-cmd-totp-enroll.c \
	plugins/doveadm/doveadm-pix-cmd-totp-import.c \
	plugins/doveadm/doveadm-pix-cmd-totp-reset.c \
	plugins/doveadm/doveadm-pix-qr.c plugins/doveadm/doveadm-pix-qr.h \
	plugins/doveadm/doveadm-pix-table-mfa.c plugins/doveadm/doveadm-pix-mfa.h
endif

if PIX_OAUTH2
PIX_DOVEADM_SOURCES += \
	plugins/doveadm/doveadm-pix-cmd-issuer-list.c \
	plugins/doveadm/doveadm-pix-cmd-issuer-refresh.c \
	plugins/doveadm/doveadm-pix-cmd-token-explain.c \
	plugins/doveadm/doveadm-pix-issuer.c plugins/doveadm/doveadm-pix-issuer.h \
	plugins/doveadm/doveadm-pix-table-oauth2.c
endif

if PIX_SORT
# The commands that run scripts need libdovecot-sieve: a module of their own, so that the others work without it.
doveadm_LTLIBRARIES += libdoveadm_pix_sort_plugin.la
libdoveadm_pix_sort_plugin_la_LDFLAGS = $(PIX_LDFLAGS_MODULE)
libdoveadm_pix_sort_plugin_la_LIBADD = $(PIX_LIBS) $(JANSSON_LIBS) -L$(dovecot_pkglibdir) -ldovecot-sieve
libdoveadm_pix_sort_plugin_la_SOURCES = \
	plugins/doveadm/doveadm-pix-cmd-sort-explain.c \
	plugins/doveadm/doveadm-pix-cmd-sort-run.c \
	plugins/doveadm/doveadm-pix-cmd-sort-undo.c \
	plugins/doveadm/doveadm-pix-sort-apply.c \
	plugins/doveadm/doveadm-pix-sort-plan.c \
	plugins/doveadm/doveadm-pix-sort-plugin.c \
	plugins/doveadm/doveadm-pix-sort-run.h
endif

# A configuration under which doveadm always starts, and the check that uses it.
EXTRA_DIST += plugins/doveadm/dovecot-pix-check.in
CLEANFILES += plugins/doveadm/dovecot-pix-check plugins/doveadm/check.conf
sbin_SCRIPTS += plugins/doveadm/dovecot-pix-check
share_DATA += plugins/doveadm/check.conf
plugins/doveadm/dovecot-pix-check: plugins/doveadm/dovecot-pix-check.in Makefile
	$(AM_V_GEN)$(MKDIR_P) plugins/doveadm && sed -e 's|@bindir[@]|$(bindir)|g' -e 's|@sharedir[@]|$(sharedir)|g' \
	  -e 's|@sysconfdir[@]|$(sysconfdir)|g' $(top_srcdir)/plugins/doveadm/dovecot-pix-check.in >$@ && chmod +x $@
plugins/doveadm/check.conf: Makefile
	$(AM_V_GEN)$(MKDIR_P) plugins/doveadm && { echo '# For dovecot-pix-check: nothing in it can be wrong.' && \
	  case $(pix_host) in 2.4) echo 'dovecot_config_version = 2.4.0'; echo 'dovecot_storage_version = 2.4.0';; esac; } >$@
