/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */
#ifndef DOVEADM_PIX_MFA_H
#define DOVEADM_PIX_MFA_H

#include "pix-doveadm.h"

extern struct doveadm_cmd_ver2 doveadm_pix_cmd_totp_enroll;
extern struct doveadm_cmd_ver2 doveadm_pix_cmd_totp_confirm;
extern struct doveadm_cmd_ver2 doveadm_pix_cmd_totp_reset;
extern struct doveadm_cmd_ver2 doveadm_pix_cmd_totp_import;
extern struct doveadm_cmd_ver2 doveadm_pix_cmd_account_lock;
extern struct doveadm_cmd_ver2 doveadm_pix_cmd_account_unlock;
extern struct doveadm_cmd_ver2 doveadm_pix_cmd_mfa_explain;
extern struct doveadm_cmd_ver2 doveadm_pix_cmd_mfa_status;
extern struct doveadm_cmd_ver2 doveadm_pix_cmd_app_password_add;
extern struct doveadm_cmd_ver2 doveadm_pix_cmd_app_password_list;
extern struct doveadm_cmd_ver2 doveadm_pix_cmd_app_password_revoke;
extern struct doveadm_cmd_ver2 doveadm_pix_cmd_recovery_code_renew;
extern struct doveadm_cmd_ver2 doveadm_pix_cmd_recovery_code_list;
extern struct doveadm_cmd_ver2 doveadm_pix_cmd_access_pass_add;
extern struct doveadm_cmd_ver2 doveadm_pix_cmd_access_pass_list;
extern struct doveadm_cmd_ver2 doveadm_pix_cmd_access_pass_revoke;

/* Arguments with the user (-u, needed) and the actor. NULL after the command
   failed. */
json_t *doveadm_pix_mfa_args(struct doveadm_cmd_context *cctx);
/* Asks pix-identity. NULL after the command failed. */
json_t *doveadm_pix_mfa_ask(const char *cmd, json_t *args);
/* "account lock" and "unlock": asks cmd with --reason and prints the state. */
void doveadm_pix_mfa_account(struct doveadm_cmd_context *cctx, const char *cmd);
/* Copies string options of the command into args. */
void doveadm_pix_mfa_copy(struct doveadm_cmd_context *cctx, json_t *args,
			  const char *const *names);
/* An option that may be given often, as a list. */
void doveadm_pix_mfa_list_arg(struct doveadm_cmd_context *cctx, json_t *args,
			      const char *option, const char *member);
/* A member as text: numbers and lists too; "" if it is absent. Data stack. */
const char *doveadm_pix_mfa_text(const json_t *obj, const char *name);
/* A unix time as text in UTC, "" for none. */
const char *doveadm_pix_mfa_time(const json_t *obj, const char *name);

#endif
