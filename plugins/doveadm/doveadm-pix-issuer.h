/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */
#ifndef DOVEADM_PIX_ISSUER_H
#define DOVEADM_PIX_ISSUER_H

#include "pix-doveadm.h"
#include "pix-oauth2-fetch.h"
#include "pix-oauth2-keystore.h"
#include "pix-settings-oauth2.h"

extern struct doveadm_cmd_ver2 doveadm_pix_cmd_issuer_list;
extern struct doveadm_cmd_ver2 doveadm_pix_cmd_issuer_refresh;
extern struct doveadm_cmd_ver2 doveadm_pix_cmd_token_explain;

/* The live configuration. */
struct doveadm_pix_oauth2 {
	const struct pix_oauth2_settings *set;
	struct pix_issuers *issuers;
};

/* FALSE after pix_doveadm_fail(): every mistake was said. */
bool doveadm_pix_oauth2_load(struct doveadm_pix_oauth2 *oauth2_r);
void doveadm_pix_oauth2_unload(struct doveadm_pix_oauth2 *oauth2);

/* The keys that auth has: of the issuer's file or the state folder. stored_r->keys
   has one reference. Returns FALSE and error_r if there are none. */
bool doveadm_pix_oauth2_keys(const struct doveadm_pix_oauth2 *oauth2,
			     const struct pix_issuer *issuer,
			     struct pix_oauth2_stored *stored_r,
			     const char **error_r);

/* Asks the issuer now and waits. With save they are stored for auth. Returns
   FALSE and error_r. notes: broken keys that were left out. */
bool doveadm_pix_oauth2_fetch(const struct doveadm_pix_oauth2 *oauth2,
			      const struct pix_issuer *issuer, bool save,
			      struct pix_oauth2_stored *stored_r,
			      const char **notes_r, const char **error_r);

/* Unix seconds as text, "" for 0. Data stack. */
const char *doveadm_pix_time(time_t t);

#endif
