# Mail that a virus scanner of ours marked: clamav-milter and amavis (X-Virus-Status, X-Amavis-Alert), rspamd (X-Virus).
#
# pix_sort_virus_action = none, tag ($PixVirus) or quarantine (also into pix_sort_quarantine_folder, default)
#
# Senders can write these fields too, but only against themselves.
require ["vnd.pix.sort", "fileinto", "mailbox", "variables"];

if allof (not sortpolicy "virus_action" "none",
          anyof (header :contains "X-Virus-Status" "infected",
                 header :contains "X-Amavis-Alert" "INFECTED",
                 exists "X-Virus")) {
	tag "$PixVirus";
	if allof (sortpolicy "virus_action" "quarantine",
	          sortpolicy :matches "quarantine_folder" "?*") {
		fileinto :create "${0}";
		stop;
	}
}
