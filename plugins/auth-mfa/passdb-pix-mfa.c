/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "passdb-pix-mfa.h"
#include "pix-app-password.h"
#include "pix-secret.h"
#include "pix-settings-identity.h"
#include "ioloop.h"
#include "lib-event.h"
#include "llist.h"

/* After the start the set of the service is waited for so long before the one
   of the file is believed. */
#define PIX_MFA_FILE_MSECS 1000
#define PIX_MFA_EVENT_KEY "pix_mfa_login"
#define PIX_MFA_MAX_PAYLOAD (16 * 1024 * 1024)
#define PIX_MFA_MAX_REQUESTS 10000

struct pix_mfa pix_mfa;

static struct event_category pix_mfa_category = { .name = "pix-mfa" };

static void pix_mfa_login_start(struct pix_mfa_login *login);

struct pix_mfa_login *pix_mfa_login_find(struct auth_request *request)
{
	return event_get_ptr(request->event, PIX_MFA_EVENT_KEY);
}

static struct pix_mfa_login *pix_mfa_login_new(struct auth_request *request)
{
	struct pix_mfa_login *login = p_new(request->pool, struct pix_mfa_login, 1);

	login->request = request;
	login->name = p_strdup(request->pool, request->fields.user);
	event_set_ptr(request->event, PIX_MFA_EVENT_KEY, login);
	return login;
}

json_t *pix_mfa_question(const struct pix_mfa_login *login, const char *user)
{
	const struct auth_request *request = login->request;
	json_t *args = json_object();

	pix_json_set_str(args, "user", user);
	pix_json_set_str(args, "service", pix_passdb_service(request));
	if (request->fields.remote_ip.family != 0)
		pix_json_set_str(args, "rip", net_ip2addr(&request->fields.remote_ip));
	pix_json_set_str(args, "client", request->fields.client_id);
	return args;
}

/* ---- our step of the chain ---- */

/* Our step is done: the next passdb goes on, or nobody. */
static void pix_mfa_step(struct pix_mfa_login *login, bool stop)
{
	struct auth_request *request = login->request;
	/* the only result after which no rule lets the chain go on; at its end
	   we make it what it should look like */
	enum passdb_result result = stop ? PASSDB_RESULT_USER_DISABLED :
		PASSDB_RESULT_NEXT;

	pix_mfa_wrap(login);
	if (login->credentials)
		login->step.credentials(result, NULL, 0, request);
	else
		login->step.plain(result, request);
}

static void
pix_mfa_probed(enum pix_client_result result, const json_t *answer, void *context)
{
	struct pix_mfa_login *login = context;
	struct auth_request *request = login->request;

	login->question = NULL;
	/* without an answer it stays a password like any other: nothing is
	   required of this user yet */
	if (result == PIX_CLIENT_OK && pix_json_true(answer, "ok")) {
		login->pending = TRUE;
		pix_passdb_cut_password(request,
			pix_mfa_code_split(request->mech_password,
				pix_mfa.set->pix_mfa_separator,
				strlen(login->code.code), &login->code));
	} else {
		explicit_bzero(&login->code, sizeof(login->code));
	}
	pix_mfa_step(login, FALSE);
	auth_request_unref(&request);
}

/* The enrolment is pending: is that its first code, or a part of the password? */
static void pix_mfa_probe(struct pix_mfa_login *login)
{
	json_t *args = pix_mfa_question(login, login->name);

	pix_json_set_str(args, "kind", pix_mfa_code_kind_name(login->code.kind));
	pix_json_set_str(args, "code", login->code.code);
	pix_json_set_bool(args, "first", TRUE);
	pix_json_set_bool(args, "probe", TRUE);
	auth_request_ref(login->request);
	login->question = pix_client_request(pix_mfa.client, "verify", args,
		pix_mfa.set->pix_mfa_timeout, pix_mfa_probed, login);
}

static void
pix_mfa_app_answered(enum pix_client_result result, const json_t *answer,
		     void *context)
{
	struct pix_mfa_login *login = context;
	struct auth_request *request = login->request;

	login->question = NULL;
	if (result == PIX_CLIENT_OK && pix_json_true(answer, "ok") &&
	    request->fields.requested_login_user == NULL) {
		/* (in the chain of a master user it would stand for his password) */
		login->app_owner = p_strdup(request->pool, pix_json_str(answer, "owner"));
		login->app_credential = p_strdup(request->pool,
			pix_json_str(answer, "credential"));
		/* the passdbs behind only say whether the account may log in */
		auth_request_set_password_verified(request);
	} else if (result != PIX_CLIENT_OK)
		login->result = PASSDB_RESULT_INTERNAL_FAILURE;
	/* a wrong one goes no further: no directory counts it as a guess */
	pix_mfa_step(login, login->app_owner == NULL || login->app_credential == NULL);
	auth_request_unref(&request);
}

static void pix_mfa_app_ask(struct pix_mfa_login *login, const char *normal)
{
	json_t *args = pix_mfa_question(login, login->name);

	login->app = TRUE;
	pix_json_set_str(args, "password", normal);
	auth_request_ref(login->request);
	login->question = pix_client_request(pix_mfa.client, "app-password", args,
		pix_mfa.set->pix_mfa_timeout, pix_mfa_app_answered, login);
}

static void pix_mfa_plain_start(struct pix_mfa_login *login)
{
	struct auth_request *request = login->request;
	const enum pix_mfa_user_flags flags =
		pix_mfa_users_flags(pix_mfa.users, login->name);
	const unsigned int digits = (flags & PIX_MFA_USER_DIGITS_8) != 0 ? 8 : 6;
	char normal[PIX_APP_PASSWORD_NORMAL_LEN + 1];
	size_t len;

	if (login->token) {
		pix_mfa_step(login, FALSE);
		return;
	}
	if (pix_app_password_parse(request->mech_password, normal)) {
		pix_mfa_app_ask(login, normal);
		explicit_bzero(normal, sizeof(normal));
		return;
	}
	if ((flags & (PIX_MFA_USER_REQUIRED | PIX_MFA_USER_BROKEN)) != 0) {
		len = pix_mfa_code_split(request->mech_password,
					 pix_mfa.set->pix_mfa_separator,
					 digits, &login->code);
		pix_passdb_cut_password(request, len);
	} else if ((flags & PIX_MFA_USER_PENDING) != 0) {
		(void)pix_mfa_code_split(request->mech_password,
					 pix_mfa.set->pix_mfa_separator,
					 digits, &login->code);
		if (login->code.kind == PIX_MFA_CODE_TOTP) {
			pix_mfa_probe(login);
			return;
		}
		explicit_bzero(&login->code, sizeof(login->code));
	}
	pix_mfa_step(login, FALSE);
}

/* ---- waiting for the set of users ---- */

static bool pix_mfa_users_ready(void)
{
	return pix_mfa_users_fresh(pix_mfa.users) ||
		(pix_mfa_users_known(pix_mfa.users) && pix_mfa.to_file == NULL);
}

static void pix_mfa_login_stop_waiting(struct pix_mfa_login *login)
{
	timeout_remove(&login->to_wait);
	DLLIST_REMOVE(&pix_mfa.waiting, login);
}

static void pix_mfa_login_timeout(struct pix_mfa_login *login)
{
	struct auth_request *request = login->request;

	pix_mfa_login_stop_waiting(login);
	e_error(pix_mfa.event, "It is not known yet who is enrolled, as pix-identity did not answer: logins are refused (is the service pix-identity running?)");
	if (login->credentials)
		login->step.credentials(PASSDB_RESULT_USER_DISABLED, NULL, 0, request);
	else {
		login->result = PASSDB_RESULT_INTERNAL_FAILURE;
		login->app = TRUE;
		pix_mfa_step(login, TRUE);
	}
	auth_request_unref(&request);
}

static void pix_mfa_waiting_go(void)
{
	struct pix_mfa_login *login;

	while ((login = pix_mfa.waiting) != NULL) {
		struct auth_request *request = login->request;

		pix_mfa_login_stop_waiting(login);
		pix_mfa_login_start(login);
		auth_request_unref(&request);
	}
}

static void pix_mfa_login_start(struct pix_mfa_login *login)
{
	if (!pix_mfa_users_ready()) {
		auth_request_ref(login->request);
		login->to_wait = timeout_add(pix_mfa.set->pix_mfa_timeout,
					     pix_mfa_login_timeout, login);
		DLLIST_PREPEND(&pix_mfa.waiting, login);
	} else if (login->credentials)
		pix_mfa_step(login, FALSE);
	else
		pix_mfa_plain_start(login);
}

/* ---- what auth calls ---- */

static bool pix_mfa_mech_is_token(struct auth_request *request)
{
	const char *mech = pix_passdb_mech(request);

	return strcasecmp(mech, "XOAUTH2") == 0 ||
		strcasecmp(mech, "OAUTHBEARER") == 0;
}

void pix_mfa_verify_plain(struct auth_request *request,
			  const char *password ATTR_UNUSED,
			  verify_plain_callback_t *callback)
{
	struct pix_mfa_login *login;

	if (pix_mfa_login_find(request) != NULL) {
		/* the chain of a master user goes on with that of the user */
		callback(PASSDB_RESULT_NEXT, request);
		return;
	}
	login = pix_mfa_login_new(request);
	login->step.plain = callback;
	login->token = pix_mfa_mech_is_token(request);
	pix_mfa_login_start(login);
}

void pix_mfa_lookup_credentials(struct auth_request *request,
				lookup_credentials_callback_t *callback)
{
	struct pix_mfa_login *login;

	/* without a mechanism nobody logs in: an administrator looks up */
	if (pix_mfa_login_find(request) != NULL || request->mech == NULL) {
		callback(PASSDB_RESULT_NEXT, NULL, 0, request);
		return;
	}
	login = pix_mfa_login_new(request);
	login->credentials = TRUE;
	login->token = pix_mfa_mech_is_token(request);
	login->step.credentials = callback;
	pix_mfa_login_start(login);
}

/* ---- the process ---- */

static void pix_mfa_push(const json_t *msg, void *context ATTR_UNUSED)
{
	pix_mfa_users_push(pix_mfa.users, msg);
	if (pix_mfa_users_fresh(pix_mfa.users)) {
		timeout_remove(&pix_mfa.to_file);
		pix_mfa_waiting_go();
	}
}

static void
pix_mfa_subscribed(enum pix_client_result result ATTR_UNUSED,
		   const json_t *answer ATTR_UNUSED, void *context ATTR_UNUSED)
{
}

static void pix_mfa_connected(const json_t *answer ATTR_UNUSED,
			      void *context ATTR_UNUSED)
{
	(void)pix_client_request(pix_mfa.client, "users", NULL,
				 pix_mfa.set->pix_mfa_timeout,
				 pix_mfa_subscribed, NULL);
}

static void pix_mfa_file_believed(void *context ATTR_UNUSED)
{
	timeout_remove(&pix_mfa.to_file);
	if (pix_mfa_users_ready())
		pix_mfa_waiting_go();
}

bool pix_mfa_preinit(const char **error_r)
{
	const struct pix_identity_settings *identity_set;
	const void *set;

	pix_mfa.event = event_create(NULL);
	event_add_category(pix_mfa.event, &pix_mfa_category);
	event_set_append_log_prefix(pix_mfa.event, "pix_mfa: ");
	if (pix_settings_get_service(pix_mfa.event, &pix_mfa_setting_parser_info,
				     "auth", &set, error_r) < 0)
		return FALSE;
	pix_mfa.set = set;
	pix_mfa.pool = pool_alloconly_create("pix mfa", 1024);
	if (pix_mfa_policy_parse(pix_mfa.pool, pix_mfa.set->pix_mfa_policy,
				 &pix_mfa.policy, error_r) < 0) {
		*error_r = t_strdup_printf("pix_mfa_policy: %s", *error_r);
		return FALSE;
	}
	if (pix_settings_get_service(pix_mfa.event, &pix_identity_setting_parser_info,
				     "auth", &set, error_r) < 0)
		return FALSE;
	identity_set = set;
	pix_mfa.users = pix_mfa_users_init(identity_set->pix_identity_dir, error_r);
	pix_settings_free(&identity_set);
	return pix_mfa.users != NULL;
}

void pix_mfa_init(void)
{
	const char *error;

	if (worker)
		return;
	if (!pix_passdb_check_chains("pix_mfa",
			strcmp(pix_mfa.set->pix_mfa_master_users, "allow") == 0, &error))
		i_fatal("%s", error);
	const struct pix_client_params params = {
		.protocol = "pix-identity",
		.version_min = 1,
		.version_max = 1,
		.path = pix_passdb_socket(pix_mfa.set->pix_mfa_socket),
		.max_payload = PIX_MFA_MAX_PAYLOAD,
		.max_requests = PIX_MFA_MAX_REQUESTS,
		.event_parent = pix_mfa.event,
		.connected = pix_mfa_connected,
		.push = pix_mfa_push,
	};
	pix_mfa.client = pix_client_init(&params);
	pix_mfa.to_file = timeout_add(PIX_MFA_FILE_MSECS, pix_mfa_file_believed, NULL);
}

void pix_mfa_deinit(void)
{
	struct pix_mfa_login *login;

	timeout_remove(&pix_mfa.to_file);
	while ((login = pix_mfa.waiting) != NULL) {
		struct auth_request *request = login->request;

		pix_mfa_login_stop_waiting(login);
		auth_request_unref(&request);
	}
	pix_client_deinit(&pix_mfa.client);
	pix_mfa_users_deinit(&pix_mfa.users);
	pix_settings_free(&pix_mfa.set);
	event_unref(&pix_mfa.event);
	pool_unref(&pix_mfa.pool);
}
