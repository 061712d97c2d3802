/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-login.h"
#include "pix-compat.h"
#include "pix-sasl-oauth.h"
#include "array.h"
#include "safe-memset.h"
#include "auth-common.h"
#include "auth.h"
#include "auth-fields.h"
#include "auth-request.h"
#include "auth-request-handler.h"
#include "mech.h"
#include "passdb.h"
#include "restrict-access.h"
#include "master-service.h"
#include "master-service-settings.h"

#include <stdlib.h>
#include <unistd.h>

struct pix_login {
	/* the host's request comes first: it is freed by the host */
	struct auth_request auth;
	struct pix_sasl_oauth sasl;
	bool xoauth2;
	/* the error was sent, the client's dummy answer is awaited */
	bool failed;
	pix_login_authorize_callback_t *authorized;
	enum pix_login_passdb passdb;
	void *context;
};

/* Registration handles: one take-over a process. */
static struct pix_login_vfuncs login_vfuncs;
static void *login_context;

/* ---- mechanism ---- */

static struct auth_request *login_new(bool xoauth2)
{
	pool_t pool = pool_alloconly_create("pix login", 4096);
	struct pix_login *login = p_new(pool, struct pix_login, 1);

	login->auth.pool = pool;
	login->xoauth2 = xoauth2;
	return &login->auth;
}

static struct auth_request *login_new_oauthbearer(void)
{
	return login_new(FALSE);
}

static struct auth_request *login_new_xoauth2(void)
{
	return login_new(TRUE);
}

static void
login_continue(struct auth_request *request, const unsigned char *data, size_t size)
{
	struct pix_login *login = container_of(request, struct pix_login, auth);
	const char *error;

	if (login->failed) {
		/* RFC 7628 §3.2.3: the client's answer to the error */
		auth_request_fail(request);
		return;
	}
	if (pix_sasl_oauth_parse(request->pool, login->xoauth2, data, size,
				 &login->sasl, &error) < 0)
		login_vfuncs.invalid(login, error, login_context);
	/* first of all, so that every log line shows whom it claimed to be */
	else if (login->sasl.user != NULL &&
		 !auth_request_set_username(request, login->sasl.user, &error))
		login_vfuncs.invalid(login, "the user name is not acceptable", login_context);
	else
		login_vfuncs.begin(login, login->sasl.token, login_context);
}

static void login_free(struct auth_request *request)
{
	struct pix_login *login = container_of(request, struct pix_login, auth);
	char *token = (char *)login->sasl.token;

	if (token != NULL)
		safe_memset(token, 0, strlen(token));
	if (request->initial_response_len > 0) {
		safe_memset((void *)request->initial_response, 0,
			    request->initial_response_len);
	}
	pool_unref(&request->pool);
}

unsigned int pix_login_take_over(const struct pix_login_vfuncs *vfuncs, void *context)
{
	struct auth *const *authp;
	unsigned int count = 0;

	login_vfuncs = *vfuncs;
	login_context = context;
	array_foreach(&auths, authp) {
		struct mech_module_list *list = (*authp)->reg->modules;

		/* usually one register for all; doing it twice is harmless */
		for (count = 0; list != NULL; list = list->next) {
			struct mech_module *mech = &list->module;

			if (strcmp(mech->mech_name, "OAUTHBEARER") == 0)
				mech->auth_new = login_new_oauthbearer;
			else if (strcmp(mech->mech_name, "XOAUTH2") == 0)
				mech->auth_new = login_new_xoauth2;
			else
				continue;
			mech->auth_initial = mech_generic_auth_initial;
			mech->auth_continue = login_continue;
			mech->auth_free = login_free;
			count++;
		}
	}
	return count;
}

/* ---- passdb ---- */

static void
login_passdb_verify_plain(struct auth_request *request,
			  const char *password ATTR_UNUSED,
			  verify_plain_callback_t *callback)
{
	callback(PASSDB_RESULT_USER_UNKNOWN, request);
}

static void
login_passdb_lookup_credentials(struct auth_request *request,
				lookup_credentials_callback_t *callback)
{
	callback(PASSDB_RESULT_USER_UNKNOWN, NULL, 0, request);
}

static struct passdb_module_interface login_passdb_iface;
static int (*login_passdb_preinit_func)(const char **error_r);
static void (*login_passdb_init_func)(void);
static void (*login_passdb_deinit_func)(void);

#if PIX_DOVECOT_24
static int
login_passdb_preinit(pool_t pool, struct event *event ATTR_UNUSED,
		     struct passdb_module **module_r, const char **error_r)
{
	*module_r = p_new(pool, struct passdb_module, 1);
	return login_passdb_preinit_func(error_r);
}
#else
static struct passdb_module *
login_passdb_preinit(pool_t pool, const char *args ATTR_UNUSED)
{
	const char *error;

	if (login_passdb_preinit_func(&error) < 0)
		i_fatal("passdb %s: %s", login_passdb_iface.name, error);
	return p_new(pool, struct passdb_module, 1);
}
#endif

static void login_passdb_init(struct passdb_module *module ATTR_UNUSED)
{
	login_passdb_init_func();
}

static void login_passdb_deinit(struct passdb_module *module ATTR_UNUSED)
{
	login_passdb_deinit_func();
}

void pix_login_register_passdb(const char *name,
			       int (*preinit)(const char **error_r),
			       void (*init)(void), void (*deinit)(void))
{
	login_passdb_preinit_func = preinit;
	login_passdb_init_func = init;
	login_passdb_deinit_func = deinit;
	login_passdb_iface.name = name;
	login_passdb_iface.preinit = login_passdb_preinit;
	login_passdb_iface.init = login_passdb_init;
	login_passdb_iface.deinit = login_passdb_deinit;
	login_passdb_iface.verify_plain = login_passdb_verify_plain;
	login_passdb_iface.lookup_credentials = login_passdb_lookup_credentials;
	passdb_register_module(&login_passdb_iface);
}

void pix_login_unregister_passdb(void)
{
	passdb_unregister_module(&login_passdb_iface);
}

bool pix_login_is_server(void)
{
	return !worker;
}

void pix_login_target_ids(uid_t *uid_r, gid_t *gid_r)
{
	struct restrict_access_settings set;

	*uid_r = geteuid();
	*gid_r = getegid();
	restrict_access_get_env(&set);
	if (geteuid() == 0 && set.uid != (uid_t)-1) {
		*uid_r = set.uid;
		if (set.gid != (gid_t)-1)
			*gid_r = set.gid;
	}
}

struct event *pix_login_auth_event(void)
{
	return auth_event;
}

const char *pix_login_base_dir(void)
{
#if PIX_DOVECOT_24
	return master_service_get_service_settings(master_service)->base_dir;
#else
	return master_service_settings_get(master_service)->base_dir;
#endif
}

/* ---- request ---- */

pool_t pix_login_pool(struct pix_login *login)
{
	return login->auth.pool;
}

struct event *pix_login_event(struct pix_login *login)
{
	return login->auth.mech_event;
}

const char *pix_login_user(struct pix_login *login)
{
	return login->auth.fields.user;
}

const char *pix_login_service(struct pix_login *login)
{
#if PIX_DOVECOT_24
	return login->auth.fields.protocol;
#else
	return login->auth.fields.service;
#endif
}

bool pix_login_is_xoauth2(struct pix_login *login)
{
	return login->xoauth2;
}

void pix_login_set_context(struct pix_login *login, void *context)
{
	login->context = context;
}

void *pix_login_context(struct pix_login *login)
{
	return login->context;
}

bool pix_login_alive(struct pix_login *login)
{
	return !login->auth.removed_from_handler &&
		login->auth.state == AUTH_REQUEST_STATE_MECH_CONTINUE;
}

void pix_login_ref(struct pix_login *login)
{
	auth_request_ref(&login->auth);
}

void pix_login_unref(struct pix_login **_login)
{
	struct auth_request *request = &(*_login)->auth;

	*_login = NULL;
	auth_request_unref(&request);
}

static enum pix_login_result
login_passdb_result(const struct pix_login *login, enum passdb_result result)
{
	bool required = login->passdb == PIX_LOGIN_PASSDB_REQUIRED;

	switch (result) {
	case PASSDB_RESULT_OK:
		return PIX_LOGIN_OK;
	case PASSDB_RESULT_USER_DISABLED:
	case PASSDB_RESULT_PASS_EXPIRED:
		return PIX_LOGIN_DISABLED;
	case PASSDB_RESULT_INTERNAL_FAILURE:
		return PIX_LOGIN_TEMPFAIL;
	case PASSDB_RESULT_SCHEME_NOT_AVAILABLE:
		/* it knows the user, but shows no credentials (PAM) */
		return PIX_LOGIN_OK;
	default:
		/* a passdb that failed might have denied the user */
		if (login->auth.passdbs_seen_internal_failure)
			return PIX_LOGIN_TEMPFAIL;
		return required ? PIX_LOGIN_UNKNOWN : PIX_LOGIN_OK;
	}
}

static void
login_looked_up(enum passdb_result result,
		const unsigned char *credentials ATTR_UNUSED,
		size_t size ATTR_UNUSED, struct auth_request *request)
{
	struct pix_login *login = container_of(request, struct pix_login, auth);

	login->authorized(login, login_passdb_result(login, result));
	auth_request_unref(&request);
}

static enum pix_login_result
login_set_user(struct pix_login *login, const char *token_user)
{
	struct auth_request *request = &login->auth;
	enum pix_login_result result = PIX_LOGIN_OK;
	const char *normal, *error;

	/* as the host normalised what the client said */
	normal = login->sasl.user == NULL ? NULL : t_strdup(request->fields.user);
	if (request->fields.requested_login_user != NULL ||
	    !auth_request_set_username(request, token_user, &error) ||
	    request->fields.requested_login_user != NULL ||
	    request->fields.user == NULL)
		result = PIX_LOGIN_USER_INVALID;
	else if (normal != NULL && strcmp(normal, request->fields.user) != 0)
		result = PIX_LOGIN_USER_MISMATCH;
	/* a refusal is logged under the name that was claimed */
	if (result != PIX_LOGIN_OK && normal != NULL)
		auth_request_set_username_forced(request, normal);
	return result;
}

void pix_login_authorize(struct pix_login *login, const char *token_user,
			 enum pix_login_passdb passdb,
			 pix_login_authorize_callback_t *callback)
{
	struct auth_request *request = &login->auth;
	enum pix_login_result result = login_set_user(login, token_user);

	login->passdb = passdb;
	if (result != PIX_LOGIN_OK || passdb == PIX_LOGIN_PASSDB_NONE) {
		callback(login, result);
		return;
	}
	login->authorized = callback;
	auth_request_ref(request);
	auth_request_lookup_credentials(request, "", login_looked_up);
}

void pix_login_succeed(struct pix_login *login, const char *const *fields)
{
	struct auth_request *request = &login->auth;
	bool prefetch = request->userdb_prefetch_set;

	if (!pix_login_alive(login))
		return;
	request->passdb_success = TRUE;
	auth_request_set_password_verified(request);
	for (; fields[0] != NULL; fields += 2)
		auth_request_set_field(request, fields[0], fields[1], NULL);
	/* our fields alone make no prefetched userdb */
	request->userdb_prefetch_set = prefetch;
	auth_request_success(request, "", 0);
}

void pix_login_fail(struct pix_login *login, const char *json)
{
	struct auth_request *request = &login->auth;

	if (!pix_login_alive(login))
		return;
	login->failed = TRUE;
#if PIX_DOVECOT_24
	auth_request_fail_with_reply(request, json, strlen(json));
#else
	auth_request_handler_reply_continue(request, json, strlen(json));
#endif
}
