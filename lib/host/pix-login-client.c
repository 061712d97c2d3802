/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "login-common.h"
#include "client-common.h"
#include "pix-login-client.h"
#include "pix-compat.h"
#include "array.h"
#include "iostream-ssl.h"
#include "module-context.h"

#define PIX_LOGIN_CONTEXT(obj) \
	MODULE_CONTEXT_REQUIRE(obj, pix_login_client_module)

struct pix_login_client {
	union login_client_module_context module_ctx;
	struct pix_login_tls tls;
	enum pix_login_end end;
	/* TLS was begun, by port or STARTTLS */
	bool tls_begun:1;
};

static MODULE_CONTEXT_DEFINE_INIT(pix_login_client_module,
				  &login_module_register);
/* Handle of the registration. */
static pix_login_ended_t *pix_login_callback;

static bool pix_login_wants_tls(const struct client *client)
{
#if PIX_DOVECOT_24
	return client->connection_tls_secured && !client->haproxy_terminated_tls;
#else
	return client->tls;
#endif
}

/* What TLS is, once the handshake is done; it is gone when the client is. */
static void pix_login_see_tls(struct client *client)
{
	struct pix_login_client *lclient = PIX_LOGIN_CONTEXT(client);
	const char *protocol, *group;
	unsigned int bits;

	if (lclient->tls.protocol != NULL || client->destroyed ||
	    client->disconnected)
		return;
	if (pix_login_wants_tls(client))
		lclient->tls_begun = TRUE;
	if (client->ssl_iostream == NULL ||
	    !ssl_iostream_is_handshaked(client->ssl_iostream))
		return;
	protocol = ssl_iostream_get_protocol_name(client->ssl_iostream);
	if (protocol == NULL)
		return;
	lclient->tls.protocol = p_strdup(client->pool, protocol);
	lclient->tls.cipher = p_strdup(client->pool,
		ssl_iostream_get_cipher(client->ssl_iostream, &bits));
	/* with TLSv1.3 the cipher doesn't say it, and the host doesn't ask */
	group = ssl_iostream_get_pfs(client->ssl_iostream);
	if (group != NULL && strcmp(group, "KxANY") != 0)
		lclient->tls.group = p_strdup(client->pool, group);
	T_BEGIN {
		const char *cipher = lclient->tls.cipher;

		group = lclient->tls.group;
		client_add_forward_field(client, "pix_tls", t_strdup_printf("%s %s %s",
			protocol, cipher == NULL || *cipher == '\0' ? "-" : cipher,
			group == NULL || *group == '\0' ? "-" : group));
	} T_END;
}

static void pix_login_input(struct client *client)
{
	struct pix_login_client *lclient = PIX_LOGIN_CONTEXT(client);

	client_ref(client);
	pix_login_see_tls(client);
	lclient->module_ctx.super.input(client);
	pix_login_see_tls(client);
	client_unref(&client);
}

/* Called before each authentication of every protocol, to tell what is offered. */
static bool
pix_login_filter_mech(struct client *client, struct auth_mech_desc *mech)
{
	struct pix_login_client *lclient = PIX_LOGIN_CONTEXT(client);

	pix_login_see_tls(client);
	return lclient->module_ctx.super.sasl_filter_mech == NULL ||
		lclient->module_ctx.super.sasl_filter_mech(client, mech);
}

static void pix_login_notify_auth_ready(struct client *client)
{
	struct pix_login_client *lclient = PIX_LOGIN_CONTEXT(client);

	pix_login_see_tls(client);
	lclient->module_ctx.super.notify_auth_ready(client);
}

static void
pix_login_notify_disconnect(struct client *client,
			    enum client_disconnect_reason reason, const char *text)
{
	struct pix_login_client *lclient = PIX_LOGIN_CONTEXT(client);

	lclient->end = reason == CLIENT_DISCONNECT_TIMEOUT ?
		PIX_LOGIN_END_TIMEOUT : PIX_LOGIN_END_SERVER;
	if (lclient->module_ctx.super.notify_disconnect != NULL)
		lclient->module_ctx.super.notify_disconnect(client, reason, text);
}

static void pix_login_ended(struct client *client)
{
	struct pix_login_client *lclient = PIX_LOGIN_CONTEXT(client);
	struct pix_login_ended ended = {
		.protocol = login_binary->protocol,
		.session = client_get_session_id(client),
		.ip = &client->ip,
		.local_ip = &client->local_ip,
		.real_ip = &client->real_remote_ip,
		.port = client->remote_port,
		.local_port = client->local_port,
		.end = lclient->end,
		.tls = lclient->tls,
		.attempts = client->auth_attempts,
		.user = client->virtual_user,
		.created = client->created,
	};

	if (ended.end == PIX_LOGIN_END_NO_AUTH) {
		if (lclient->tls_begun && lclient->tls.protocol == NULL)
			ended.end = PIX_LOGIN_END_TLS_HANDSHAKE;
		else if (client->auth_attempts > 0)
			ended.end = PIX_LOGIN_END_AUTH_FAILED;
	}
	pix_login_callback(&ended);
}

static void pix_login_destroy(struct client *client)
{
	struct pix_login_client *lclient = PIX_LOGIN_CONTEXT(client);

	if (!client->login_success && pix_login_callback != NULL) T_BEGIN {
		if (pix_login_wants_tls(client))
			lclient->tls_begun = TRUE;
		pix_login_ended(client);
	} T_END;
	if (lclient->module_ctx.super.destroy != NULL)
		lclient->module_ctx.super.destroy(client);
}

static void pix_login_allocated(struct client *client)
{
	struct client_vfuncs *v = client->vlast;
	struct pix_login_client *lclient;

	lclient = p_new(client->pool, struct pix_login_client, 1);
	lclient->module_ctx.super = *v;
	client->vlast = &lclient->module_ctx.super;
	v->destroy = pix_login_destroy;
	/* a protocol that reads by itself has none */
	if (v->input != NULL)
		v->input = pix_login_input;
	v->notify_auth_ready = v->notify_auth_ready == NULL ? NULL :
		pix_login_notify_auth_ready;
	v->notify_disconnect = pix_login_notify_disconnect;
	v->sasl_filter_mech = pix_login_filter_mech;
	MODULE_CONTEXT_SET(client, pix_login_client_module, lclient);
}

static struct login_client_hooks pix_login_hooks = {
	.client_allocated = pix_login_allocated,
};

void pix_login_client_init(struct module *module, pix_login_ended_t *callback)
{
	pix_login_callback = callback;
	login_client_hooks_add(module, &pix_login_hooks);
}

void pix_login_client_deinit(void)
{
	login_client_hooks_remove(&pix_login_hooks);
	pix_login_callback = NULL;
}
