/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-identity-dispatch.h"
#include "pix-identity-app-password.h"
#include "pix-identity-change.h"
#include "pix-app-password.h"
#include "pix-keyring.h"
#include "hash.h"
#include "ioloop.h"
#include "net.h"

/* "last used" is written at most once in this time, in seconds */
#define PIX_APP_USED_INTERVAL 60

bool pix_app_password_expired(const struct pix_row *row, time_t now)
{
	int64_t expires;

	return json_object_get(row->data, "expires") != NULL &&
		!pix_json_int(row->data, "expires", now + 1, INT64_MAX, &expires);
}

static bool pix_app_service_ok(const struct pix_row *row, const char *service)
{
	json_t *list = json_object_get(row->data, "services"), *value;
	size_t i;

	if (list == NULL)
		return TRUE;
	json_array_foreach(list, i, value) {
		if (service != NULL && json_is_string(value) &&
		    strcmp(json_string_value(value), service) == 0)
			return TRUE;
	}
	return FALSE;
}

static bool pix_app_network_ok(const struct pix_row *row, const char *rip)
{
	json_t *list = json_object_get(row->data, "networks"), *value;
	struct ip_addr ip, net;
	unsigned int bits;
	size_t i;

	if (list == NULL)
		return TRUE;
	if (rip == NULL || net_addr2ip(rip, &ip) < 0)
		return FALSE;
	json_array_foreach(list, i, value) {
		if (json_is_string(value) &&
		    net_parse_range(json_string_value(value), &net, &bits) == 0 &&
		    net_is_in_network(&ip, &net, bits))
			return TRUE;
	}
	return FALSE;
}

/* ---- the question of auth ---- */

struct pix_app_check {
	struct pix_identity_request *request;
	json_t *args;
	/* the key whose hash is looked up */
	unsigned int key;
};

static void pix_app_check_lookup(struct pix_app_check *check);

static void pix_app_check_free(struct pix_app_check *check)
{
	json_decref(check->args);
	i_free(check);
}

static void pix_app_check_no(struct pix_app_check *check, const char *reason)
{
	json_t *answer = json_object();

	pix_json_set_bool(answer, "ok", FALSE);
	pix_json_set_str(answer, "reason", reason);
	pix_identity_answer(check->request, answer);
	pix_app_check_free(check);
}

static void pix_app_check_row(struct pix_app_check *check, const struct pix_row *row)
{
	json_t *answer;

	if (!pix_row_state_is(row, "active"))
		pix_app_check_no(check, "app-password-revoked");
	else if (pix_app_password_expired(row, ioloop_time))
		pix_app_check_no(check, "app-password-expired");
	else if (!pix_app_service_ok(row, pix_json_str(check->args, "service")))
		pix_app_check_no(check, "app-password-service");
	else if (!pix_app_network_ok(row, pix_json_str(check->args, "rip")))
		pix_app_check_no(check, "app-password-network");
	else {
		answer = json_object();
		pix_json_set_bool(answer, "ok", TRUE);
		pix_json_set_str(answer, "owner", row->owner);
		pix_json_set_str(answer, "credential", row->id);
		pix_identity_answer(check->request, answer);
		pix_app_check_free(check);
	}
}

static void
pix_app_check_rows(enum pix_store_result result, const struct pix_row *rows,
		   unsigned int count, unsigned int tampered, void *context)
{
	struct pix_app_check *check = context;

	if (result != PIX_STORE_OK) {
		pix_identity_fail_store(check->request);
		pix_app_check_free(check);
	} else if (tampered > 0)
		pix_app_check_no(check, "tampered");
	/* a kind is not a secret */
	else if (count > 0 && strcmp(rows[0].kind, PIX_APP_PASSWORD_KIND) == 0)
		pix_app_check_row(check, &rows[0]);
	else if (++check->key < pix_keyring_count(check->request->identity->keyring))
		pix_app_check_lookup(check);
	else
		pix_app_check_no(check, "app-password-unknown");
}

static void pix_app_check_lookup(struct pix_app_check *check)
{
	struct pix_identity *identity = check->request->identity;
	char lookup[PIX_KEYRING_MAC_LEN + 1];

	pix_keyring_hash(identity->keyring, check->key, PIX_APP_PASSWORD_KIND,
			 pix_json_str(check->args, "password"), lookup);
	pix_identity_store_lookup(identity->store, lookup, pix_app_check_rows, check);
}

void pix_identity_cmd_app_password(struct pix_identity_request *request)
{
	char normal[PIX_APP_PASSWORD_NORMAL_LEN + 1];
	const char *password = pix_json_str(request->args, "password");
	struct pix_app_check *check;

	if (password == NULL || !pix_app_password_parse(password, normal)) {
		pix_identity_fail(request, "invalid", "not the shape of an app password");
		return;
	}
	explicit_bzero(normal, sizeof(normal));
	check = i_new(struct pix_app_check, 1);
	check->request = request;
	check->args = json_incref((json_t *)(uintptr_t)request->args);
	pix_app_check_lookup(check);
}

/* ---- its last use ---- */

static void pix_app_used_put(enum pix_store_result result ATTR_UNUSED,
			     void *context ATTR_UNUSED)
{
	/* a lost "last used" is no harm */
}

static void
pix_app_used_rows(enum pix_store_result result, const struct pix_row *rows,
		  unsigned int count, unsigned int tampered ATTR_UNUSED,
		  void *context)
{
	struct pix_app_check *used = context;
	struct pix_row row;
	int64_t last;

	if (result == PIX_STORE_OK && count == 1 &&
	    pix_row_state_is(&rows[0], "active") &&
	    !pix_json_int(rows[0].data, "last_used",
			  ioloop_time - PIX_APP_USED_INTERVAL, INT64_MAX, &last)) {
		row = pix_row_copy(&rows[0]);
		pix_json_set_int(row.data, "last_used", ioloop_time);
		pix_json_set_str(row.data, "last_ip", pix_json_str(used->args, "rip"));
		pix_json_set_str(row.data, "last_service", pix_json_str(used->args, "service"));
		pix_json_set_str(row.data, "last_client", pix_json_str(used->args, "client"));
		pix_identity_store_put(used->request->identity->store, &row,
				       pix_app_used_put, NULL);
		json_decref(row.data);
	}
	pix_identity_answer(used->request, NULL);
	pix_app_check_free(used);
}

void pix_identity_cmd_app_password_used(struct pix_identity_request *request)
{
	const char *credential = pix_json_str(request->args, "credential");
	struct pix_app_check *used;

	if (credential == NULL) {
		pix_identity_fail(request, "invalid", "no credential");
		return;
	}
	used = i_new(struct pix_app_check, 1);
	used->request = request;
	used->args = json_incref((json_t *)(uintptr_t)request->args);
	pix_identity_store_get(request->identity->store, PIX_APP_PASSWORD_KIND,
			       credential, pix_app_used_rows, used);
}
