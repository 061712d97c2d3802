/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-oauth2-fetch.h"
#include "pix-json.h"

#define FETCH_DOCUMENT_MAX (256 * 1024)

struct pix_oauth2_fetch {
	pool_t pool;
	struct pix_http *http;
	const struct pix_issuer *issuer;
	struct pix_http_request *request;
	pix_oauth2_fetch_callback_t *callback;
	void *context;

	/* what is being asked */
	const char *url;
	bool tried_rfc8414;
	struct pix_oauth2_fetched fetched;
};

static void
fetch_finish(struct pix_oauth2_fetch *fetch, const char *error)
{
	if (error != NULL)
		error = t_strdup_printf("%s: %s", fetch->url, error);
	fetch->callback(error == NULL ? &fetch->fetched : NULL, error,
			fetch->context);
	pool_unref(&fetch->pool);
}

static void
fetch_keys_callback(const struct pix_http_answer *answer, const char *error,
		    void *context)
{
	struct pix_oauth2_fetch *fetch = context;
	string_t *notes = t_str_new(128);

	fetch->request = NULL;
	if (error == NULL && answer->status != 200)
		error = t_strdup_printf("HTTP status %u", answer->status);
	if (error == NULL) {
		fetch->fetched.keys = pix_jwks_parse(answer->body->data,
			answer->body->used, notes, &error);
		fetch->fetched.text = answer->body;
		fetch->fetched.notes = str_c(notes);
		fetch->fetched.max_age = answer->max_age;
	}
	fetch_finish(fetch, fetch->fetched.keys != NULL ? NULL : error);
}

static void fetch_keys(struct pix_oauth2_fetch *fetch, const char *url)
{
	fetch->url = url;
	fetch->request = pix_http_get(fetch->http, url, PIX_JWKS_MAX_SIZE,
				      fetch_keys_callback, fetch);
}

/* The document must be of this very issuer (Discovery §4.3, RFC 8414 §3.3), or
   one issuer could speak for another. */
static const char *
fetch_read_document(struct pix_oauth2_fetch *fetch, const buffer_t *body)
{
	const char *error, *issuer, *url;
	json_t *obj = pix_json_parse_object(body->data, body->used, 16, &error);

	if (obj == NULL)
		return error;
	issuer = pix_json_str(obj, "issuer");
	url = pix_json_str(obj, "jwks_uri");
	error = NULL;
	if (issuer == NULL || strcmp(issuer, fetch->issuer->name) != 0)
		error = "the document is of another issuer";
	else if (url == NULL || !pix_issuer_url_ok(url))
		error = "jwks_uri is missing or no https URL";
	fetch->fetched.config_url = fetch->url;
	fetch->fetched.jwks_uri = p_strdup(fetch->pool, url);
	url = pix_json_str(obj, "introspection_endpoint");
	if (url != NULL && pix_issuer_url_ok(url))
		fetch->fetched.introspection_endpoint = p_strdup(fetch->pool, url);
	json_decref(obj);
	return error;
}

/* RFC 8414 §3.1: the well-known part stands between host and path. */
static const char *fetch_rfc8414_url(struct pix_oauth2_fetch *fetch)
{
	const char *name = fetch->issuer->name;
	const char *host = strstr(name, "://"), *path;
	size_t len;

	if (host == NULL)
		return NULL;
	path = host + 3 + strcspn(host + 3, "/");
	len = strlen(path);
	if (len > 0 && path[len - 1] == '/')
		len--;
	return p_strdup_printf(fetch->pool,
		"%s/.well-known/oauth-authorization-server%s",
		t_strdup_until(name, path), t_strndup(path, len));
}

static void
fetch_document_callback(const struct pix_http_answer *answer, const char *error,
			void *context);

static void fetch_document(struct pix_oauth2_fetch *fetch, const char *url)
{
	fetch->url = url;
	fetch->request = pix_http_get(fetch->http, url, FETCH_DOCUMENT_MAX,
				      fetch_document_callback, fetch);
}

static void
fetch_document_callback(const struct pix_http_answer *answer, const char *error,
			void *context)
{
	struct pix_oauth2_fetch *fetch = context;
	const char *url;

	fetch->request = NULL;
	if (error == NULL && answer->status == 404 && !fetch->tried_rfc8414 &&
	    fetch->issuer->keys_location == NULL) {
		fetch->tried_rfc8414 = TRUE;
		url = fetch_rfc8414_url(fetch);
		if (url != NULL) {
			fetch_document(fetch, url);
			return;
		}
	}
	if (error == NULL && answer->status != 200)
		error = t_strdup_printf("HTTP status %u", answer->status);
	if (error == NULL)
		error = fetch_read_document(fetch, answer->body);
	if (error != NULL)
		fetch_finish(fetch, error);
	else
		fetch_keys(fetch, fetch->fetched.jwks_uri);
}

struct pix_oauth2_fetch *
pix_oauth2_fetch_start(struct pix_http *http, const struct pix_issuer *issuer,
		       pix_oauth2_fetch_callback_t *callback, void *context)
{
	pool_t pool = pool_alloconly_create("pix oauth2 fetch", 1024);
	struct pix_oauth2_fetch *fetch = p_new(pool, struct pix_oauth2_fetch, 1);
	size_t len = strlen(issuer->name);

	fetch->pool = pool;
	fetch->http = http;
	fetch->issuer = issuer;
	fetch->callback = callback;
	fetch->context = context;
	if (issuer->keys == PIX_ISSUER_KEYS_URL) {
		fetch_keys(fetch, issuer->keys_location);
	} else if (issuer->keys_location != NULL) {
		fetch_document(fetch, issuer->keys_location);
	} else {
		/* Discovery §4.1: a slash at the end is dropped */
		if (len > 0 && issuer->name[len - 1] == '/')
			len--;
		fetch_document(fetch, p_strdup_printf(pool,
			"%s/.well-known/openid-configuration",
			t_strndup(issuer->name, len)));
	}
	return fetch;
}

void pix_oauth2_fetch_cancel(struct pix_oauth2_fetch **_fetch)
{
	struct pix_oauth2_fetch *fetch = *_fetch;

	if (fetch == NULL)
		return;
	*_fetch = NULL;
	pix_http_cancel(&fetch->request);
	pool_unref(&fetch->pool);
}
