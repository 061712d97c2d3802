# Mail that fails DMARC, as our own mail server saw it.
#
# pix_sort_dmarc_action = none        does nothing
#                         tag         sets the keyword $PixDmarcFail (default)
#                         quarantine  also files the mail into pix_sort_quarantine_folder, if its domain
#                                     asks for that; a domain with p=none only wants to watch
#
# A mailing list breaks DMARC without any harm: what a trusted sealer (pix_sort_arc_sealers) saw goes first.
require ["vnd.pix.sort", "fileinto", "imap4flags", "mailbox", "variables"];

if allof (authresults "dmarc" "fail",
          not authresults :arc "dmarc" "pass",
          not sortpolicy "dmarc_action" "none") {
	tag "$PixDmarcFail";
	if allof (sortpolicy "dmarc_action" "quarantine",
	          not authresults :policy :result "fail" "dmarc" "none",
	          sortpolicy :matches "quarantine_folder" "?*") {
		fileinto :create "${0}";
		stop;
	}
}
