/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */
#ifndef PIX_SERVICE_H
#define PIX_SERVICE_H

/* Server side of the suite's sockets (docs/protocol/frames.md). One
   struct pix_service a protocol; one struct pix_service_conn a peer. All calls are
   asynchronous and must come from the ioloop's process. */

#include "pix-frame.h"
#include "pix-json.h"

#include <sys/types.h>

struct pix_service;
struct pix_service_conn;
struct master_service_connection;

struct pix_service_vfuncs {
	/* Optional. The peer's hello, after its protocol and version were
	   found right. Return FALSE and error_r to refuse the peer. Members
	   may be added to answer, which is sent as our hello. */
	bool (*hello)(struct pix_service_conn *conn, const json_t *hello,
		      json_t *answer, const char **error_r);
	/* A request; cmd and args live until it returns. It must end, now or
	   later, in one pix_service_answer() or pix_service_fail(). args is
	   the whole request object. */
	void (*request)(struct pix_service_conn *conn, uint64_t id,
			const char *cmd, const json_t *args);
	/* Optional: any other frame. Without it the peer is disconnected. */
	void (*frame)(struct pix_service_conn *conn,
		      const struct pix_frame *frame);
	/* Optional: the connection is about to be freed. */
	void (*closed)(struct pix_service_conn *conn);
	/* Optional: after a reload another process takes new connections, or
	   the master stops. TRUE for a peer that shall come back at once, to
	   the new process; others may stay for up to 30 seconds. */
	bool (*leave)(struct pix_service_conn *conn);
};

struct pix_service_params {
	/* "pix-identity" */
	const char *protocol;
	/* versions that we speak; the highest common one is used */
	unsigned int version_min, version_max;
	/* largest payload accepted, in bytes */
	size_t max_payload;
	/* unsent output beyond which the peer is disconnected, in bytes */
	size_t max_output;
	struct pix_service_vfuncs v;
	struct event *event_parent;
};

struct pix_service *pix_service_init(const struct pix_service_params *params);
/* Disconnects all peers. */
void pix_service_deinit(struct pix_service **service);
/* Sends peers away, as the vfunc leave says: they get an error frame with the word
   "closing", reconnect and log nothing. */
void pix_service_leave(struct pix_service *service);
/* Takes a connection over from lib-master (master_service_client_connection_accept()
   is called inside). */
void pix_service_accept(struct pix_service *service,
			struct master_service_connection *conn);

/* Answers a request; steals the reference to answer (may be NULL: empty). */
void pix_service_answer(struct pix_service_conn *conn, uint64_t id, json_t *answer);
/* code: stable word for programs ("not-found"); text: a sentence for people
   that names the object and the remedy, never a secret. */
void pix_service_fail(struct pix_service_conn *conn, uint64_t id,
		      const char *code, const char *text);
/* Sends a push frame; steals the reference. */
void pix_service_push(struct pix_service_conn *conn, json_t *msg);
/* Sends any frame. */
void pix_service_send(struct pix_service_conn *conn, uint8_t type,
		      const void *data, size_t size);
/* Bytes waiting to be sent. */
size_t pix_service_conn_pending(struct pix_service_conn *conn);
/* Stops or resumes reading requests of this peer (flow control). */
void pix_service_conn_pause(struct pix_service_conn *conn);
void pix_service_conn_resume(struct pix_service_conn *conn);
/* Sends an error frame and disconnects. The connection is freed later, from
   the ioloop. */
void pix_service_disconnect(struct pix_service_conn *conn, const char *reason);

/* The peer as the kernel knows it (SO_PEERCRED). */
uid_t pix_service_conn_uid(const struct pix_service_conn *conn);
gid_t pix_service_conn_gid(const struct pix_service_conn *conn);
pid_t pix_service_conn_pid(const struct pix_service_conn *conn);
/* Name of the listener in the configuration, "" without one. */
const char *pix_service_conn_listener(const struct pix_service_conn *conn);
/* File name of the listening socket's path, as the configuration has it
   ("pix-identity-admin"). */
const char *pix_service_conn_socket_name(const struct pix_service_conn *conn);
unsigned int pix_service_conn_version(const struct pix_service_conn *conn);
/* The protocol's own context. */
void pix_service_conn_set_context(struct pix_service_conn *conn, void *context);
void *pix_service_conn_context(const struct pix_service_conn *conn);
struct event *pix_service_conn_event(struct pix_service_conn *conn);
/* A connection outlives its disconnect while it is referenced: for answers
   that come later. pix_service_conn_alive() tells whether sending makes sense;
   sending to a dead one is a no-op. */
void pix_service_conn_ref(struct pix_service_conn *conn);
void pix_service_conn_unref(struct pix_service_conn **conn);
bool pix_service_conn_alive(const struct pix_service_conn *conn);
/* Calls func for each live connection. */
void pix_service_foreach(struct pix_service *service,
			 void (*func)(struct pix_service_conn *conn, void *context),
			 void *context);
unsigned int pix_service_conn_count(const struct pix_service *service);

#endif
