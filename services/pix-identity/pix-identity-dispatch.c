/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-identity-dispatch.h"
#include "pix-identity-session.h"
#include "pix-identity-ticket.h"

/* Requests are small; only bulk import comes near it. */
#define PIX_IDENTITY_MAX_PAYLOAD (1024 * 1024)
#define PIX_IDENTITY_MAX_OUTPUT (64 * 1024 * 1024)

#define AUTH PIX_IDENTITY_ROLE_AUTH
#define ADMIN PIX_IDENTITY_ROLE_ADMIN
#define SESSION PIX_IDENTITY_ROLE_SESSION

/* Everything that a peer may ask, and which socket it must come from. */
static const struct pix_identity_command {
	const char *name;
	unsigned int roles;
	pix_identity_handler_t *handler;
} pix_identity_commands[] = {
	{ "users", AUTH, pix_identity_cmd_users },
	{ "verify", AUTH, pix_identity_cmd_verify },
	{ "app-password", AUTH, pix_identity_cmd_app_password },
	{ "app-password-used", AUTH, pix_identity_cmd_app_password_used },
	{ "app-password-add", ADMIN, pix_identity_cmd_app_password_add },
	{ "app-password-revoke", ADMIN, pix_identity_cmd_app_password_revoke },
	{ "account-lock", ADMIN, pix_identity_cmd_account_lock },
	{ "account-unlock", ADMIN, pix_identity_cmd_account_unlock },
	{ "recovery-code-renew", ADMIN, pix_identity_cmd_recovery_renew },
	{ "access-pass-add", ADMIN, pix_identity_cmd_access_pass_add },
	{ "access-pass-revoke", ADMIN, pix_identity_cmd_access_pass_revoke },
	{ "status", ADMIN, pix_identity_cmd_status },
	{ "session-register", SESSION, pix_identity_cmd_session_register },
	{ "session-release", SESSION, pix_identity_cmd_session_release },
	{ "session-list", ADMIN, pix_identity_cmd_session_list },
	{ "session-end", ADMIN, pix_identity_cmd_session_end },
	{ "token-check", AUTH, pix_identity_cmd_token_check },
	{ "token-revoke", ADMIN, pix_identity_cmd_token_revoke },
	{ "mfa-show", ADMIN, pix_identity_cmd_mfa_show },
	{ "mfa-list", ADMIN, pix_identity_cmd_mfa_list },
	{ "totp-enroll", ADMIN, pix_identity_cmd_totp_enroll },
	{ "totp-confirm", ADMIN, pix_identity_cmd_totp_confirm },
	{ "totp-reset", ADMIN, pix_identity_cmd_totp_reset },
	{ "totp-import", ADMIN, pix_identity_cmd_totp_import },
};

static struct pix_identity *pix_identity_process;

enum pix_identity_role pix_identity_conn_role(const struct pix_service_conn *conn)
{
	const char *name = pix_service_conn_socket_name(conn);

	if (strcmp(name, "pix-identity") == 0)
		return AUTH;
	if (strcmp(name, "pix-identity-admin") == 0)
		return ADMIN;
	if (strcmp(name, "pix-identity-session") == 0)
		return SESSION;
	return 0;
}

void pix_identity_answer(struct pix_identity_request *request, json_t *answer)
{
	pix_service_answer(request->conn, request->id, answer);
	pix_service_conn_unref(&request->conn);
	i_free(request);
}

void pix_identity_fail(struct pix_identity_request *request,
		       const char *code, const char *text)
{
	pix_service_fail(request->conn, request->id, code, text);
	pix_service_conn_unref(&request->conn);
	i_free(request);
}

static bool
pix_identity_hello(struct pix_service_conn *conn,
		   const json_t *hello, json_t *answer, const char **error_r)
{
	const enum pix_identity_role role = pix_identity_conn_role(conn);

	if (role == SESSION)
		return pix_identity_ticket_hello(pix_identity_process, conn,
						 hello, answer, error_r);
	if (role != 0)
		return TRUE;
	*error_r = "this socket has no role (check the names of service pix-identity { unix_listener })";
	return FALSE;
}

static void
pix_identity_request(struct pix_service_conn *conn, uint64_t id,
		     const char *cmd, const json_t *args)
{
	const enum pix_identity_role role = pix_identity_conn_role(conn);
	struct pix_identity_request *request;

	for (unsigned int i = 0; i < N_ELEMENTS(pix_identity_commands); i++) {
		const struct pix_identity_command *command = &pix_identity_commands[i];

		if (strcmp(command->name, cmd) != 0)
			continue;
		if ((command->roles & role) == 0) {
			e_error(pix_service_conn_event(conn),
				"Refused command %s from pid=%ld on socket %s",
				command->name, (long)pix_service_conn_pid(conn),
				pix_service_conn_socket_name(conn));
			pix_service_fail(conn, id, "denied",
					 "this socket does not allow the command");
			return;
		}
		request = i_new(struct pix_identity_request, 1);
		request->identity = pix_identity_process;
		request->conn = conn;
		pix_service_conn_ref(conn);
		request->id = id;
		request->role = role;
		request->cmd = command->name;
		request->args = args;
		command->handler(request);
		return;
	}
	pix_service_fail(conn, id, "invalid", "unknown command");
}

static void pix_identity_closed(struct pix_service_conn *conn)
{
	pix_identity_sessions_closed(pix_identity_process->sessions, conn);
}

/* The registry is of one process: sessions move to the new one. */
static bool pix_identity_leave(struct pix_service_conn *conn)
{
	return pix_identity_conn_role(conn) == SESSION;
}

struct pix_service *pix_identity_dispatch_init(struct pix_identity *identity)
{
	const struct pix_service_params params = {
		.protocol = "pix-identity",
		.version_min = 1,
		.version_max = 1,
		.max_payload = PIX_IDENTITY_MAX_PAYLOAD,
		.max_output = PIX_IDENTITY_MAX_OUTPUT,
		.v = {
			.hello = pix_identity_hello,
			.request = pix_identity_request,
			.closed = pix_identity_closed,
			.leave = pix_identity_leave,
		},
		.event_parent = identity->event,
	};

	pix_identity_process = identity;
	return pix_service_init(&params);
}
