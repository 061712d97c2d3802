/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-http.h"
#include "pix-compat.h"
#include "str.h"
#include "ioloop.h"
#include "istream.h"
#include "llist.h"
#include "lib-event.h"
#include "iostream-ssl.h"
#include "master-service.h"
#include "http-client.h"
#include "http-response.h"
#include "http-url.h"

#include <ctype.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define PIX_HTTP_FILE_MAX (1024 * 1024)
#define PIX_HTTP_USER_AGENT "dovecot-pix/" PIX_VERSION

struct pix_http {
	pool_t pool;
	struct http_client *client;
	unsigned int timeout_msecs;
	struct pix_http_request *requests;
};

struct pix_http_request {
	struct pix_http_request *prev, *next;
	struct pix_http *http;
	struct http_client_request *request;
	pix_http_callback_t *callback;
	void *context;
	struct timeout *to;
	struct istream *payload;
	struct io *io;
	buffer_t *body;
	size_t max_size;
	struct pix_http_answer answer;
	/* why it fails, once the ioloop comes round */
	const char *error;
};

/* ---- client ---- */

static int pix_http_read_pem(pool_t pool, const char *path,
			     const char **content_r, const char **error_r)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char *data;
	ssize_t ret;

	if (fd == -1 || fstat(fd, &st) < 0) {
		*error_r = t_strdup_printf("open(%s) failed: %m", path);
		i_close_fd(&fd);
		return -1;
	}
	if (!S_ISREG(st.st_mode) || st.st_size > PIX_HTTP_FILE_MAX) {
		*error_r = t_strdup_printf("%s is no PEM file", path);
		i_close_fd(&fd);
		return -1;
	}
	data = p_malloc(pool, (size_t)st.st_size + 1);
	ret = read(fd, data, (size_t)st.st_size);
	if (ret != st.st_size)
		*error_r = t_strdup_printf("read(%s) failed: %m", path);
	i_close_fd(&fd);
	*content_r = data;
	return ret == st.st_size ? 0 : -1;
}

static int
pix_http_ssl_settings(const struct pix_http_params *params, pool_t pool,
		      struct ssl_iostream_settings *set, const char **error_r)
{
	const char *ca = NULL, *cert = NULL, *key = NULL;

	i_zero(set);
	set->min_protocol = "TLSv1.2";
	set->skip_crl_check = TRUE;
	if (params->ca_file != NULL && *params->ca_file != '\0' &&
	    pix_http_read_pem(pool, params->ca_file, &ca, error_r) < 0)
		return -1;
	if (params->cert_file != NULL &&
	    (pix_http_read_pem(pool, params->cert_file, &cert, error_r) < 0 ||
	     pix_http_read_pem(pool, params->key_file, &key, error_r) < 0))
		return -1;
#if PIX_DOVECOT_24
	set->pool = pool;
	if (ca != NULL) {
		set->ca.path = p_strdup(pool, params->ca_file);
		set->ca.content = ca;
	}
	if (cert != NULL) {
		set->cert.cert.path = p_strdup(pool, params->cert_file);
		set->cert.cert.content = cert;
		set->cert.key.path = p_strdup(pool, params->key_file);
		set->cert.key.content = key;
	}
#else
	/* without any of these 2.3 refuses every handshake */
	if (ca != NULL)
		set->ca = ca;
	else
		set->ca_dir = "/etc/ssl/certs";
	set->cert.cert = cert;
	set->cert.key = key;
#endif
	return 0;
}

int pix_http_init(const struct pix_http_params *params,
		  struct pix_http **http_r, const char **error_r)
{
	pool_t pool = pool_alloconly_create("pix http", 2048);
	struct pix_http *http = p_new(pool, struct pix_http, 1);
	struct ssl_iostream_settings *ssl =
		p_new(pool, struct ssl_iostream_settings, 1);

	http->pool = pool;
	http->timeout_msecs = params->timeout_msecs;
	if (pix_http_ssl_settings(params, pool, ssl, error_r) < 0) {
		pool_unref(&pool);
		return -1;
	}
#if PIX_DOVECOT_24
	if (http_client_init_auto(params->event_parent != NULL ? params->event_parent :
				  master_service_get_event(master_service),
				  &http->client, error_r) < 0) {
		pool_unref(&pool);
		return -1;
	}
	http_client_set_ssl_settings(http->client, ssl);
#else
	const struct http_client_settings set = {
		.dns_client_socket_path =
			t_strconcat(params->base_dir, "/dns-client", NULL),
		.ssl = ssl,
		.user_agent = PIX_HTTP_USER_AGENT,
		.max_idle_time_msecs = 10000,
		.max_parallel_connections = 4,
		.max_pipelined_requests = 1,
		.max_attempts = 1,
		.no_auto_redirect = TRUE,
		.no_auto_retry = TRUE,
		.request_timeout_msecs = params->timeout_msecs,
		.event_parent = params->event_parent,
	};
	http->client = http_client_init(&set);
#endif
	*http_r = http;
	return 0;
}

void pix_http_deinit(struct pix_http **_http)
{
	struct pix_http *http = *_http;

	if (http == NULL)
		return;
	*_http = NULL;
	while (http->requests != NULL) {
		struct pix_http_request *request = http->requests;

		pix_http_cancel(&request);
	}
	http_client_deinit(&http->client);
	pool_unref(&http->pool);
}

/* ---- request ---- */

static void pix_http_request_free(struct pix_http_request *request)
{
	DLLIST_REMOVE(&request->http->requests, request);
	timeout_remove(&request->to);
	io_remove(&request->io);
	i_stream_unref(&request->payload);
	if (request->request != NULL)
		http_client_request_abort(&request->request);
	buffer_free(&request->body);
	i_free(request);
}

static void
pix_http_finish(struct pix_http_request *request, const char *error)
{
	struct pix_http_answer answer = request->answer;
	pix_http_callback_t *callback = request->callback;
	void *context = request->context;
	buffer_t *body = request->body;

	request->body = NULL;
	answer.body = body;
	pix_http_request_free(request);
	callback(error == NULL ? &answer : NULL, error, context);
	buffer_free(&body);
}

static void pix_http_timeout(struct pix_http_request *request)
{
	pix_http_finish(request, request->error != NULL ? request->error :
			t_strdup_printf("no whole answer within %u ms",
					request->http->timeout_msecs));
}

static void pix_http_payload(struct pix_http_request *request)
{
	const unsigned char *data;
	size_t size;
	int ret;

	while ((ret = i_stream_read_more(request->payload, &data, &size)) > 0) {
		if (request->body->used + size > request->max_size) {
			pix_http_finish(request, t_strdup_printf(
				"the answer is larger than %zu bytes", request->max_size));
			return;
		}
		buffer_append(request->body, data, size);
		i_stream_skip(request->payload, size);
	}
	if (ret == 0)
		return;
	if (request->payload->stream_errno != 0) {
		pix_http_finish(request, t_strdup_printf("reading the answer failed: %s",
			i_stream_get_error(request->payload)));
		return;
	}
	pix_http_finish(request, NULL);
}

/* RFC 9111 §5.2.2 */
static int64_t pix_http_max_age(const struct http_response *response)
{
	const char *value = http_response_header_get(response, "Cache-Control");
	int64_t max_age = -1;
	const char *const *words, *num;

	if (value == NULL)
		return -1;
	for (words = t_strsplit_spaces(t_str_lcase(value), ", "); *words != NULL; words++) {
		intmax_t secs;

		if (strcmp(*words, "no-store") == 0 || strcmp(*words, "no-cache") == 0)
			return 0;
		if (str_begins_suffix_compat(*words, "max-age=", &num) &&
		    str_to_intmax(num, &secs) == 0 && secs >= 0)
			max_age = I_MIN(secs, 365 * 86400);
	}
	return max_age;
}

static void
pix_http_response(const struct http_response *response,
		  struct pix_http_request *request)
{
	/* lib-http frees it after this callback */
	request->request = NULL;
	/* statuses of its own stand for failures on this side */
	if (response->status >= HTTP_RESPONSE_STATUS_INTERNAL) {
		const char *error = t_strdup(response->reason);

		pix_http_finish(request, error);
		return;
	}
	request->answer.status = response->status;
	request->answer.max_age = pix_http_max_age(response);
	request->payload = response->payload;
	if (request->payload == NULL) {
		pix_http_finish(request, NULL);
		return;
	}
	i_stream_ref(request->payload);
	request->io = io_add_istream(request->payload, pix_http_payload, request);
	pix_http_payload(request);
}

static struct pix_http_request *
pix_http_new(struct pix_http *http, const char *method, const char *url,
	     size_t max_size, pix_http_callback_t *callback, void *context)
{
	struct pix_http_request *request = i_new(struct pix_http_request, 1);
	struct http_url *parsed;
	const char *error;
	bool ok;

	request->http = http;
	request->callback = callback;
	request->context = context;
	request->max_size = max_size;
	request->body = buffer_create_dynamic(default_pool, 1024);
	DLLIST_PREPEND(&http->requests, request);
	ok = http_url_parse(url, NULL, HTTP_URL_ALLOW_USERINFO_PART,
			    pool_datastack_create(), &parsed, &error) == 0;
	if (!ok) {
		request->error = "the URL is not valid";
		request->to = timeout_add_short(0, pix_http_timeout, request);
		return request;
	}
	request->to = timeout_add(http->timeout_msecs, pix_http_timeout, request);
	request->request = http_client_request_url(http->client, method, parsed,
						   pix_http_response, request);
	http_client_request_add_header(request->request, "Accept", "application/json");
	http_client_request_add_header(request->request, "User-Agent", PIX_HTTP_USER_AGENT);
	http_client_request_set_timeout_msecs(request->request, http->timeout_msecs);
	return request;
}

struct pix_http_request *
pix_http_get(struct pix_http *http, const char *url, size_t max_size,
	     pix_http_callback_t *callback, void *context)
{
	struct pix_http_request *request =
		pix_http_new(http, "GET", url, max_size, callback, context);

	if (request->request != NULL)
		http_client_request_submit(request->request);
	return request;
}

struct pix_http_request *
pix_http_post_form(struct pix_http *http, const char *url, const char *form,
		   const char *authorization, size_t max_size,
		   pix_http_callback_t *callback, void *context)
{
	struct pix_http_request *request =
		pix_http_new(http, "POST", url, max_size, callback, context);

	if (request->request == NULL)
		return request;
	http_client_request_add_header(request->request, "Content-Type",
				       "application/x-www-form-urlencoded");
	if (authorization != NULL) {
		http_client_request_add_header(request->request,
					       "Authorization", authorization);
	}
	http_client_request_set_payload_data(request->request,
		(const unsigned char *)form, strlen(form));
	http_client_request_submit(request->request);
	return request;
}

void pix_http_cancel(struct pix_http_request **_request)
{
	struct pix_http_request *request = *_request;

	if (request == NULL)
		return;
	*_request = NULL;
	pix_http_request_free(request);
}

void pix_http_append_encoded(string_t *dest, const char *text)
{
	for (; *text != '\0'; text++) {
		if (i_isalnum(*text) || strchr("-._~", *text) != NULL)
			str_append_c(dest, *text);
		else
			str_printfa(dest, "%%%02X", (unsigned char)*text);
	}
}
