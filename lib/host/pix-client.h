/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */
#ifndef PIX_CLIENT_H
#define PIX_CLIENT_H

/* Client side of the suite's sockets (docs/protocol/frames.md). */

#include "pix-frame.h"
#include "pix-json.h"

struct event;
struct pix_client;
struct pix_client_request;

enum pix_client_result {
	/* the service could not be asked, or the connection broke before the
	   answer: the request may or may not have been carried out */
	PIX_CLIENT_UNAVAILABLE = -2,
	/* no answer before the deadline */
	PIX_CLIENT_TIMEOUT = -1,
	/* the service answered with an error: members "error" and "text" */
	PIX_CLIENT_REFUSED = 0,
	PIX_CLIENT_OK = 1,
};

/* answer is NULL unless the result is OK or REFUSED; it lives until the
   callback returns. */
typedef void pix_client_callback_t(enum pix_client_result result,
				   const json_t *answer, void *context);

struct pix_client_params {
	const char *protocol;
	unsigned int version_min, version_max;
	/* path of the socket */
	const char *path;
	size_t max_payload;
	/* requests that may wait for an answer; one more fails at once */
	unsigned int max_requests;
	struct event *event_parent;

	/* Optional: members for our hello. */
	void (*hello)(json_t *hello, void *context);
	/* Optional: connected and greeted; answer is the service's hello. */
	void (*connected)(const json_t *answer, void *context);
	/* Optional: the connection was lost. It is tried again with backoff
	   (100 ms doubling to 5 s) as long as the client exists. */
	void (*disconnected)(void *context);
	/* Optional: a push frame. */
	void (*push)(const json_t *msg, void *context);
	void *context;
};

/* Asynchronous client of the current ioloop. Connecting begins at once and
   never blocks. A service that can't be reached is logged as one error, then
   once a minute with a count, and once when it is back. */
struct pix_client *pix_client_init(const struct pix_client_params *params);
/* Callbacks of waiting requests are called with UNAVAILABLE. */
void pix_client_deinit(struct pix_client **client);
/* TRUE while connected and greeted. */
bool pix_client_is_connected(const struct pix_client *client);
/* Takes over an already connected socket (opened in preinit as root) instead
   of connecting; on loss it reconnects by path. Call right after init. */
void pix_client_set_fd(struct pix_client *client, int fd);

/* Moves the client into the current ioloop. For callers that must wait for an
   answer: make an ioloop, move in, run it until the callback, move back. */
void pix_client_switch_ioloop(struct pix_client *client);

/* Sends a request; steals args (an object; "id" and "cmd" are added). The
   callback is called exactly once, never before this returns, at the latest
   after timeout_msecs. While not connected the request waits for the
   connection until its deadline. Never NULL. */
struct pix_client_request *
pix_client_request(struct pix_client *client, const char *cmd, json_t *args,
		   unsigned int timeout_msecs,
		   pix_client_callback_t *callback, void *context);
/* Forgets a request: its callback isn't called any more. */
void pix_client_cancel(struct pix_client_request **request);

/* ---- blocking form, for doveadm and tests ---- */

struct pix_blocking_client;

/* Connects and shakes hands within timeout_msecs. Returns 0, or -1 and error_r
   (data stack), which names the socket and the remedy. hello (stolen, may be
   NULL) adds members to our hello. */
int pix_blocking_client_connect(const struct pix_client_params *params,
				json_t *hello, unsigned int timeout_msecs,
				struct pix_blocking_client **client_r,
				const char **error_r);
void pix_blocking_client_close(struct pix_blocking_client **client);
/* Sends one request (steals args) and waits for its answer. Returns OK or
   REFUSED with answer_r (new reference), or TIMEOUT/UNAVAILABLE with error_r.
   For REFUSED error_r is the service's text. */
enum pix_client_result
pix_blocking_client_call(struct pix_blocking_client *client, const char *cmd,
			 json_t *args, unsigned int timeout_msecs,
			 json_t **answer_r, const char **error_r);
/* Lower level, for streams of data frames. read: frame_r lives until the next
   call; returns 1, 0 at a clean end of the stream, -1 and error_r. */
int pix_blocking_client_write(struct pix_blocking_client *client, uint8_t type,
			      const void *data, size_t size, const char **error_r);
/* TRUE if pix_blocking_client_read() would return at once. Never blocks. */
bool pix_blocking_client_pending(struct pix_blocking_client *client);
int pix_blocking_client_read(struct pix_blocking_client *client,
			     unsigned int timeout_msecs,
			     struct pix_frame *frame_r, const char **error_r);

#endif
