/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */
#ifndef PIX_HTTP_H
#define PIX_HTTP_H

/* A small asynchronous HTTP client over the host's lib-http: whole answers of
   bounded size within a deadline, no redirects, no retries. Certificates are
   always verified. Never blocks: names are resolved by the host's dns-client. */

#include "lib.h"
#include "buffer.h"

struct event;
struct pix_http;
struct pix_http_request;

struct pix_http_params {
	/* NULL: that of the process */
	struct event *event_parent;
	/* the host's base_dir, where its dns-client listens */
	const char *base_dir;
	/* CAs in PEM; "": those of the system */
	const char *ca_file;
	/* client certificate and its key in PEM; NULL: none */
	const char *cert_file, *key_file;
	/* for the whole exchange */
	unsigned int timeout_msecs;
};

struct pix_http_answer {
	unsigned int status;
	/* the whole body */
	const buffer_t *body;
	/* Cache-Control: max-age, 0 for no-store and no-cache; -1 if it
	   says nothing. In seconds. */
	int64_t max_age;
};

/* Called exactly once, never before pix_http_get/post returned. answer is NULL
   if there was none, then error says why (without the URL's query). */
typedef void pix_http_callback_t(const struct pix_http_answer *answer,
				 const char *error, void *context);

/* Files of params are read now. Returns 0, or -1 and error_r (data stack). */
int pix_http_init(const struct pix_http_params *params,
		  struct pix_http **http_r, const char **error_r);
/* Requests must have ended or been cancelled. */
void pix_http_deinit(struct pix_http **http);

/* max_size: longest body accepted, in bytes. */
struct pix_http_request *
pix_http_get(struct pix_http *http, const char *url, size_t max_size,
	     pix_http_callback_t *callback, void *context);
/* form: body of type application/x-www-form-urlencoded, copied; authorization:
   value of that header or NULL. */
struct pix_http_request *
pix_http_post_form(struct pix_http *http, const char *url, const char *form,
		   const char *authorization, size_t max_size,
		   pix_http_callback_t *callback, void *context);
/* Its callback isn't called any more. */
void pix_http_cancel(struct pix_http_request **request);

/* Appends text in percent-encoding (RFC 3986 §2.1). */
void pix_http_append_encoded(string_t *dest, const char *text);

#endif
