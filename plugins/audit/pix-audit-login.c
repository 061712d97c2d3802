/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

/* Login processes: every connection that ended without a session. Logins are
   recorded by auth, which knows the outcome. */

#include "pix-core.h"
#include "pix-audit-client.h"
#include "pix-audit-process.h"
#include "pix-login-client.h"
#include "time-util.h"
#include "ioloop.h"

extern const char *pix_audit_login_plugin_version;
void pix_audit_login_plugin_preinit(void);
void pix_audit_login_plugin_init(struct module *module);
void pix_audit_login_plugin_deinit(void);

PIX_EXPORT const char *pix_audit_login_plugin_version = DOVECOT_ABI_VERSION;

static struct pix_audit_process pix_audit_login;

static void
pix_audit_add_ip(struct pix_audit_build *build, const char *name,
		 const struct ip_addr *ip)
{
	if (ip->family != 0)
		pix_audit_build_str(build, name, net_ip2addr(ip));
}

static void pix_audit_login_ended(const struct pix_login_ended *ended)
{
	static const char *const reasons[] = {
		[PIX_LOGIN_END_NO_AUTH] = "no-auth",
		[PIX_LOGIN_END_AUTH_FAILED] = "auth-failed",
		[PIX_LOGIN_END_TLS_HANDSHAKE] = "tls-handshake",
		[PIX_LOGIN_END_TIMEOUT] = "timeout",
		[PIX_LOGIN_END_SERVER] = "disconnected",
	};
	struct pix_audit_build build;

	pix_audit_client_begin(pix_audit_login.client, "connection.end", &build);
	pix_audit_build_str(&build, "session", ended->session);
	pix_audit_add_ip(&build, "ip", ended->ip);
	pix_audit_build_str(&build, "outcome",
			    ended->attempts > 0 ? "fail" : "aborted");
	pix_audit_build_str(&build, "reason", reasons[ended->end]);
	pix_audit_build_str(&build, "proto", ended->protocol);
	pix_audit_build_int(&build, "port", ended->port);
	pix_audit_add_ip(&build, "lip", ended->local_ip);
	pix_audit_build_int(&build, "lport", ended->local_port);
	if (!net_ip_compare(ended->ip, ended->real_ip))
		pix_audit_add_ip(&build, "peer_ip", ended->real_ip);
	pix_audit_build_str(&build, "tls", ended->tls.protocol);
	pix_audit_build_str(&build, "tls_cipher", ended->tls.cipher);
	pix_audit_build_str(&build, "tls_group", ended->tls.group);
	if (ended->attempts > 0)
		pix_audit_build_str_max(&build, "user_given", ended->user, 255);
	pix_audit_build_int(&build, "attempts", ended->attempts);
	pix_audit_build_int(&build, "duration",
			    timeval_diff_msecs(&ioloop_timeval, &ended->created));
	pix_audit_client_end(pix_audit_login.client, &build);
}

/* Still root, and not yet in the chroot. */
PIX_EXPORT void pix_audit_login_plugin_preinit(void)
{
	pix_audit_process_init(&pix_audit_login, "pix-audit");
}

PIX_EXPORT void pix_audit_login_plugin_init(struct module *module)
{
	pix_login_client_init(module, pix_audit_login_ended);
}

PIX_EXPORT void pix_audit_login_plugin_deinit(void)
{
	pix_login_client_deinit();
	pix_audit_process_deinit(&pix_audit_login);
}
