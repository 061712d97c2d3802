# conf.d: the drop-ins of the host that the suite is built for. NN-pix-<part>.conf is all commented out and explains each
# setting; enable/ gets the same file with its configuration in force, for an operator's '!include'.
enabledir = $(sharedir)/enable
EXTRA_DIST += conf.d/2.3 conf.d/2.4 tools/lib/uncomment

pix-install-conf:
	$(MKDIR_P) $(DESTDIR)$(confdir) $(DESTDIR)$(enabledir)
	for f in $(top_srcdir)/conf.d/$(pix_host)/*; do \
	  test -f "$$f" || continue; n=$${f##*/}; \
	  $(INSTALL_DATA) "$$f" $(DESTDIR)$(confdir)/$$n || exit 1; \
	  case $$n in *.conf) \
	    $(SHELL) $(top_srcdir)/tools/lib/uncomment "$$f" > $(DESTDIR)$(enabledir)/$$n && \
	    chmod 644 $(DESTDIR)$(enabledir)/$$n || exit 1;; \
	  esac; \
	done
pix-uninstall-conf:
	rm -rf $(DESTDIR)$(confdir) $(DESTDIR)$(enabledir)
.PHONY: pix-install-conf pix-uninstall-conf
install_local_targets += pix-install-conf
uninstall_local_targets += pix-uninstall-conf
