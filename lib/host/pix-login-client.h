/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */
#ifndef PIX_LOGIN_CLIENT_H
#define PIX_LOGIN_CLIENT_H

/* Connections of the login processes (imap-login, pop3-login, submission-login,
   managesieve-login), in one form for both hosts. */

#include "lib.h"
#include "net.h"

struct client;
struct module;

/* TLS of a connection; strings live as long as it. protocol NULL: none. */
struct pix_login_tls {
	const char *protocol, *cipher, *group;
};

enum pix_login_end {
	/* no authentication was tried */
	PIX_LOGIN_END_NO_AUTH,
	PIX_LOGIN_END_AUTH_FAILED,
	PIX_LOGIN_END_TLS_HANDSHAKE,
	PIX_LOGIN_END_TIMEOUT,
	/* the server ended it: shutting down, too many connections */
	PIX_LOGIN_END_SERVER,
};

struct pix_login_ended {
	/* "imap" */
	const char *protocol;
	const char *session;
	const struct ip_addr *ip, *local_ip, *real_ip;
	in_port_t port, local_port;
	enum pix_login_end end;
	struct pix_login_tls tls;
	unsigned int attempts;
	/* as it was typed last; NULL without an attempt */
	const char *user;
	struct timeval created;
};

/* Called for each connection that ends without a login. */
typedef void pix_login_ended_t(const struct pix_login_ended *ended);

/* Besides calling the callback, tells auth of the TLS of each connection, as
   forward field "pix_tls" ("TLSv1.3 cipher group"). */
void pix_login_client_init(struct module *module, pix_login_ended_t *callback);
void pix_login_client_deinit(void);

#endif
