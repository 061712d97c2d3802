/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */
#ifndef PIX_ARCHIVE_LABEL_H
#define PIX_ARCHIVE_LABEL_H

/* Labels that others put on a mail, told by an event "pix_retention_label"
   (fields user, guid, label: space-separated), go to the ledger. */
void pix_archive_label_init(void);
void pix_archive_label_deinit(void);

#endif
