/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-audit-client-private.h"
#include "ioloop.h"
#include "lib-event.h"
#include "net.h"
#include "time-util.h"
#include "master-service.h"
#include "master-service-settings.h"

#include <ctype.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

/* The client of this process, as far as this module knows. */
static struct pix_audit_client *pix_audit_client_process;

const char *pix_audit_base_dir(void)
{
#if PIX_DOVECOT_24
	return master_service_get_service_settings(master_service)->base_dir;
#else
	return master_service_settings_get(master_service)->base_dir;
#endif
}

static char *pix_audit_abspath(const char *socket)
{
	return socket[0] == '/' ? i_strdup(socket) :
		i_strconcat(pix_audit_base_dir(), "/", socket, NULL);
}

bool pix_audit_is_enabled(const char *socket)
{
	struct stat st;
	char *path = pix_audit_abspath(socket);
	bool found = stat(path, &st) == 0 && S_ISSOCK(st.st_mode);

	i_free(path);
	return found;
}

struct pix_audit_client *pix_audit_client_find(void)
{
	return pix_audit_client_process;
}

/* Reads a small file of /proc. */
static bool pix_audit_read_proc(const char *path, char *buf, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t ret = -1;

	if (fd != -1) {
		ret = read(fd, buf, size - 1);
		i_close_fd(&fd);
	}
	buf[ret < 0 ? 0 : ret] = '\0';
	return ret > 0;
}

static void pix_audit_client_identity(struct pix_audit_client *client)
{
	char buf[1024];
	const char *p;
	unsigned int i, n = 0;

	client->pid = getpid();
	if (pix_audit_read_proc("/proc/sys/kernel/random/boot_id", buf, sizeof(buf))) {
		for (p = buf; *p != '\0' && n < sizeof(client->boot) - 1; p++) {
			if (i_isxdigit(*p))
				client->boot[n++] = *p;
		}
	}
	/* the command's name may hold anything: count behind its last bracket,
	   where field 3 begins */
	if (pix_audit_read_proc("/proc/self/stat", buf, sizeof(buf)) &&
	    (p = strrchr(buf, ')')) != NULL) {
		for (i = 2; i < 22 && p != NULL; i++)
			p = strchr(p + 1, ' ');
		if (p != NULL && str_parse_uint64(p + 1, &client->start, NULL) < 0)
			client->start = 0;
	}
}

struct pix_audit_client *
pix_audit_client_init(const struct pix_audit_client_params *params)
{
	struct pix_audit_client *client = i_new(struct pix_audit_client, 1);
	const char *name;

	i_assert(pix_audit_client_find() == NULL);

	client->event = event_create(params->event_parent);
	event_set_append_log_prefix(client->event, "pix-audit: ");
	client->service = i_strdup(params->service);
	client->path = pix_audit_abspath(params->socket);
	client->path_later = params->socket_later == NULL ? NULL :
		i_strdup(params->socket_later);
	client->ioloop = io_loop_get_root();
	client->fd = -1;
	client->flush_msecs = PIX_AUDIT_FLUSH_MSECS;
	client->backoff_msecs = PIX_AUDIT_BACKOFF_MIN_MSECS;
	client->input = buffer_create_dynamic(default_pool, 256);
	client->replay = buffer_create_dynamic(default_pool, 256);
	client->hello = buffer_create_dynamic(default_pool, 256);
	pix_audit_ring_init(&client->ring);
	pix_audit_client_identity(client);
	client->down_since = pix_audit_now_msecs();

	name = t_strdup_printf("%s-%ld-%"PRIu64, client->boot,
			       (long)client->pid, client->start);
	pix_audit_spool_init(&client->spool, client->event, params->dir, name);
	pix_audit_client_connect(client);
	pix_audit_client_process = client;
	return client;
}

void pix_audit_client_deinit(struct pix_audit_client **_client)
{
	struct pix_audit_client *client = *_client;

	if (client == NULL)
		return;
	*_client = NULL;
	pix_audit_client_process = NULL;
	/* a child that was forked is not the producer */
	if (client->pid == getpid())
		pix_audit_client_finish(client);
	timeout_remove(&client->to_flush);
	timeout_remove(&client->to_reconnect);
	pix_audit_client_disconnect(client);
	pix_audit_spool_deinit(&client->spool);
	pix_audit_ring_deinit(&client->ring);
	buffer_free(&client->input);
	buffer_free(&client->replay);
	buffer_free(&client->hello);
	event_unref(&client->event);
	i_free(client->service);
	i_free(client->path);
	i_free(client->path_later);
	i_free(client);
}

static int64_t pix_audit_now_usecs(void)
{
	struct timeval tv;

	/* not ioloop_time: a long command would give all its records the
	   time of its begin */
	i_gettimeofday(&tv);
	return (int64_t)tv.tv_sec * 1000000 + tv.tv_usec;
}

void pix_audit_client_begin(struct pix_audit_client *client, const char *kind,
			    struct pix_audit_build *build)
{
	pix_audit_build_begin(build, pix_audit_ring_begin(&client->ring), kind,
			      pix_audit_now_usecs());
}

void pix_audit_client_end(struct pix_audit_client *client,
			  struct pix_audit_build *build)
{
	size_t size;

	pix_audit_build_end(build);
	(void)pix_audit_ring_unacked(&client->ring, &size);
	if (size > PIX_AUDIT_RING_MAX && !pix_audit_spool_is_usable(&client->spool)) {
		/* memory is no place to keep more; the collector sees the gap */
		pix_audit_ring_end(&client->ring, FALSE);
		pix_audit_client_lost(client, 1);
	} else {
		pix_audit_ring_end(&client->ring, TRUE);
	}
	if (client->oldest_unacked == 0)
		client->oldest_unacked = pix_audit_now_msecs();
	(void)pix_audit_ring_unsent(&client->ring, &size);
	if (size > PIX_AUDIT_RING_MAX)
		pix_audit_client_spill(client);
	else if (size >= PIX_AUDIT_SEND_SIZE)
		pix_audit_client_flush(client);
	else
		pix_audit_client_flush_later(client);
}

void pix_audit_client_push(struct pix_audit_client *client)
{
	pix_audit_client_flush(client);
}

bool pix_audit_client_is_healthy(struct pix_audit_client *client)
{
	if (pix_audit_spool_is_usable(&client->spool))
		return TRUE;
	return client->fd != -1 && !client->stalled &&
		(client->oldest_unacked == 0 ||
		 pix_audit_now_msecs() - client->oldest_unacked <
		 PIX_AUDIT_ACK_TIMEOUT_MSECS);
}
