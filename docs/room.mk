# Documentation. A man page is docs/man/NAME.SECTION.scd (scdoc) and one line here: manSECTION_MANS += docs/man/NAME.SECTION
EXTRA_DIST += docs/man docs/guides docs/design docs/protocol

docs/man/%: docs/man/%.scd
	$(AM_V_GEN)$(MKDIR_P) docs/man && $(SCDOC) < $< > $@.new && mv $@.new $@
CLEANFILES += $(man1_MANS) $(man5_MANS) $(man7_MANS) $(man8_MANS)

man1_MANS += docs/man/doveadm-pix.1
man1_MANS += docs/man/doveadm-pix-check.1
man1_MANS += docs/man/doveadm-pix-key.1
if PIX_ARCHIVE
man1_MANS += docs/man/doveadm-pix-archive.1
man5_MANS += docs/man/pix-retention.policy.5
man8_MANS += docs/man/pix-archive.8
endif
if PIX_SESSION
man1_MANS += docs/man/doveadm-pix-session.1
man7_MANS += docs/man/pix-session.7
endif
if PIX_SORT
man7_MANS += docs/man/pix-sort.7
endif
if PIX_OAUTH2
man1_MANS += docs/man/doveadm-pix-issuer.1 docs/man/doveadm-pix-token.1
man5_MANS += docs/man/pix-issuers.5
man7_MANS += docs/man/pix-auth-oauth2.7
endif
if PIX_SESSION
man8_MANS += docs/man/pix-identity.8
endif
if PIX_MFA
man1_MANS += docs/man/doveadm-pix-mfa.1
man7_MANS += docs/man/pix-auth-mfa.7
endif
if PIX_AUDIT
man1_MANS += docs/man/doveadm-pix-audit.1 docs/man/pix-audit-verify.1
man8_MANS += docs/man/pix-audit.8
endif
