/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-service.h"
#include "pix-compat.h"
#include "ioloop.h"
#include "istream.h"
#include "llist.h"
#include "net.h"
#include "ostream.h"
#include "lib-event.h"
#include "master-service.h"

#include <sys/socket.h>

/* A peer that has not said hello after this time is disconnected. */
#define PIX_SERVICE_HELLO_TIMEOUT_MSECS (10 * 1000)
/* A hello may be this long, in bytes: who has not said who he is gets no more
   memory than that. */
#define PIX_SERVICE_HELLO_MAX_PAYLOAD 16384

struct pix_service_conn {
	struct pix_service_conn *prev, *next;
	struct pix_service *service;
	int refcount;

	int fd;
	struct io *io;
	struct istream *input;
	struct ostream *output;
	struct timeout *to_hello;
	/* a delayed close or resume */
	struct timeout *to_later;
	struct event *event;
	char *listener, *socket_name;

	uid_t uid;
	gid_t gid;
	pid_t pid;
	unsigned int version;
	void *context;

	bool hello_done:1;
	bool closing:1;
	bool paused:1;
};

struct pix_service {
	struct pix_service_params params;
	char *protocol;
	struct pix_service_conn *conns;
	unsigned int conn_count;
};

static void pix_service_conn_input(struct pix_service_conn *conn);

struct pix_service *pix_service_init(const struct pix_service_params *params)
{
	struct pix_service *service = i_new(struct pix_service, 1);

	i_assert(params->version_min <= params->version_max);
	i_assert(params->max_payload <= PIX_FRAME_MAX_PAYLOAD);
	i_assert(params->v.request != NULL);

	service->params = *params;
	service->protocol = i_strdup(params->protocol);
	service->params.protocol = service->protocol;
	return service;
}

static void pix_service_conn_close(struct pix_service_conn *conn)
{
	if (conn->fd == -1)
		return;
	timeout_remove(&conn->to_hello);
	timeout_remove(&conn->to_later);
	io_remove(&conn->io);
	if (conn->service->params.v.closed != NULL)
		conn->service->params.v.closed(conn);
	conn->closing = TRUE;
	/* what is corked or buffered: one more try, then it is gone */
	(void)o_stream_flush(conn->output);
	o_stream_destroy(&conn->output);
	net_disconnect(conn->fd);
	conn->fd = -1;
	DLLIST_REMOVE(&conn->service->conns, conn);
	conn->service->conn_count--;
	master_service_client_connection_destroyed(master_service);
	pix_service_conn_unref(&conn);
}

void pix_service_deinit(struct pix_service **_service)
{
	struct pix_service *service = *_service;

	if (service == NULL)
		return;
	*_service = NULL;
	while (service->conns != NULL)
		pix_service_conn_close(service->conns);
	i_free(service->protocol);
	i_free(service);
}

void pix_service_conn_ref(struct pix_service_conn *conn)
{
	conn->refcount++;
}

void pix_service_conn_unref(struct pix_service_conn **_conn)
{
	struct pix_service_conn *conn = *_conn;

	*_conn = NULL;
	if (--conn->refcount > 0)
		return;
	i_stream_unref(&conn->input);
	event_unref(&conn->event);
	i_free(conn->listener);
	i_free(conn->socket_name);
	i_free(conn);
}

static void pix_service_conn_peer(struct pix_service_conn *conn)
{
	struct ucred cred;
	socklen_t len = sizeof(cred);

	conn->uid = (uid_t)-1;
	conn->gid = (gid_t)-1;
	conn->pid = -1;
	if (getsockopt(conn->fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) < 0)
		e_error(conn->event, "getsockopt(SO_PEERCRED) failed: %m");
	else {
		conn->uid = cred.uid;
		conn->gid = cred.gid;
		conn->pid = cred.pid;
	}
}

static void pix_service_conn_hello_timeout(struct pix_service_conn *conn)
{
	pix_service_disconnect(conn, "no hello in time");
}

static const char *pix_service_socket_name(int listen_fd)
{
	const char *path, *p;

	if (net_getunixname(listen_fd, &path) < 0)
		return "";
	p = strrchr(path, '/');
	return p == NULL ? path : p + 1;
}

static size_t pix_service_conn_max_payload(const struct pix_service_conn *conn)
{
	const size_t max = conn->service->params.max_payload;

	return conn->hello_done ? max : I_MIN(max, PIX_SERVICE_HELLO_MAX_PAYLOAD);
}

void pix_service_accept(struct pix_service *service,
			struct master_service_connection *mconn)
{
	struct pix_service_conn *conn;

	master_service_client_connection_accept(mconn);
	conn = i_new(struct pix_service_conn, 1);
	conn->service = service;
	conn->refcount = 1;
	conn->fd = mconn->fd;
	conn->listener = i_strdup(mconn->name);
	conn->socket_name = i_strdup(pix_service_socket_name(mconn->listen_fd));
	conn->event = event_create(service->params.event_parent);
	event_set_append_log_prefix(conn->event, t_strdup_printf("%s: ", service->protocol));
	pix_service_conn_peer(conn);
	event_add_int(conn->event, "peer_pid", conn->pid);

	net_set_nonblock(conn->fd, TRUE);
	conn->input = i_stream_create_fd(conn->fd, pix_service_conn_max_payload(conn) +
					 PIX_FRAME_HEADER_SIZE);
	conn->output = o_stream_create_fd(conn->fd, SIZE_MAX);
	o_stream_set_no_error_handling(conn->output, TRUE);
	conn->io = io_add(conn->fd, IO_READ, pix_service_conn_input, conn);
	conn->to_hello = timeout_add(PIX_SERVICE_HELLO_TIMEOUT_MSECS,
				     pix_service_conn_hello_timeout, conn);
	DLLIST_PREPEND(&service->conns, conn);
	service->conn_count++;
}

static bool
pix_service_conn_hello(struct pix_service_conn *conn, const json_t *hello,
		       const char **error_r)
{
	const struct pix_service_params *params = &conn->service->params;
	const char *protocol = pix_json_str(hello, "protocol");
	int64_t min, max, version;
	json_t *answer;
	bool ok;

	if (protocol == NULL || strcmp(protocol, params->protocol) != 0) {
		*error_r = "wrong protocol";
		return FALSE;
	}
	if (!pix_json_int(hello, "version_min", 1, UINT_MAX, &min) ||
	    !pix_json_int(hello, "version_max", min, UINT_MAX, &max)) {
		*error_r = "invalid version";
		return FALSE;
	}
	version = I_MIN(max, (int64_t)params->version_max);
	if (version < min || version < (int64_t)params->version_min) {
		*error_r = t_strdup_printf(
			"no common version: we speak %u..%u (restart Dovecot after an upgrade)",
			params->version_min, params->version_max);
		return FALSE;
	}
	conn->version = (unsigned int)version;
	answer = json_object();
	pix_json_set_str(answer, "protocol", params->protocol);
	pix_json_set_int(answer, "version", version);
	pix_json_set_str(answer, "package", PIX_VERSION);
	ok = params->v.hello == NULL ||
		params->v.hello(conn, hello, answer, error_r);
	if (ok) {
		buffer_t *buf = t_buffer_create(256);

		pix_json_append(buf, answer);
		pix_service_send(conn, PIX_FRAME_HELLO, buf->data, buf->used);
		conn->hello_done = TRUE;
		timeout_remove(&conn->to_hello);
		i_stream_set_max_buffer_size(conn->input,
			params->max_payload + PIX_FRAME_HEADER_SIZE);
	}
	json_decref(answer);
	return ok;
}

static void
pix_service_conn_request(struct pix_service_conn *conn, const json_t *request)
{
	const char *cmd = pix_json_str(request, "cmd");
	int64_t id;

	if (cmd == NULL || !pix_json_int(request, "id", 0, INT64_MAX, &id)) {
		pix_service_disconnect(conn, "request without id or cmd");
		return;
	}
	conn->service->params.v.request(conn, (uint64_t)id, cmd, request);
}

static void
pix_service_conn_frame(struct pix_service_conn *conn,
		       const struct pix_frame *frame)
{
	const char *error;
	json_t *obj;

	if (conn->hello_done && frame->type != PIX_FRAME_REQUEST) {
		if (conn->service->params.v.frame != NULL &&
		    frame->type != PIX_FRAME_HELLO)
			conn->service->params.v.frame(conn, frame);
		else
			pix_service_disconnect(conn, "unexpected frame");
		return;
	}
	if (!conn->hello_done && frame->type != PIX_FRAME_HELLO) {
		pix_service_disconnect(conn, "hello expected");
		return;
	}
	obj = pix_json_parse_object(frame->data, frame->size,
				    PIX_JSON_MAX_DEPTH, &error);
	if (obj == NULL) {
		pix_service_disconnect(conn, error);
		return;
	}
	if (conn->hello_done)
		pix_service_conn_request(conn, obj);
	else if (!pix_service_conn_hello(conn, obj, &error))
		pix_service_disconnect(conn, error);
	json_decref(obj);
}

/* Handles the frames that are whole. Returns FALSE if the peer is gone. */
static bool pix_service_conn_frames(struct pix_service_conn *conn)
{
	const unsigned char *data;
	struct pix_frame frame;
	size_t size, used;

	while (!conn->paused && !conn->closing) {
		data = i_stream_get_data(conn->input, &size);
		switch (pix_frame_parse(data, size,
					pix_service_conn_max_payload(conn),
					&frame, &used)) {
		case PIX_FRAME_RESULT_MORE:
			return TRUE;
		case PIX_FRAME_RESULT_TOO_LARGE:
			pix_service_disconnect(conn, "frame too large");
			return FALSE;
		case PIX_FRAME_RESULT_OK:
			break;
		}
		T_BEGIN {
			pix_service_conn_frame(conn, &frame);
		} T_END;
		i_stream_skip(conn->input, used);
	}
	return !conn->closing;
}

static void pix_service_conn_input(struct pix_service_conn *conn)
{
	bool eof = FALSE;

	pix_service_conn_ref(conn);
	o_stream_cork(conn->output);
	while (!conn->closing && !conn->paused) {
		ssize_t ret = i_stream_read(conn->input);

		if (!pix_service_conn_frames(conn))
			break;
		if (ret == 0)
			break;
		if (ret == -1) {
			eof = TRUE;
			break;
		}
	}
	if (conn->output != NULL)
		o_stream_uncork(conn->output);
	if (eof)
		pix_service_conn_close(conn);
	pix_service_conn_unref(&conn);
}

void pix_service_conn_pause(struct pix_service_conn *conn)
{
	conn->paused = TRUE;
	io_remove(&conn->io);
}

static void pix_service_conn_resumed(struct pix_service_conn *conn)
{
	timeout_remove(&conn->to_later);
	if (pix_service_conn_frames(conn))
		pix_service_conn_input(conn);
}

void pix_service_conn_resume(struct pix_service_conn *conn)
{
	if (!conn->paused || conn->closing)
		return;
	conn->paused = FALSE;
	conn->io = io_add(conn->fd, IO_READ, pix_service_conn_input, conn);
	/* frames that were read already: no input event comes for them */
	if (conn->to_later == NULL)
		conn->to_later = timeout_add_short(0, pix_service_conn_resumed, conn);
}

void pix_service_send(struct pix_service_conn *conn, uint8_t type,
		      const void *data, size_t size)
{
	unsigned char header[PIX_FRAME_HEADER_SIZE];
	const struct const_iovec iov[] = {
		{ header, sizeof(header) }, { data, size },
	};

	if (conn->closing || conn->fd == -1)
		return;
	pix_frame_header(header, type, size);
	o_stream_nsendv(conn->output, iov, size == 0 ? 1 : 2);
	if (o_stream_get_buffer_used_size(conn->output) >
	    conn->service->params.max_output) {
		e_error(conn->event, "Peer pid=%ld reads too slowly: disconnecting",
			(long)conn->pid);
		pix_service_disconnect(conn, NULL);
	}
}

static void
pix_service_send_json(struct pix_service_conn *conn, uint8_t type, json_t *obj)
{
	T_BEGIN {
		buffer_t *buf = t_buffer_create(512);

		pix_json_append(buf, obj);
		if (buf->used <= PIX_FRAME_MAX_PAYLOAD)
			pix_service_send(conn, type, buf->data, buf->used);
		else
			pix_service_disconnect(conn, "answer too large");
	} T_END;
	json_decref(obj);
}

void pix_service_answer(struct pix_service_conn *conn, uint64_t id, json_t *answer)
{
	if (answer == NULL)
		answer = json_object();
	pix_json_set_int(answer, "id", (int64_t)id);
	pix_service_send_json(conn, PIX_FRAME_ANSWER, answer);
}

void pix_service_fail(struct pix_service_conn *conn, uint64_t id,
		      const char *code, const char *text)
{
	json_t *answer = json_object();

	pix_json_set_str(answer, "error", code);
	pix_json_set_str(answer, "text", text);
	pix_service_answer(conn, id, answer);
}

void pix_service_push(struct pix_service_conn *conn, json_t *msg)
{
	pix_service_send_json(conn, PIX_FRAME_PUSH, msg);
}

static void
pix_service_disconnect_word(struct pix_service_conn *conn, const char *word,
			    const char *reason)
{
	if (conn->closing || conn->fd == -1)
		return;
	if (reason != NULL) {
		json_t *obj = json_object();

		e_debug(conn->event, "Disconnecting pid=%ld: %s",
			(long)conn->pid, reason);
		pix_json_set_str(obj, "error", word);
		pix_json_set_str(obj, "text", reason);
		pix_service_send_json(conn, PIX_FRAME_ERROR, obj);
	}
	conn->closing = TRUE;
	io_remove(&conn->io);
	timeout_remove(&conn->to_later);
	conn->to_later = timeout_add_short(0, pix_service_conn_close, conn);
}

void pix_service_disconnect(struct pix_service_conn *conn, const char *reason)
{
	pix_service_disconnect_word(conn, "protocol", reason);
}

void pix_service_leave(struct pix_service *service)
{
	struct pix_service_conn *conn, *next;

	if (service->params.v.leave == NULL)
		return;
	for (conn = service->conns; conn != NULL; conn = next) {
		next = conn->next;
		if (service->params.v.leave(conn))
			pix_service_disconnect_word(conn, "closing", "the process ends");
	}
}

size_t pix_service_conn_pending(struct pix_service_conn *conn)
{
	return conn->output == NULL ? 0 :
		o_stream_get_buffer_used_size(conn->output);
}

uid_t pix_service_conn_uid(const struct pix_service_conn *conn)
{
	return conn->uid;
}

gid_t pix_service_conn_gid(const struct pix_service_conn *conn)
{
	return conn->gid;
}

pid_t pix_service_conn_pid(const struct pix_service_conn *conn)
{
	return conn->pid;
}

const char *pix_service_conn_listener(const struct pix_service_conn *conn)
{
	return conn->listener;
}

const char *pix_service_conn_socket_name(const struct pix_service_conn *conn)
{
	return conn->socket_name;
}

unsigned int pix_service_conn_version(const struct pix_service_conn *conn)
{
	return conn->version;
}

void pix_service_conn_set_context(struct pix_service_conn *conn, void *context)
{
	conn->context = context;
}

void *pix_service_conn_context(const struct pix_service_conn *conn)
{
	return conn->context;
}

struct event *pix_service_conn_event(struct pix_service_conn *conn)
{
	return conn->event;
}

bool pix_service_conn_alive(const struct pix_service_conn *conn)
{
	return conn->fd != -1 && !conn->closing;
}

void pix_service_foreach(struct pix_service *service,
			 void (*func)(struct pix_service_conn *conn, void *context),
			 void *context)
{
	struct pix_service_conn *conn, *next;

	for (conn = service->conns; conn != NULL; conn = next) {
		next = conn->next;
		if (pix_service_conn_alive(conn))
			func(conn, context);
	}
}

unsigned int pix_service_conn_count(const struct pix_service *service)
{
	return service->conn_count;
}
