# Mailing lists and newsletters.
#
#   $PixList         mail of a mailing list (List-Id, RFC 2919)
#   $PixUnsubscribe  a newsletter that can be left by one click (RFC 8058): a client may offer the button. It needs a valid DKIM
#                    signature. Nothing here ever clicks.
#
# pix_sort_list_action = none or tag (default)
require ["vnd.pix.sort"];

if sortpolicy "list_action" "tag" {
	if exists "List-Id" {
		tag "$PixList";
	}
	if allof (header :contains "List-Unsubscribe-Post" "List-Unsubscribe=One-Click",
	          header :contains "List-Unsubscribe" "<https:",
	          authresults "dkim" "pass") {
		tag "$PixUnsubscribe";
	}
}
