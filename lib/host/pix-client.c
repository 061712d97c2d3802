/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-client.h"
#include "hash.h"
#include "ioloop.h"
#include "istream.h"
#include "lib-event.h"
#include "llist.h"
#include "net.h"
#include "ostream.h"
#include "pix-secret.h"

#define PIX_CLIENT_BACKOFF_MIN_MSECS 100
#define PIX_CLIENT_BACKOFF_MAX_MSECS (5 * 1000)
#define PIX_CLIENT_COMPLAIN_SECS 60

struct pix_client_request {
	struct pix_client_request *prev, *next;
	struct pix_client *client;
	uint64_t id;
	struct timeout *to;
	pix_client_callback_t *callback;
	void *context;
	enum pix_client_result late_result;
	/* the frame while it waits for the connection */
	buffer_t *unsent;
};

struct pix_client {
	struct pix_client_params params;
	char *protocol, *path;
	struct event *event;

	int fd;
	struct io *io;
	struct istream *input;
	struct ostream *output;
	struct timeout *to_reconnect;
	unsigned int backoff_msecs;

	struct pix_client_request *requests;
	unsigned int request_count;
	uint64_t last_id;

	time_t complained;
	unsigned int failures;

	bool greeted:1;
	bool deinit:1;
	bool in_input:1;
	/* the service ends in good order: come back without complaint */
	bool sent_away:1;
};

static void pix_client_connect(struct pix_client *client);
static void pix_client_input(struct pix_client *client);

struct pix_client *pix_client_init(const struct pix_client_params *params)
{
	struct pix_client *client = i_new(struct pix_client, 1);

	client->params = *params;
	client->protocol = i_strdup(params->protocol);
	client->path = i_strdup(params->path);
	client->params.protocol = client->protocol;
	client->params.path = client->path;
	client->event = event_create(params->event_parent);
	event_set_append_log_prefix(client->event,
		t_strdup_printf("%s: ", client->protocol));
	client->fd = -1;
	client->backoff_msecs = PIX_CLIENT_BACKOFF_MIN_MSECS;
	/* not at once: the caller may be in the middle of its own init, and
	   pix_client_set_fd() may follow */
	client->to_reconnect = timeout_add_short(0, pix_client_connect, client);
	return client;
}

static void pix_client_request_free(struct pix_client_request *request)
{
	DLLIST_REMOVE(&request->client->requests, request);
	request->client->request_count--;
	timeout_remove(&request->to);
	if (request->unsent != NULL) {
		pix_secret_wipe_buffer(request->unsent);
		buffer_free(&request->unsent);
	}
	i_free(request);
}

static void
pix_client_request_finish(struct pix_client_request *request,
			  enum pix_client_result result, const json_t *answer)
{
	pix_client_callback_t *callback = request->callback;
	void *context = request->context;

	pix_client_request_free(request);
	callback(result, answer, context);
}

static void pix_client_request_late(struct pix_client_request *request)
{
	pix_client_request_finish(request, request->late_result, NULL);
}

void pix_client_cancel(struct pix_client_request **_request)
{
	struct pix_client_request *request = *_request;

	if (request == NULL)
		return;
	*_request = NULL;
	pix_client_request_free(request);
}

/* One error when the trouble begins, then one a minute with a count. */
static void pix_client_complain(struct pix_client *client, const char *text)
{
	client->failures++;
	if (client->complained != 0 &&
	    ioloop_time - client->complained < PIX_CLIENT_COMPLAIN_SECS)
		return;
	if (client->complained == 0)
		e_error(client->event, "%s", text);
	else
		e_error(client->event, "%s (%u attempts)", text, client->failures);
	client->complained = ioloop_time;
}

static void pix_client_close(struct pix_client *client)
{
	bool was_greeted = client->greeted;

	if (client->fd == -1)
		return;
	client->greeted = FALSE;
	io_remove(&client->io);
	o_stream_destroy(&client->output);
	i_stream_destroy(&client->input);
	net_disconnect(client->fd);
	client->fd = -1;
	if (was_greeted && client->params.disconnected != NULL)
		client->params.disconnected(client->params.context);
}

static void pix_client_reconnect_later(struct pix_client *client)
{
	timeout_remove(&client->to_reconnect);
	client->to_reconnect = timeout_add(client->backoff_msecs,
					   pix_client_connect, client);
	client->backoff_msecs = I_MIN(client->backoff_msecs * 2,
				      PIX_CLIENT_BACKOFF_MAX_MSECS);
}

/* The connection is lost: sent requests can't be answered any more. */
static void pix_client_lost(struct pix_client *client, const char *reason)
{
	struct pix_client_request *request, *next;

	if (!client->sent_away) {
		pix_client_complain(client, t_strdup_printf(
			"Connection to %s lost: %s (is the service %s enabled?)",
			client->path, reason, client->protocol));
	}
	client->sent_away = FALSE;
	pix_client_close(client);
	for (request = client->requests; request != NULL; request = next) {
		next = request->next;
		if (request->unsent != NULL)
			continue;
		/* from the ioloop, as callbacks may end requests and client */
		request->late_result = PIX_CLIENT_UNAVAILABLE;
		timeout_remove(&request->to);
		request->to = timeout_add_short(0, pix_client_request_late, request);
	}
	pix_client_reconnect_later(client);
}

static void
pix_client_send(struct pix_client *client, uint8_t type, json_t *obj)
{
	buffer_t *buf = buffer_create_dynamic(default_pool, 512);
	unsigned char header[PIX_FRAME_HEADER_SIZE];

	pix_json_append(buf, obj);
	pix_frame_header(header, type, buf->used);
	o_stream_nsend(client->output, header, sizeof(header));
	o_stream_nsend(client->output, buf->data, buf->used);
	pix_secret_wipe_buffer(buf);
	buffer_free(&buf);
}

static void pix_client_attach(struct pix_client *client, int fd)
{
	json_t *hello = json_object();

	client->fd = fd;
	net_set_nonblock(fd, TRUE);
	client->input = i_stream_create_fd(fd, client->params.max_payload +
					   PIX_FRAME_HEADER_SIZE);
	client->output = o_stream_create_fd(fd, SIZE_MAX);
	o_stream_set_no_error_handling(client->output, TRUE);
	client->io = io_add(fd, IO_READ, pix_client_input, client);

	pix_json_set_str(hello, "protocol", client->protocol);
	pix_json_set_int(hello, "version_min", client->params.version_min);
	pix_json_set_int(hello, "version_max", client->params.version_max);
	if (client->params.hello != NULL)
		client->params.hello(hello, client->params.context);
	pix_client_send(client, PIX_FRAME_HELLO, hello);
	json_decref(hello);
}

static void pix_client_connect(struct pix_client *client)
{
	int fd;

	timeout_remove(&client->to_reconnect);
	if (client->fd != -1)
		return;
	fd = net_connect_unix(client->path);
	if (fd == -1) {
		pix_client_complain(client, t_strdup_printf(
			"connect(%s) failed: %m (is the service %s enabled?)",
			client->path, client->protocol));
		pix_client_reconnect_later(client);
		return;
	}
	pix_client_attach(client, fd);
}

void pix_client_set_fd(struct pix_client *client, int fd)
{
	i_assert(client->fd == -1);

	timeout_remove(&client->to_reconnect);
	pix_client_attach(client, fd);
}

static void pix_client_flush_unsent(struct pix_client *client)
{
	struct pix_client_request *request, *first = NULL;

	/* the list has the newest first: send in the order of the requests */
	for (request = client->requests; request != NULL; request = request->next)
		first = request;
	for (request = first; request != NULL; request = request->prev) {
		if (request->unsent == NULL)
			continue;
		o_stream_nsend(client->output, request->unsent->data,
			       request->unsent->used);
		pix_secret_wipe_buffer(request->unsent);
		buffer_free(&request->unsent);
	}
}

static bool
pix_client_greeting(struct pix_client *client, const struct pix_frame *frame,
		    const json_t *obj, const char **error_r)
{
	const char *text;

	if (frame->type == PIX_FRAME_HELLO) {
		client->greeted = TRUE;
		client->backoff_msecs = PIX_CLIENT_BACKOFF_MIN_MSECS;
		if (client->complained != 0) {
			e_info(client->event, "Connected to %s again after %u attempts",
			       client->path, client->failures);
			client->complained = 0;
			client->failures = 0;
		}
		if (client->params.connected != NULL)
			client->params.connected(obj, client->params.context);
		if (client->greeted)
			pix_client_flush_unsent(client);
		return TRUE;
	}
	text = pix_json_str(obj, "error");
	client->sent_away = frame->type == PIX_FRAME_ERROR && client->greeted &&
		text != NULL && strcmp(text, "closing") == 0;
	text = pix_json_str(obj, "text");
	*error_r = frame->type != PIX_FRAME_ERROR ? "no greeting" :
		t_strdup_printf("refused: %s", text == NULL ? "no reason given" : text);
	return FALSE;
}

static void
pix_client_answer(struct pix_client *client, const json_t *answer)
{
	struct pix_client_request *request;
	int64_t id;

	if (!pix_json_int(answer, "id", 0, INT64_MAX, &id))
		return;
	for (request = client->requests; request != NULL; request = request->next) {
		if (request->id == (uint64_t)id) {
			pix_client_request_finish(request,
				json_object_get(answer, "error") == NULL ?
				PIX_CLIENT_OK : PIX_CLIENT_REFUSED, answer);
			return;
		}
	}
	/* timed out or cancelled meanwhile */
}

static bool
pix_client_frame(struct pix_client *client, const struct pix_frame *frame,
		 const char **error_r)
{
	const char *error;
	bool ok = TRUE;
	json_t *obj;

	obj = pix_json_parse_object(frame->data, frame->size,
				    PIX_JSON_MAX_DEPTH, &error);
	if (obj == NULL) {
		*error_r = t_strdup_printf("invalid frame: %s", error);
		return FALSE;
	}
	if (!client->greeted || frame->type == PIX_FRAME_ERROR)
		ok = pix_client_greeting(client, frame, obj, error_r);
	else if (frame->type == PIX_FRAME_ANSWER)
		pix_client_answer(client, obj);
	else if (frame->type == PIX_FRAME_PUSH) {
		if (client->params.push != NULL)
			client->params.push(obj, client->params.context);
	} else {
		*error_r = "unexpected frame";
		ok = FALSE;
	}
	json_decref(obj);
	return ok;
}

/* Returns FALSE and reason_r if the connection can't be used any more. */
static bool pix_client_frames(struct pix_client *client, const char **reason_r)
{
	const unsigned char *data;
	struct pix_frame frame;
	size_t size, used;

	while (client->fd != -1 && !client->deinit) {
		data = i_stream_get_data(client->input, &size);
		switch (pix_frame_parse(data, size, client->params.max_payload,
					&frame, &used)) {
		case PIX_FRAME_RESULT_MORE:
			return TRUE;
		case PIX_FRAME_RESULT_TOO_LARGE:
			*reason_r = "frame too large";
			return FALSE;
		case PIX_FRAME_RESULT_OK:
			break;
		}
		if (!pix_client_frame(client, &frame, reason_r))
			return FALSE;
		if (client->fd != -1)
			i_stream_skip(client->input, used);
	}
	return TRUE;
}

static void pix_client_free(struct pix_client *client)
{
	struct event *event = client->event;

	i_free(client->protocol);
	i_free(client->path);
	i_free(client);
	event_unref(&event);
}

static void pix_client_input(struct pix_client *client)
{
	const char *reason = NULL;
	ssize_t ret;

	client->in_input = TRUE;
	do {
		ret = i_stream_read(client->input);
		if (!pix_client_frames(client, &reason))
			break;
	} while (ret > 0 && client->fd != -1 && !client->deinit);
	client->in_input = FALSE;
	if (client->deinit) {
		pix_client_free(client);
		return;
	}
	if (client->fd == -1)
		return;
	if (reason == NULL && ret == -1)
		reason = client->input->stream_errno == 0 ? "closed by the service" :
			i_stream_get_error(client->input);
	if (reason != NULL)
		pix_client_lost(client, t_strdup(reason));
}

bool pix_client_is_connected(const struct pix_client *client)
{
	return client->greeted;
}

void pix_client_switch_ioloop(struct pix_client *client)
{
	struct pix_client_request *request;

	if (client->io != NULL)
		client->io = io_loop_move_io(&client->io);
	if (client->to_reconnect != NULL)
		client->to_reconnect = io_loop_move_timeout(&client->to_reconnect);
	if (client->input != NULL)
		i_stream_switch_ioloop(client->input);
	if (client->output != NULL)
		o_stream_switch_ioloop(client->output);
	for (request = client->requests; request != NULL; request = request->next)
		request->to = io_loop_move_timeout(&request->to);
}

struct pix_client_request *
pix_client_request(struct pix_client *client, const char *cmd, json_t *args,
		   unsigned int timeout_msecs,
		   pix_client_callback_t *callback, void *context)
{
	struct pix_client_request *request = i_new(struct pix_client_request, 1);

	request->client = client;
	request->id = ++client->last_id;
	request->callback = callback;
	request->context = context;
	request->late_result = PIX_CLIENT_TIMEOUT;
	if (args == NULL)
		args = json_object();
	pix_json_set_int(args, "id", (int64_t)request->id);
	pix_json_set_str(args, "cmd", cmd);
	if (client->request_count >= client->params.max_requests) {
		request->late_result = PIX_CLIENT_UNAVAILABLE;
		timeout_msecs = 0;
		pix_client_complain(client, "Too many requests wait for an answer");
	} else if (client->greeted) {
		pix_client_send(client, PIX_FRAME_REQUEST, args);
	} else {
		buffer_t *json = buffer_create_dynamic(default_pool, 512);

		pix_json_append(json, args);
		request->unsent = buffer_create_dynamic(default_pool, 512);
		pix_frame_append(request->unsent, PIX_FRAME_REQUEST,
				 json->data, json->used);
		pix_secret_wipe_buffer(json);
		buffer_free(&json);
	}
	json_decref(args);
	DLLIST_PREPEND(&client->requests, request);
	client->request_count++;
	request->to = timeout_add(timeout_msecs, pix_client_request_late, request);
	return request;
}

void pix_client_deinit(struct pix_client **_client)
{
	struct pix_client *client = *_client;

	if (client == NULL)
		return;
	*_client = NULL;
	client->deinit = TRUE;
	client->params.disconnected = NULL;
	timeout_remove(&client->to_reconnect);
	pix_client_close(client);
	while (client->requests != NULL)
		pix_client_request_finish(client->requests, PIX_CLIENT_UNAVAILABLE, NULL);
	if (!client->in_input)
		pix_client_free(client);
}
