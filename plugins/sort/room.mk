# plugins/sort: the Sieve extension vnd.pix.sort, and the mail plugin behind it. Paths are relative to the top of the tree.
sieve_LTLIBRARIES += lib90_sieve_pix_sort_plugin.la
lib90_sieve_pix_sort_plugin_la_LDFLAGS = $(PIX_LDFLAGS_MODULE)
lib90_sieve_pix_sort_plugin_la_LIBADD = $(PIX_LIBS)
lib90_sieve_pix_sort_plugin_la_SOURCES = \
	plugins/sort/cmd-pix-retain.c \
	plugins/sort/cmd-pix-tag.c \
	plugins/sort/ext-pix-sort.c plugins/sort/ext-pix-sort.h \
	plugins/sort/sieve-pix-sort-plugin.c \
	plugins/sort/tst-pix-authresults.c \
	plugins/sort/tst-pix-mailsign.c \
	plugins/sort/tst-pix-sortpolicy.c

mail_LTLIBRARIES += lib20_pix_sort_plugin.la
lib20_pix_sort_plugin_la_LDFLAGS = $(PIX_LDFLAGS_MODULE)
lib20_pix_sort_plugin_la_LIBADD = $(PIX_LIBS)
lib20_pix_sort_plugin_la_SOURCES = \
	plugins/sort/pix-sort-deliver.c \
	plugins/sort/pix-sort-plugin.c plugins/sort/pix-sort-plugin.h \
	plugins/sort/pix-sort-storage.c
