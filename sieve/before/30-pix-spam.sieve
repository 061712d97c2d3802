# Mail that a spam filter of ours marked: SpamAssassin (X-Spam-Flag, X-Spam-Status), rspamd (X-Spam).
#
# pix_sort_spam_action = none, tag (the keyword $Junk, default) or file (also into pix_sort_spam_folder)
require ["vnd.pix.sort", "fileinto", "mailbox", "variables"];

if allof (not sortpolicy "spam_action" "none",
          anyof (header :is "X-Spam-Flag" "yes",
                 header :is "X-Spam" "yes",
                 header :matches "X-Spam-Status" ["yes", "yes,*", "yes *"])) {
	tag "$Junk";
	if allof (sortpolicy "spam_action" "file",
	          sortpolicy :matches "spam_folder" "?*") {
		fileinto :create "${0}";
		stop;
	}
}
