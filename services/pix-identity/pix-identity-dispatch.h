/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */
#ifndef PIX_IDENTITY_DISPATCH_H
#define PIX_IDENTITY_DISPATCH_H

#include "pix-identity.h"

/* The server side of the protocol "pix-identity" (docs/protocol/identity.md). */
struct pix_service *pix_identity_dispatch_init(struct pix_identity *identity);
enum pix_identity_role pix_identity_conn_role(const struct pix_service_conn *conn);

/* Handlers of the commands, in pix-identity-cmd-*.c. */
pix_identity_handler_t pix_identity_cmd_status;
pix_identity_handler_t pix_identity_cmd_session_register;
pix_identity_handler_t pix_identity_cmd_session_release;
pix_identity_handler_t pix_identity_cmd_session_list;
pix_identity_handler_t pix_identity_cmd_session_end;
pix_identity_handler_t pix_identity_cmd_token_check;
pix_identity_handler_t pix_identity_cmd_token_revoke;
pix_identity_handler_t pix_identity_cmd_users;
pix_identity_handler_t pix_identity_cmd_verify;
pix_identity_handler_t pix_identity_cmd_totp_enroll;
pix_identity_handler_t pix_identity_cmd_totp_confirm;
pix_identity_handler_t pix_identity_cmd_totp_reset;
pix_identity_handler_t pix_identity_cmd_totp_import;
pix_identity_handler_t pix_identity_cmd_mfa_show;
pix_identity_handler_t pix_identity_cmd_mfa_list;
pix_identity_handler_t pix_identity_cmd_app_password;
pix_identity_handler_t pix_identity_cmd_app_password_used;
pix_identity_handler_t pix_identity_cmd_app_password_add;
pix_identity_handler_t pix_identity_cmd_app_password_revoke;
pix_identity_handler_t pix_identity_cmd_recovery_renew;
pix_identity_handler_t pix_identity_cmd_access_pass_add;
pix_identity_handler_t pix_identity_cmd_access_pass_revoke;

#endif
