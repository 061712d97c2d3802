/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-archive-client.h"
#include "pix-client.h"
#include "hex-binary.h"
#include "istream.h"
#include "istream-crlf.h"
#include "ostream.h"

#include <openssl/evp.h>

/* Mails and bytes that are put before the service has to catch up. */
#define BATCH_MAILS 100
#define BATCH_BYTES (16 * 1024 * 1024)
#define DATA_FRAME_SIZE (256 * 1024)
#define FRAME_MAIL 'm'

struct pix_archive_owner {
	char *name;
	json_t *answer;
};

struct pix_archive_client {
	char *path;
	unsigned int timeout_msecs;
	struct pix_blocking_client *conn;
	uint64_t last_id;
	char *word;
	/* put and not committed */
	unsigned int batch_count;
	uint64_t batch_bytes;
	/* the connection broke with a batch open: it is lost, and so is what
	   was put */
	bool batch_broken;
	struct pix_archive_owner owner;
};

struct pix_archive_client *
pix_archive_client_init(const char *path, unsigned int timeout_msecs)
{
	struct pix_archive_client *client = i_new(struct pix_archive_client, 1);

	client->path = i_strdup(path);
	client->timeout_msecs = timeout_msecs;
	return client;
}

static void client_owner_forget(struct pix_archive_client *client)
{
	json_decref(client->owner.answer);
	client->owner.answer = NULL;
	i_free(client->owner.name);
}

static void client_disconnect(struct pix_archive_client *client)
{
	pix_blocking_client_close(&client->conn);
	client_owner_forget(client);
	if (client->batch_count > 0)
		client->batch_broken = TRUE;
}

void pix_archive_client_deinit(struct pix_archive_client **_client)
{
	struct pix_archive_client *client = *_client;

	if (client == NULL)
		return;
	*_client = NULL;
	client_disconnect(client);
	i_free(client->word);
	i_free(client->path);
	i_free(client);
}

const char *pix_archive_client_word(struct pix_archive_client *client)
{
	return client->word == NULL ? "" : client->word;
}

static int client_connect(struct pix_archive_client *client, const char **error_r)
{
	const struct pix_client_params params = {
		.protocol = "pix-archive",
		.version_min = 1,
		.version_max = 1,
		.path = client->path,
		.max_payload = PIX_FRAME_MAX_PAYLOAD,
	};

	if (client->conn != NULL)
		return 0;
	return pix_blocking_client_connect(&params, NULL, client->timeout_msecs,
					   &client->conn, error_r);
}

static bool client_is_push(const struct pix_frame *frame)
{
	return frame->type == PIX_FRAME_PUSH;
}

/* Reads what the service sent unasked; a push says that the owner changed. */
static void client_poll(struct pix_archive_client *client)
{
	struct pix_frame frame;
	const char *error;

	while (client->conn != NULL && pix_blocking_client_pending(client->conn)) {
		if (pix_blocking_client_read(client->conn, client->timeout_msecs,
					     &frame, &error) <= 0 ||
		    !client_is_push(&frame))
			client_disconnect(client);
		else
			client_owner_forget(client);
	}
}

/* Reads until the answer to the last request. Frames D go to output. */
static int
client_answer(struct pix_archive_client *client, struct ostream *output,
	      json_t **answer_r, const char **error_r)
{
	struct pix_frame frame;
	const char *error;
	json_t *answer;
	int64_t id;

	for (;;) {
		if (pix_blocking_client_read(client->conn, client->timeout_msecs,
					     &frame, error_r) <= 0)
			return -1;
		if (client_is_push(&frame)) {
			client_owner_forget(client);
			continue;
		}
		if (frame.type == PIX_FRAME_DATA && output != NULL) {
			o_stream_nsend(output, frame.data, frame.size);
			continue;
		}
		answer = pix_json_parse_object(frame.data, frame.size,
					       PIX_JSON_MAX_DEPTH, &error);
		if (answer == NULL || frame.type != PIX_FRAME_ANSWER ||
		    !pix_json_int(answer, "id", 0, INT64_MAX, &id) ||
		    (uint64_t)id != client->last_id) {
			*error_r = t_strdup_printf("%s: %s", client->path,
				answer != NULL && pix_json_str(answer, "text") != NULL ?
				pix_json_str(answer, "text") : "unexpected answer");
			json_decref(answer);
			return -1;
		}
		*answer_r = answer;
		return 0;
	}
}

static int
client_request(struct pix_archive_client *client, const char *cmd,
	       const json_t *args, struct ostream *output, json_t **answer_r,
	       const char **error_r)
{
	json_t *copy = json_copy((json_t *)args);
	buffer_t *buf = t_buffer_create(512);
	int ret;

	*answer_r = NULL;
	pix_json_set_int(copy, "id", (int64_t)++client->last_id);
	pix_json_set_str(copy, "cmd", cmd);
	pix_json_append(buf, copy);
	json_decref(copy);
	if (client_connect(client, error_r) < 0)
		return -1;
	ret = pix_blocking_client_write(client->conn, PIX_FRAME_REQUEST,
					buf->data, buf->used, error_r);
	if (ret == 0)
		ret = client_answer(client, output, answer_r, error_r);
	if (ret < 0) {
		client_disconnect(client);
		return -1;
	}
	i_free(client->word);
	if (json_object_get(*answer_r, "error") == NULL)
		return 1;
	client->word = i_strdup(pix_json_str(*answer_r, "error"));
	*error_r = t_strdup(pix_json_str(*answer_r, "text"));
	if (*error_r == NULL)
		*error_r = "refused without a reason";
	json_decref(*answer_r);
	*answer_r = NULL;
	return 0;
}

int pix_archive_client_call(struct pix_archive_client *client, const char *cmd,
			    json_t *args, json_t **answer_r, const char **error_r)
{
	bool was_connected;
	int ret;

	client_poll(client);
	was_connected = client->conn != NULL;
	if (args == NULL)
		args = json_object();
	ret = client_request(client, cmd, args, NULL, answer_r, error_r);
	if (ret < 0 && was_connected && !client->batch_broken) {
		/* the service was restarted since the last call; all requests may
		   be repeated */
		ret = client_request(client, cmd, args, NULL, answer_r, error_r);
	}
	json_decref(args);
	return ret;
}

int pix_archive_client_read(struct pix_archive_client *client, int64_t item,
			    struct ostream *output, const char **error_r)
{
	json_t *args, *answer;
	bool eof = FALSE;
	int ret = 1;

	while (!eof && ret > 0) {
		args = json_object();
		pix_json_set_int(args, "item", item);
		pix_json_set_int(args, "offset", (int64_t)output->offset);
		ret = client_request(client, "read", args, output, &answer, error_r);
		json_decref(args);
		if (ret > 0) {
			eof = pix_json_true(answer, "eof");
			json_decref(answer);
		}
	}
	return ret;
}

static int
put_digest(struct istream *input, uint64_t *size_r, char hex_r[65],
	   const char **error_r)
{
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	unsigned char digest[32];
	const unsigned char *data;
	unsigned int len;
	size_t size;

	if (md == NULL || EVP_DigestInit_ex(md, EVP_sha256(), NULL) != 1)
		i_fatal("EVP_DigestInit_ex() failed");
	*size_r = 0;
	while (i_stream_read_more(input, &data, &size) > 0) {
		if (EVP_DigestUpdate(md, data, size) != 1)
			i_fatal("EVP_DigestUpdate() failed");
		*size_r += size;
		i_stream_skip(input, size);
	}
	if (EVP_DigestFinal_ex(md, digest, &len) != 1 || len != sizeof(digest))
		i_fatal("EVP_DigestFinal_ex() failed");
	EVP_MD_CTX_free(md);
	(void)i_strocpy(hex_r, binary_to_hex(digest, sizeof(digest)), 65);
	if (input->stream_errno == 0)
		return 0;
	*error_r = t_strdup(i_stream_get_error(input));
	return -1;
}

static int
put_metadata(struct pix_archive_client *client, const struct pix_archive_mail *mail,
	     uint64_t size, const char *sha256, const char **error_r)
{
	buffer_t *buf = t_buffer_create(1024);
	json_t *obj = json_object();

	pix_json_set_str(obj, "owner", mail->owner);
	pix_json_set_str(obj, "mailbox", mail->mailbox);
	pix_json_set_str(obj, "mailbox_guid", mail->mailbox_guid);
	pix_json_set_str(obj, "guid", mail->guid != NULL ? mail->guid :
			 t_strndup(sha256, 32));
	pix_json_set_str(obj, "keywords", mail->keywords);
	pix_json_set_int(obj, "uid", mail->uid);
	pix_json_set_int(obj, "flags", mail->flags);
	pix_json_set_int(obj, "received", I_MAX(mail->received, 0));
	pix_json_set_int(obj, "saved", I_MAX(mail->saved, 0));
	pix_json_set_str(obj, "label", mail->label);
	pix_json_set_int(obj, "until", mail->until);
	pix_json_set_str(obj, "reason", mail->reason);
	pix_json_set_int(obj, "size", (int64_t)size);
	pix_json_set_str(obj, "sha256", sha256);
	pix_json_append(buf, obj);
	json_decref(obj);
	return pix_blocking_client_write(client->conn, FRAME_MAIL, buf->data,
					 buf->used, error_r);
}

/* Sends size bytes; fewer or more mean that the mail changed meanwhile. */
static int
put_content(struct pix_archive_client *client, struct istream *input,
	    uint64_t size, const char **error_r)
{
	const unsigned char *data;
	uint64_t left = size;
	size_t len;

	while (left > 0 && i_stream_read_more(input, &data, &len) > 0) {
		len = I_MIN(I_MIN(len, DATA_FRAME_SIZE), left);
		if (pix_blocking_client_write(client->conn, PIX_FRAME_DATA, data,
					      len, error_r) < 0)
			return -1;
		i_stream_skip(input, len);
		left -= len;
	}
	if (left == 0)
		return 1;
	*error_r = input->stream_errno != 0 ? t_strdup(i_stream_get_error(input)) :
		"the mail changed while it was read";
	return 0;
}

int pix_archive_client_put(struct pix_archive_client *client,
			   const struct pix_archive_mail *mail,
			   struct istream *input, const char **error_r)
{
	struct istream *crlf;
	char sha256[65];
	uint64_t size;
	int ret;

	if (client->batch_count >= BATCH_MAILS || client->batch_bytes >= BATCH_BYTES) {
		if ((ret = pix_archive_client_commit(client, error_r)) <= 0)
			return -1;
	}
	if (client->batch_broken) {
		*error_r = "the connection to pix-archive was lost";
		return -1;
	}
	if (client->batch_count == 0)
		client_poll(client);
	i_stream_seek(input, 0);
	crlf = i_stream_create_crlf(input);
	ret = put_digest(crlf, &size, sha256, error_r);
	i_stream_unref(&crlf);
	if (ret < 0)
		return 0;
	i_stream_seek(input, 0);
	crlf = i_stream_create_crlf(input);
	if (client_connect(client, error_r) < 0)
		ret = -1;
	else {
		client->batch_count++;
		client->batch_bytes += size;
		ret = put_metadata(client, mail, size, sha256, error_r);
	}
	if (ret == 0)
		ret = put_content(client, crlf, size, error_r);
	i_stream_unref(&crlf);
	if (ret <= 0)
		client_disconnect(client);
	return ret;
}

int pix_archive_client_commit(struct pix_archive_client *client, const char **error_r)
{
	json_t *args, *answer;
	int ret;

	if (client->batch_count == 0)
		return 1;
	if (client->batch_broken) {
		pix_archive_client_abort(client);
		*error_r = "the connection to pix-archive was lost";
		return -1;
	}
	args = json_object();
	pix_json_set_int(args, "count", client->batch_count);
	ret = client_request(client, "commit", args, NULL, &answer, error_r);
	json_decref(args);
	if (ret > 0)
		json_decref(answer);
	client->batch_count = 0;
	client->batch_bytes = 0;
	client->batch_broken = FALSE;
	return ret;
}

void pix_archive_client_abort(struct pix_archive_client *client)
{
	const char *error;
	json_t *answer;

	if (client->batch_count > 0 && client->conn != NULL) {
		json_t *args = json_object();

		if (client_request(client, "abort", args, NULL, &answer, &error) > 0)
			json_decref(answer);
		json_decref(args);
	}
	client->batch_count = 0;
	client->batch_bytes = 0;
	client->batch_broken = FALSE;
}

int pix_archive_client_owner(struct pix_archive_client *client, const char *owner,
			     const struct pix_archive_owner **owner_r,
			     const char **error_r)
{
	json_t *args, *answer;
	int ret;

	if (client->batch_count == 0)
		client_poll(client);
	if (client->owner.answer == NULL || strcmp(client->owner.name, owner) != 0) {
		args = json_object();
		pix_json_set_str(args, "owner", owner);
		if (client->batch_count == 0)
			ret = pix_archive_client_call(client, "owner", args, &answer, error_r);
		else {
			ret = client_request(client, "owner", args, NULL, &answer, error_r);
			json_decref(args);
		}
		if (ret <= 0)
			return -1;
		client_owner_forget(client);
		client->owner.name = i_strdup(owner);
		client->owner.answer = answer;
	}
	*owner_r = &client->owner;
	return 0;
}

bool pix_archive_owner_has_holds(const struct pix_archive_owner *owner)
{
	return json_array_size(json_object_get(owner->answer, "holds")) > 0;
}

bool pix_archive_owner_has_labels(const struct pix_archive_owner *owner)
{
	int64_t count;

	return pix_json_int(owner->answer, "labels", 1, INT64_MAX, &count);
}

int64_t pix_archive_owner_event(const struct pix_archive_owner *owner,
				const char *label)
{
	int64_t date;

	return pix_json_int(json_object_get(owner->answer, "events"), label,
			    1, INT64_MAX, &date) ? date : 0;
}

bool pix_archive_owner_held(const struct pix_archive_owner *owner,
			    const char *mailbox, int64_t received)
{
	json_t *hold, *folder;
	size_t i, j;

	json_array_foreach(json_object_get(owner->answer, "holds"), i, hold) {
		json_t *folders = json_object_get(hold, "folders");
		int64_t from = 0, to = 0;
		bool match = json_array_size(folders) == 0;

		json_array_foreach(folders, j, folder) {
			const char *pattern = json_string_value(folder);

			if (pattern != NULL && pix_retention_folder_match(pattern, mailbox))
				match = TRUE;
		}
		(void)pix_json_int(hold, "from", 0, INT64_MAX, &from);
		(void)pix_json_int(hold, "to", 0, INT64_MAX, &to);
		if (match && (received == 0 ||
			      (received >= from && (to == 0 || received < to))))
			return TRUE;
	}
	return FALSE;
}
