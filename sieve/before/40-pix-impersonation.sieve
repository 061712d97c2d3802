# Mail that poses as somebody else's. Only keywords: these signs hint, they don't prove.
#
#   $PixLookalike   the sender's domain looks like one of pix_sort_own_domains
#   $PixOtherName   the display name shows an address of another domain
#   $PixReplyTo     answers would go to another domain (not for mailing lists, where that is usual)
#
# pix_sort_impersonation_action = none or tag (default)
require ["vnd.pix.sort"];

if sortpolicy "impersonation_action" "tag" {
	if mailsign "look-alike" {
		tag "$PixLookalike";
	}
	if mailsign "display-name" {
		tag "$PixOtherName";
	}
	if allof (mailsign "reply-to", not exists ["List-Id"]) {
		tag "$PixReplyTo";
	}
}
