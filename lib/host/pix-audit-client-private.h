/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */
#ifndef PIX_AUDIT_CLIENT_PRIVATE_H
#define PIX_AUDIT_CLIENT_PRIVATE_H

#include "pix-audit-client.h"
#include "pix-audit-ring.h"
#include "pix-audit-spool.h"
#include "pix-compat.h"

#define PIX_AUDIT_PROTOCOL "pix-audit"
#define PIX_AUDIT_VERSION 1

/* Records wait so long for others, to be sent with them. */
#define PIX_AUDIT_FLUSH_MSECS 20
/* so many bytes don't wait */
#define PIX_AUDIT_SEND_SIZE (32 * 1024)
/* unacknowledged bytes that are kept in memory */
#define PIX_AUDIT_RING_MAX (1024 * 1024)
/* a collector that is away for this long, or acknowledges nothing for this
   long, gets its records by the spool file */
#define PIX_AUDIT_DOWN_MSECS 1000
#define PIX_AUDIT_ACK_TIMEOUT_MSECS 3000
#define PIX_AUDIT_BACKOFF_MIN_MSECS 50
#define PIX_AUDIT_BACKOFF_MAX_MSECS 5000
/* for the end of the process */
#define PIX_AUDIT_FINISH_MSECS 500
#define PIX_AUDIT_REPLAY_SIZE (64 * 1024)
#define PIX_AUDIT_COMPLAIN_MSECS (60 * 1000)

struct pix_audit_client {
	struct event *event;
	char *service, *path, *path_later;
	char boot[33];
	pid_t pid;
	uint64_t start;
	/* 64 hex digits, or empty; a secret of this process */
	char nonce[65];

	struct ioloop *ioloop;
	int fd;
	struct io *io_read, *io_write;
	struct timeout *to_flush, *to_reconnect;
	unsigned int backoff_msecs, flush_msecs;

	buffer_t *input, *hello;
	struct pix_audit_ring ring;
	struct pix_audit_spool spool;
	/* frames of the spool file that are being sent */
	buffer_t *replay;
	size_t replay_sent;

	/* monotonic msecs; 0: nothing is unacknowledged, not down */
	int64_t oldest_unacked, down_since;
	int64_t complained;
	uint64_t lost;

	bool greeted:1;
	/* the spool file is being sent */
	bool replaying:1;
	/* the collector said that it can't write */
	bool stalled:1;
	bool connected_once:1;
	bool flush_soon:1;
	bool in_input:1;
};

int64_t pix_audit_now_msecs(void);
const char *pix_audit_base_dir(void);

void pix_audit_client_connect(struct pix_audit_client *client);
void pix_audit_client_disconnect(struct pix_audit_client *client);
/* Sends what can be sent without blocking; spills if the collector is away. */
void pix_audit_client_flush(struct pix_audit_client *client);
void pix_audit_client_flush_later(struct pix_audit_client *client);
/* Moves everything unacknowledged to the spool file. */
void pix_audit_client_spill(struct pix_audit_client *client);
/* Waits for the acknowledgement of everything, with a deadline, then spills. */
void pix_audit_client_finish(struct pix_audit_client *client);
/* Counts and reports records that can't be kept anywhere. */
void pix_audit_client_lost(struct pix_audit_client *client, uint64_t count);

#endif
