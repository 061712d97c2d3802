/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */
#ifndef PIX_IDENTITY_EPOCH_H
#define PIX_IDENTITY_EPOCH_H

#include "pix-core.h"
#include "pix-keyring.h"

/* What the store must not forget: the version of every row that this host has
   seen, kept outside the database in a file of its own. A database that was
   restored from an older copy, or edited, has rows behind their epoch or lacks
   some: these are refused. */
struct pix_epoch;

/* Reads dir/epoch; the folder must exist. Returns 0, or -1 and error_r. */
int pix_epoch_init(const char *dir, struct pix_keyring *keyring,
		   struct event *event_parent, struct pix_epoch **epoch_r,
		   const char **error_r);
void pix_epoch_deinit(struct pix_epoch **epoch);

/* TRUE if there was a file at the start. */
bool pix_epoch_existed(const struct pix_epoch *epoch);
/* Version of the row as last seen, 0 for never. */
uint64_t pix_epoch_version(const struct pix_epoch *epoch, const char *kind,
			   const char *id);
/* Notes a version; a lower one than known is ignored. Written at once, and
   synced within a second. */
void pix_epoch_seen(struct pix_epoch *epoch, const char *kind, const char *id,
		    const char *owner, uint64_t version);
/* Number of rows that this owner (kind: of this kind, NULL for all) must have. */
unsigned int pix_epoch_owner_rows(const struct pix_epoch *epoch,
				  const char *owner, const char *kind);
/* Owners that must have rows of the kind. */
void pix_epoch_foreach_owner(const struct pix_epoch *epoch, const char *kind,
			     void (*func)(const char *owner, void *context),
			     void *context);

#endif
