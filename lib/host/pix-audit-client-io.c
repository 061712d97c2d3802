/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

/* The connection of a producer: everything here is non-blocking, but
   pix_audit_client_finish(). */

#include "pix-audit-client-private.h"
#include "pix-frame.h"
#include "pix-json.h"
#include "ioloop.h"
#include "lib-event.h"
#include "net.h"
#include "hex-binary.h"
#include "safe-memset.h"

#include <poll.h>
#include <sys/socket.h>
#include <time.h>

/* largest frame that a collector has to say */
#define PIX_AUDIT_INPUT_MAX 4096

int64_t pix_audit_now_msecs(void)
{
	struct timespec ts;

	if (clock_gettime(CLOCK_MONOTONIC_COARSE, &ts) < 0)
		i_unreached();
	/* never 0, which means "not set" */
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000 + 1;
}

/* One error when the trouble begins, then one a minute. */
static void pix_audit_complain(struct pix_audit_client *client, const char *text)
{
	const int64_t now = pix_audit_now_msecs();

	if (client->complained != 0 &&
	    now - client->complained < PIX_AUDIT_COMPLAIN_MSECS)
		return;
	client->complained = now;
	e_error(client->event, "%s: records are kept (is the service pix-audit enabled?)",
		text);
}

void pix_audit_client_lost(struct pix_audit_client *client, uint64_t count)
{
	if (client->lost == 0) {
		e_error(client->event, "Records are being lost: the collector is away "
			"and there is no spool file (check pix_audit_dir)");
	}
	client->lost += count;
}

static void pix_audit_client_hello(struct pix_audit_client *client)
{
	string_t *json = t_str_new(256);

	str_printfa(json, "{\"protocol\":\""PIX_AUDIT_PROTOCOL"\","
		    "\"version_min\":%d,\"version_max\":%d,\"service\":\"%s\","
		    "\"boot\":\"%s\",\"pid\":%ld,\"start\":%"PRIu64,
		    PIX_AUDIT_VERSION, PIX_AUDIT_VERSION, client->service,
		    client->boot, (long)client->pid, client->start);
	if (client->nonce[0] != '\0')
		str_printfa(json, ",\"nonce\":\"%s\"", client->nonce);
	str_append_c(json, '}');
	buffer_set_used_size(client->hello, 0);
	pix_frame_append(client->hello, PIX_FRAME_HELLO, str_data(json), str_len(json));
	safe_memset(str_c_modifiable(json), 0, str_len(json));
}

void pix_audit_client_disconnect(struct pix_audit_client *client)
{
	if (client->fd == -1)
		return;
	io_remove(&client->io_read);
	io_remove(&client->io_write);
	net_disconnect(client->fd);
	client->fd = -1;
	client->greeted = FALSE;
	client->stalled = FALSE;
	client->replaying = FALSE;
	client->down_since = pix_audit_now_msecs();
	buffer_set_used_size(client->input, 0);
	buffer_set_used_size(client->replay, 0);
	client->replay_sent = 0;
	client->spool.sent = 0;
	pix_audit_ring_rewind(&client->ring);
}

static void pix_audit_client_reconnect(struct pix_audit_client *client)
{
	timeout_remove(&client->to_reconnect);
	pix_audit_client_connect(client);
}

static void pix_audit_client_reconnect_later(struct pix_audit_client *client)
{
	timeout_remove(&client->to_reconnect);
	client->to_reconnect = timeout_add_to(client->ioloop, client->backoff_msecs,
					      pix_audit_client_reconnect, client);
	client->backoff_msecs = I_MIN(client->backoff_msecs * 2,
				      PIX_AUDIT_BACKOFF_MAX_MSECS);
}

static void
pix_audit_client_gone(struct pix_audit_client *client, const char *reason)
{
	/* a collector that is restarted is no trouble yet */
	if (client->backoff_msecs > PIX_AUDIT_BACKOFF_MIN_MSECS)
		pix_audit_complain(client, reason);
	pix_audit_client_disconnect(client);
	pix_audit_client_reconnect_later(client);
	pix_audit_client_flush_later(client);
}

/* Returns bytes written, 0 if the socket is full, -1 if it is gone. */
static ssize_t
pix_audit_client_send(struct pix_audit_client *client, const void *data, size_t size)
{
	ssize_t ret;

	do {
		ret = send(client->fd, data, size, MSG_NOSIGNAL | MSG_DONTWAIT);
	} while (ret < 0 && errno == EINTR);
	if (ret >= 0)
		return ret;
	if (errno == EAGAIN)
		return 0;
	pix_audit_client_gone(client, t_strdup_printf("Could not write to %s: %m",
						      client->path));
	return -1;
}

static void pix_audit_client_acked(struct pix_audit_client *client, uint64_t seq)
{
	size_t size;

	if (!pix_audit_ring_ack(&client->ring, seq)) {
		pix_audit_client_gone(client, t_strdup_printf(
			"%s acknowledged what was never sent", client->path));
		return;
	}
	if (client->spool.size > 0 && !client->replaying &&
	    seq >= client->spool.last_seq)
		pix_audit_spool_clear(&client->spool);
	(void)pix_audit_ring_unacked(&client->ring, &size);
	client->oldest_unacked = size == 0 ? 0 : pix_audit_now_msecs();
	client->backoff_msecs = PIX_AUDIT_BACKOFF_MIN_MSECS;
}

static bool
pix_audit_client_greeting(struct pix_audit_client *client, const json_t *hello)
{
	const char *nonce = pix_json_str(hello, "nonce");
	int64_t durable;

	if (!pix_json_int(hello, "durable", 0, INT64_MAX, &durable))
		return FALSE;
	if (nonce != NULL) {
		if (strlen(nonce) != sizeof(client->nonce) - 1 ||
		    strspn(nonce, "0123456789abcdef") != sizeof(client->nonce) - 1)
			return FALSE;
		memcpy(client->nonce, nonce, sizeof(client->nonce));
	}
	client->greeted = TRUE;
	client->down_since = 0;
	if (client->complained != 0)
		e_info(client->event, "Connected to %s again", client->path);
	client->complained = 0;
	client->replaying = client->spool.size > 0;
	if (durable > 0)
		pix_audit_client_acked(client, (uint64_t)durable);
	if (client->greeted)
		pix_audit_client_flush(client);
	return TRUE;
}

/* Returns FALSE if the collector talks nonsense or refuses us. */
static bool
pix_audit_client_json(struct pix_audit_client *client,
		      const struct pix_frame *frame, const char **error_r)
{
	const char *error, *text;
	json_t *obj = pix_json_parse_object(frame->data, frame->size,
					    PIX_JSON_MAX_DEPTH, &error);
	bool ok = FALSE;

	*error_r = NULL;
	if (obj == NULL) {
		*error_r = t_strdup_printf("%s sent a wrong frame: %s", client->path, error);
		return FALSE;
	}
	if (frame->type == PIX_FRAME_HELLO && !client->greeted) {
		ok = pix_audit_client_greeting(client, obj);
	} else if (frame->type == PIX_FRAME_PUSH && client->greeted) {
		text = pix_json_str(obj, "event");
		if (text != NULL && strcmp(text, "stalled") == 0)
			client->stalled = TRUE;
		else if (text != NULL && strcmp(text, "resumed") == 0)
			client->stalled = FALSE;
		ok = TRUE;
	} else if (frame->type == PIX_FRAME_ERROR) {
		text = pix_json_str(obj, "text");
		*error_r = t_strdup_printf("%s refused this process: %s", client->path,
					   text == NULL ? "no reason given" : text);
	}
	json_decref(obj);
	if (!ok && *error_r == NULL)
		*error_r = t_strdup_printf("%s sent a frame out of order", client->path);
	return ok;
}

static bool
pix_audit_client_frame(struct pix_audit_client *client,
		       const struct pix_frame *frame, const char **error_r)
{
	if (frame->type != PIX_AUDIT_FRAME_ACK)
		return pix_audit_client_json(client, frame, error_r);
	if (frame->size != 8 || !client->greeted) {
		*error_r = t_strdup_printf("%s sent a wrong acknowledgement", client->path);
		return FALSE;
	}
	pix_audit_client_acked(client, pix_audit_frame_seq(frame->data -
							   PIX_FRAME_HEADER_SIZE));
	return TRUE;
}

static void pix_audit_client_frames(struct pix_audit_client *client)
{
	enum pix_frame_result result = PIX_FRAME_RESULT_MORE;
	struct pix_frame frame;
	const char *error = NULL;
	size_t used, pos = 0;

	while (client->fd != -1) {
		result = pix_frame_parse(CONST_PTR_OFFSET(client->input->data, pos),
					 client->input->used - pos,
					 PIX_AUDIT_INPUT_MAX, &frame, &used);
		if (result != PIX_FRAME_RESULT_OK)
			break;
		if (!pix_audit_client_frame(client, &frame, &error))
			break;
		pos += used;
	}
	if (result == PIX_FRAME_RESULT_TOO_LARGE)
		error = t_strdup_printf("%s sent a frame that is too large", client->path);
	if (client->fd == -1)
		return;
	if (error != NULL) {
		/* not the next moment again: it would be refused again */
		client->backoff_msecs = I_MAX(client->backoff_msecs,
					      PIX_AUDIT_DOWN_MSECS);
		pix_audit_client_gone(client, error);
	} else {
		buffer_delete(client->input, 0, pos);
	}
}

static void pix_audit_client_input(struct pix_audit_client *client)
{
	unsigned char data[1024];
	ssize_t ret = 0;

	client->in_input = TRUE;
	T_BEGIN {
		while (client->fd != -1) {
			ret = recv(client->fd, data, sizeof(data), MSG_DONTWAIT);
			if (ret < 0 && errno == EINTR)
				continue;
			if (ret <= 0)
				break;
			buffer_append(client->input, data, (size_t)ret);
			pix_audit_client_frames(client);
			if (ret < (ssize_t)sizeof(data))
				break;
		}
		if (client->fd != -1 && ret <= 0 && (ret == 0 || errno != EAGAIN)) {
			pix_audit_client_gone(client, t_strdup_printf(
				"The connection to %s was lost", client->path));
		}
	} T_END;
	client->in_input = FALSE;
}

static int pix_audit_client_open(struct pix_audit_client *client)
{
	int fd = net_connect_unix(client->path);

	if (fd != -1 || !client->connected_once || client->path_later == NULL)
		return fd;
	return net_connect_unix(client->path_later);
}

void pix_audit_client_connect(struct pix_audit_client *client)
{
	int fd;

	if (client->fd != -1)
		return;
	fd = pix_audit_client_open(client);
	client->connected_once = TRUE;
	if (fd == -1) {
		pix_audit_complain(client, t_strdup_printf("connect(%s) failed: %m",
							   client->path));
		pix_audit_client_reconnect_later(client);
		return;
	}
	client->fd = fd;
	net_set_nonblock(fd, TRUE);
	fd_close_on_exec(fd, TRUE);
	T_BEGIN {
		pix_audit_client_hello(client);
	} T_END;
	/* the socket is empty: it takes all of these few bytes */
	if (pix_audit_client_send(client, client->hello->data, client->hello->used) < 0)
		return;
	client->io_read = io_add_to(client->ioloop, fd, IO_READ,
				    pix_audit_client_input, client);
}

static void pix_audit_client_flush_timeout(struct pix_audit_client *client)
{
	timeout_remove(&client->to_flush);
	pix_audit_client_flush(client);
}

void pix_audit_client_flush_later(struct pix_audit_client *client)
{
	if (client->to_flush != NULL) {
		if (client->flush_soon)
			return;
		timeout_remove(&client->to_flush);
	}
	client->flush_soon = TRUE;
	client->to_flush = timeout_add_to(client->ioloop, client->flush_msecs,
					  pix_audit_client_flush_timeout, client);
}

/* Everything that can be sent was sent: look again whether it was acknowledged. */
static void pix_audit_client_watch(struct pix_audit_client *client)
{
	timeout_remove(&client->to_flush);
	if (client->oldest_unacked == 0)
		return;
	client->flush_soon = FALSE;
	client->to_flush = timeout_add_to(client->ioloop, PIX_AUDIT_DOWN_MSECS,
					  pix_audit_client_flush_timeout, client);
}

static void pix_audit_client_output(struct pix_audit_client *client)
{
	io_remove(&client->io_write);
	pix_audit_client_flush(client);
}

/* Returns 1 if the spool file was sent, 0 if the socket is full, -1 if it is gone. */
static int pix_audit_client_replay(struct pix_audit_client *client)
{
	ssize_t ret;

	while (client->replaying) {
		if (client->replay_sent == client->replay->used) {
			client->replay_sent = 0;
			buffer_set_used_size(client->replay, 0);
			if (pix_audit_spool_read(&client->spool, client->replay,
						 PIX_AUDIT_REPLAY_SIZE) <= 0) {
				client->replaying = FALSE;
				break;
			}
		}
		ret = pix_audit_client_send(client,
			CONST_PTR_OFFSET(client->replay->data, client->replay_sent),
			client->replay->used - client->replay_sent);
		if (ret <= 0)
			return (int)ret;
		client->replay_sent += (size_t)ret;
	}
	return 1;
}

/* Returns 1 if all was sent, 0 if the socket is full, -1 if it is gone. */
static int pix_audit_client_send_ring(struct pix_audit_client *client)
{
	const unsigned char *data;
	size_t size;
	ssize_t ret;

	for (;;) {
		data = pix_audit_ring_unsent(&client->ring, &size);
		if (size == 0)
			return 1;
		ret = pix_audit_client_send(client, data, size);
		if (ret <= 0)
			return (int)ret;
		pix_audit_ring_mark_sent(&client->ring, (size_t)ret);
	}
}

static bool pix_audit_client_is_late(const struct pix_audit_client *client)
{
	const int64_t now = pix_audit_now_msecs();

	if (client->oldest_unacked == 0)
		return FALSE;
	if (client->stalled)
		return TRUE;
	if (client->down_since != 0)
		return now - client->down_since >= PIX_AUDIT_DOWN_MSECS;
	return now - client->oldest_unacked >= PIX_AUDIT_ACK_TIMEOUT_MSECS;
}

void pix_audit_client_flush(struct pix_audit_client *client)
{
	size_t size;
	int ret;

	if (client->ring.building != SIZE_MAX)
		return;
	/* acknowledgements that came while a long command kept the ioloop away */
	(void)pix_audit_ring_unacked(&client->ring, &size);
	if (size > PIX_AUDIT_RING_MAX / 4 && client->io_read != NULL &&
	    !client->in_input)
		pix_audit_client_input(client);
	if (client->greeted) {
		ret = pix_audit_client_replay(client);
		if (ret > 0)
			ret = pix_audit_client_send_ring(client);
		if (ret == 0 && client->io_write == NULL) {
			client->io_write = io_add_to(client->ioloop, client->fd, IO_WRITE,
						     pix_audit_client_output, client);
		}
	}
	if (pix_audit_client_is_late(client))
		pix_audit_client_spill(client);
	pix_audit_client_watch(client);
}

void pix_audit_client_spill(struct pix_audit_client *client)
{
	const unsigned char *data;
	size_t size;

	data = pix_audit_ring_unacked(&client->ring, &size);
	if (size == 0 || !pix_audit_spool_is_usable(&client->spool))
		return;
	/* a frame may be on the wire in part, and the file goes first from now */
	if (client->greeted) {
		pix_audit_client_disconnect(client);
		pix_audit_client_reconnect_later(client);
	}
	T_BEGIN {
		pix_audit_client_hello(client);
	} T_END;
	if (pix_audit_spool_append(&client->spool, client->hello, data, size,
				   client->ring.next_seq - 1)) {
		pix_audit_ring_clear(&client->ring);
		client->oldest_unacked = 0;
	}
}

/* FALSE if waiting for the collector is of no use. */
static bool pix_audit_client_awaits(const struct pix_audit_client *client)
{
	return client->fd != -1 && client->oldest_unacked != 0 &&
		!pix_audit_client_is_late(client);
}

void pix_audit_client_finish(struct pix_audit_client *client)
{
	const int64_t deadline = pix_audit_now_msecs() + PIX_AUDIT_FINISH_MSECS;
	unsigned char frame[PIX_FRAME_HEADER_SIZE];
	bool asked = FALSE;
	size_t size;

	pix_frame_header(frame, PIX_AUDIT_FRAME_FLUSH, 0);
	while (pix_audit_client_awaits(client)) {
		struct pollfd pfd = { .fd = client->fd, .events = POLLIN };
		int64_t left = deadline - pix_audit_now_msecs();

		pix_audit_client_flush(client);
		/* the ioloop doesn't run any more */
		if (client->io_read != NULL)
			pix_audit_client_input(client);
		if (!pix_audit_client_awaits(client) || left <= 0)
			break;
		(void)pix_audit_ring_unsent(&client->ring, &size);
		if (size > 0 || client->replaying)
			pfd.events |= client->greeted ? POLLOUT : 0;
		else if (client->greeted && !asked) {
			asked = TRUE;
			if (pix_audit_client_send(client, frame, sizeof(frame)) < 0)
				break;
		}
		if (poll(&pfd, 1, (int)left) < 0 && errno != EINTR)
			break;
	}
	(void)pix_audit_ring_unacked(&client->ring, &size);
	if (size > 0)
		pix_audit_client_spill(client);
	(void)pix_audit_ring_unacked(&client->ring, &size);
	if (size > 0)
		pix_audit_client_lost(client, 1);
	if (client->lost > 0) {
		e_error(client->event, "Records were lost at the end of the process: "
			"count>=%"PRIu64" (check pix_audit_dir)", client->lost);
	}
}
