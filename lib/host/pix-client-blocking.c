/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-client.h"
#include "net.h"
#include "pix-secret.h"
#include "ioloop.h"

#include <poll.h>
#include <unistd.h>

struct pix_blocking_client {
	int fd;
	char *path;
	size_t max_payload;
	uint64_t last_id;
	buffer_t *input;
	/* bytes of input that the last frame took */
	size_t used;
};

/* A monotonic clock, so that a clock step neither hangs nor hurries us. */
static int64_t pix_now_msecs(void)
{
	struct timespec ts;

	if (clock_gettime(CLOCK_MONOTONIC, &ts) < 0)
		i_unreached();
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static int
pix_blocking_client_wait(struct pix_blocking_client *client, short events,
			 int64_t deadline, const char **error_r)
{
	struct pollfd pfd = { .fd = client->fd, .events = events };

	for (;;) {
		int64_t left = deadline - pix_now_msecs();
		int ret = left <= 0 ? 0 : poll(&pfd, 1, (int)I_MIN(left, INT_MAX));

		if (ret > 0)
			return 1;
		if (ret < 0 && errno == EINTR)
			continue;
		*error_r = ret < 0 ? t_strdup_printf("poll() failed: %m") :
			t_strdup_printf("%s did not answer in time", client->path);
		return ret;
	}
}

static int
pix_blocking_client_write_deadline(struct pix_blocking_client *client,
				   const unsigned char *data, size_t size,
				   int64_t deadline, const char **error_r)
{
	while (size > 0) {
		ssize_t ret = write(client->fd, data, size);

		if (ret > 0) {
			data += ret;
			size -= (size_t)ret;
		} else if (errno == EAGAIN) {
			if (pix_blocking_client_wait(client, POLLOUT, deadline, error_r) <= 0)
				return -1;
		} else if (errno != EINTR) {
			*error_r = t_strdup_printf("write(%s) failed: %m", client->path);
			return -1;
		}
	}
	return 0;
}

int pix_blocking_client_write(struct pix_blocking_client *client, uint8_t type,
			      const void *data, size_t size, const char **error_r)
{
	/* a peer that reads nothing for a minute is dead */
	const int64_t deadline = pix_now_msecs() + 60 * 1000;
	unsigned char header[PIX_FRAME_HEADER_SIZE];

	pix_frame_header(header, type, size);
	if (pix_blocking_client_write_deadline(client, header, sizeof(header),
					       deadline, error_r) < 0)
		return -1;
	return pix_blocking_client_write_deadline(client, data, size,
						  deadline, error_r);
}

bool pix_blocking_client_pending(struct pix_blocking_client *client)
{
	struct pollfd pfd = { .fd = client->fd, .events = POLLIN };
	struct pix_frame frame;
	size_t used;

	if (pix_frame_parse(CONST_PTR_OFFSET(client->input->data, client->used),
			    client->input->used - client->used,
			    client->max_payload, &frame, &used) != PIX_FRAME_RESULT_MORE)
		return TRUE;
	return poll(&pfd, 1, 0) > 0;
}

int pix_blocking_client_read(struct pix_blocking_client *client,
			     unsigned int timeout_msecs,
			     struct pix_frame *frame_r, const char **error_r)
{
	const int64_t deadline = pix_now_msecs() + timeout_msecs;
	unsigned char buf[16384];
	ssize_t ret;

	buffer_delete(client->input, 0, client->used);
	client->used = 0;
	for (;;) {
		switch (pix_frame_parse(client->input->data, client->input->used,
					client->max_payload, frame_r,
					&client->used)) {
		case PIX_FRAME_RESULT_OK:
			return 1;
		case PIX_FRAME_RESULT_TOO_LARGE:
			*error_r = t_strdup_printf("%s sent a frame that is too large",
						   client->path);
			return -1;
		case PIX_FRAME_RESULT_MORE:
			break;
		}
		if (pix_blocking_client_wait(client, POLLIN, deadline, error_r) <= 0)
			return -1;
		ret = read(client->fd, buf, sizeof(buf));
		if (ret > 0)
			buffer_append(client->input, buf, (size_t)ret);
		else if (ret == 0) {
			*error_r = t_strdup_printf("%s closed the connection",
						   client->path);
			return client->input->used == 0 ? 0 : -1;
		} else if (errno != EINTR && errno != EAGAIN) {
			*error_r = t_strdup_printf("read(%s) failed: %m", client->path);
			return -1;
		}
	}
}

/* Reads the next frame of JSON; an error frame becomes error_r. */
static int
pix_blocking_client_read_json(struct pix_blocking_client *client,
			      unsigned int timeout_msecs, uint8_t *type_r,
			      json_t **obj_r, const char **error_r)
{
	struct pix_frame frame;
	const char *error, *text;

	if (pix_blocking_client_read(client, timeout_msecs, &frame, error_r) <= 0)
		return -1;
	*type_r = frame.type;
	*obj_r = pix_json_parse_object(frame.data, frame.size,
				       PIX_JSON_MAX_DEPTH, &error);
	if (*obj_r == NULL) {
		*error_r = t_strdup_printf("%s sent an invalid frame: %s",
					   client->path, error);
		return -1;
	}
	if (frame.type == PIX_FRAME_ERROR) {
		text = pix_json_str(*obj_r, "text");
		*error_r = t_strdup_printf("%s refused: %s", client->path,
					   text == NULL ? "no reason given" : text);
		json_decref(*obj_r);
		*obj_r = NULL;
		return -1;
	}
	return 0;
}

static int
pix_blocking_client_handshake(struct pix_blocking_client *client,
			      const struct pix_client_params *params,
			      json_t *hello, unsigned int timeout_msecs,
			      const char **error_r)
{
	buffer_t *buf = t_buffer_create(256);
	uint8_t type;
	json_t *answer;

	pix_json_set_str(hello, "protocol", params->protocol);
	pix_json_set_int(hello, "version_min", params->version_min);
	pix_json_set_int(hello, "version_max", params->version_max);
	pix_json_append(buf, hello);
	if (pix_blocking_client_write(client, PIX_FRAME_HELLO, buf->data,
				      buf->used, error_r) < 0)
		return -1;
	if (pix_blocking_client_read_json(client, timeout_msecs, &type,
					  &answer, error_r) < 0)
		return -1;
	json_decref(answer);
	if (type != PIX_FRAME_HELLO) {
		*error_r = t_strdup_printf("%s did not greet", client->path);
		return -1;
	}
	return 0;
}

int pix_blocking_client_connect(const struct pix_client_params *params,
				json_t *hello, unsigned int timeout_msecs,
				struct pix_blocking_client **client_r,
				const char **error_r)
{
	struct pix_blocking_client *client;
	int fd, ret;

	*client_r = NULL;
	if (hello == NULL)
		hello = json_object();
	fd = net_connect_unix(params->path);
	if (fd == -1) {
		*error_r = errno == ENOENT || errno == ECONNREFUSED ?
			t_strdup_printf("connect(%s) failed: %m (is Dovecot running with the service %s enabled?)",
					params->path, params->protocol) :
			t_strdup_printf("connect(%s) failed: %m", params->path);
		json_decref(hello);
		return -1;
	}
	client = i_new(struct pix_blocking_client, 1);
	client->fd = fd;
	client->path = i_strdup(params->path);
	client->max_payload = params->max_payload;
	client->input = buffer_create_dynamic(default_pool, 4096);
	ret = pix_blocking_client_handshake(client, params, hello,
					    timeout_msecs, error_r);
	json_decref(hello);
	if (ret < 0) {
		pix_blocking_client_close(&client);
		return -1;
	}
	*client_r = client;
	return 0;
}

void pix_blocking_client_close(struct pix_blocking_client **_client)
{
	struct pix_blocking_client *client = *_client;

	if (client == NULL)
		return;
	*_client = NULL;
	net_disconnect(client->fd);
	/* answers may hold what is shown once */
	pix_secret_wipe_buffer(client->input);
	buffer_free(&client->input);
	i_free(client->path);
	i_free(client);
}

enum pix_client_result
pix_blocking_client_call(struct pix_blocking_client *client, const char *cmd,
			 json_t *args, unsigned int timeout_msecs,
			 json_t **answer_r, const char **error_r)
{
	const int64_t deadline = pix_now_msecs() + timeout_msecs;
	buffer_t *buf = buffer_create_dynamic(default_pool, 512);
	int64_t id, left;
	uint8_t type;
	json_t *obj;
	int ret;

	*answer_r = NULL;
	if (args == NULL)
		args = json_object();
	pix_json_set_int(args, "id", (int64_t)++client->last_id);
	pix_json_set_str(args, "cmd", cmd);
	pix_json_append(buf, args);
	json_decref(args);
	ret = buf->used > client->max_payload ? -1 :
		pix_blocking_client_write(client, PIX_FRAME_REQUEST,
					  buf->data, buf->used, error_r);
	if (buf->used > client->max_payload)
		*error_r = "request too large";
	pix_secret_wipe_buffer(buf);
	buffer_free(&buf);
	if (ret < 0)
		return PIX_CLIENT_UNAVAILABLE;
	for (;;) {
		left = deadline - pix_now_msecs();
		if (pix_blocking_client_read_json(client, left < 0 ? 0 : (unsigned int)left,
						  &type, &obj, error_r) < 0)
			return pix_now_msecs() >= deadline ?
				PIX_CLIENT_TIMEOUT : PIX_CLIENT_UNAVAILABLE;
		if (type == PIX_FRAME_ANSWER &&
		    pix_json_int(obj, "id", 0, INT64_MAX, &id) &&
		    (uint64_t)id == client->last_id)
			break;
		json_decref(obj);
	}
	*answer_r = obj;
	if (json_object_get(obj, "error") == NULL)
		return PIX_CLIENT_OK;
	*error_r = t_strdup(pix_json_str(obj, "text"));
	if (*error_r == NULL)
		*error_r = "refused without a reason";
	return PIX_CLIENT_REFUSED;
}
