/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

/* Asks pix-identity whether a good token was revoked. Every login asks: a
   revocation holds for the very next one, whatever is remembered here. */

#include "pix-oauth2-login.h"
#include "pix-client.h"
#include "pix-settings-oauth2.h"
#include "lib-event.h"

#define REVOCATION_MAX_REQUESTS 1000
#define REVOCATION_MAX_PAYLOAD (64 * 1024)
#define REVOCATION_TIMEOUT_MSECS 3000

void pix_oauth2_revocation_init(struct pix_oauth2_auth *auth)
{
	const char *socket = auth->set->pix_oauth2_socket;
	const struct pix_client_params params = {
		.protocol = "pix-identity",
		.version_min = 1,
		.version_max = 1,
		.path = *socket == '/' ? socket :
			t_strconcat(pix_login_base_dir(), "/", socket, NULL),
		.max_payload = REVOCATION_MAX_PAYLOAD,
		.max_requests = REVOCATION_MAX_REQUESTS,
		.event_parent = auth->event,
	};

	if (strcmp(auth->set->pix_oauth2_revocation, "none") != 0)
		auth->identity = pix_client_init(&params);
}

void pix_oauth2_revocation_deinit(struct pix_oauth2_auth *auth)
{
	if (auth->identity != NULL)
		pix_client_deinit(&auth->identity);
}

static void
revocation_answer(enum pix_client_result result, const json_t *answer, void *context)
{
	struct oauth2_login *ol = context;
	struct pix_login *login = ol->login;
	const json_t *revoked = json_object_get(answer, "revoked");

	if (!pix_login_alive(login))
		;
	else if (result != PIX_CLIENT_OK || !json_is_boolean(revoked))
		pix_oauth2_login_refuse(ol, PIX_TOKEN_REVOCATION_UNAVAILABLE,
					"pix-identity did not answer");
	else if (json_is_true(revoked))
		pix_oauth2_login_refuse(ol, PIX_TOKEN_REVOKED, NULL);
	else
		pix_oauth2_login_accept(ol);
	pix_login_unref(&login);
}

void pix_oauth2_revocation_check(struct oauth2_login *ol)
{
	json_t *args;

	if (ol->auth->identity == NULL) {
		pix_oauth2_login_accept(ol);
		return;
	}
	args = json_object();
	pix_json_set_str(args, "token", ol->hash);
	pix_json_set_str(args, "user", pix_login_user(ol->login));
	pix_json_set_str(args, "issuer", pix_oauth2_provider_issuer(ol->provider)->name);
	if (ol->id.issued != 0)
		pix_json_set_int(args, "issued", ol->id.issued);
	pix_login_ref(ol->login);
	(void)pix_client_request(ol->auth->identity, "token-check", args,
				 REVOCATION_TIMEOUT_MSECS, revocation_answer, ol);
}
