/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */
#ifndef PIX_AUDIT_H
#define PIX_AUDIT_H

/* The collector: takes records from producers, and is the only writer of the log. */

#include "pix-service.h"
#include "pix-settings-audit.h"
#include "pix-audit-record.h"
#include "pix-audit-index.h"
#include "pix-audit-log.h"
#include "hash.h"

#include <jansson.h>

#define PIX_AUDIT_PROTOCOL "pix-audit"
#define PIX_AUDIT_VERSION 1
#define PIX_AUDIT_NONCE_SIZE 32
/* records that wait for a commit before it is made at once */
#define PIX_AUDIT_GROUP_MAX 4096
/* bytes that only memory holds, beyond which reading stops */
#define PIX_AUDIT_WAITING_MAX (64 * 1024 * 1024)
/* interval in which spool files are looked for */
#define PIX_AUDIT_SPOOL_MSECS 10000
/* after a failed commit it is tried again */
#define PIX_AUDIT_RETRY_MSECS 1000

/* One process that sends records, over all of its connections. */
struct pix_audit_producer {
	/* "<boot, 16 digits>.<pid>.<start>" */
	char *name;
	/* the newest connection, or NULL */
	struct pix_service_conn *conn;
	/* appended to the log; and durable */
	uint64_t seq, durable_seq;
	/* acknowledged on conn */
	uint64_t acked_seq;
	/* in the index's database */
	uint64_t stored_seq;
	/* others that point here: sources without a connection */
	unsigned int refs;
	bool dirty:1;
};

enum pix_audit_attest {
	PIX_AUDIT_ATTEST_NONE,
	PIX_AUDIT_ATTEST_ROOT,
	PIX_AUDIT_ATTEST_NONCE,
	PIX_AUDIT_ATTEST_SPOOL,
	PIX_AUDIT_ATTEST_SELF,
};

/* What records of one source have in common. */
struct pix_audit_source {
	struct pix_audit_producer *producer;
	char *service;
	enum pix_audit_attest attest;
	/* the peer's, for unattested records */
	uid_t uid;
};

HASH_TABLE_DEFINE_TYPE(pix_audit_producer, char *, struct pix_audit_producer *);

struct pix_audit {
	const struct pix_audit_settings *set;
	struct event *event;
	struct pix_service *service;
	struct pix_audit_log *log;
	struct pix_audit_index *index;
	int lock_fd;
	unsigned char nonce_key[PIX_AUDIT_NONCE_SIZE];

	HASH_TABLE_TYPE(pix_audit_producer) producers;
	ARRAY(struct pix_audit_producer *) dirty;
	struct pix_audit_source self;
	/* microseconds; never goes back */
	int64_t last_ct;
	uint64_t last_receipt;
	uint64_t unattested;

	struct timeout *to_commit, *to_publish, *to_spool;
	/* the kernel's boot id, 32 hex digits */
	char boot[33];
	unsigned int spool_files;
	buffer_t *leaf;
	char receipt_buf[MAX_INT_STRLEN];
	int64_t stalled_since;
	bool stalled:1;
	bool commit_now:1;
};

/* pix-audit-collect.c */
/* Takes one record of a source. FALSE if its sequence was taken before. */
bool pix_audit_collect(struct pix_audit *audit, const struct pix_audit_source *source,
		       uint64_t seq, const void *data, size_t size);
/* A record of our own. fmt: the members behind kind and t, without a comma at
   the front; their strings are escaped already. */
void pix_audit_self_record(struct pix_audit *audit, const char *kind,
			   const char *fmt, ...) ATTR_FORMAT(3, 4);
/* Appends str as the inside of a JSON string. */
void pix_audit_escape(string_t *dest, const char *str);
const char *pix_audit_attest_name(enum pix_audit_attest attest);
/* Microseconds since 1970, never smaller than before. */
int64_t pix_audit_clock(struct pix_audit *audit);

/* pix-audit-commit.c */
/* Commits soon: at the end of the interval, or at once. */
void pix_audit_commit_later(struct pix_audit *audit, bool now);
/* Commits now. FALSE: the disk doesn't take it. */
bool pix_audit_commit(struct pix_audit *audit);
bool pix_audit_publish(struct pix_audit *audit);

/* pix-audit-producer.c */
struct pix_audit_producer *
pix_audit_producer_get(struct pix_audit *audit, const char *name);
void pix_audit_producers_init(struct pix_audit *audit);
void pix_audit_producers_deinit(struct pix_audit *audit);
/* Reads what the index lacks back from the log, to know what was taken already. */
int pix_audit_producers_load(struct pix_audit *audit, const char **error_r);

/* Stores full chunks of the index, with the state of producers; forgets producers
   that are gone. Errors are logged. */
void pix_audit_index_housekeep(struct pix_audit *audit);

/* pix-audit-search.c: answers later */
void pix_audit_search_request(struct pix_service_conn *conn, uint64_t id,
			      const json_t *args);

/* pix-audit-peer.c: hello and frames */
/* What a producer says it is. */
struct pix_audit_hello {
	const char *service, *boot, *nonce;
	int64_t pid, start;
};
bool pix_audit_hello_parse(const json_t *json, struct pix_audit_hello *hello_r,
			   const char **error_r);
const char *pix_audit_hello_name(const struct pix_audit_hello *hello);
bool pix_audit_nonce_ok(struct pix_audit *audit, const struct pix_audit_hello *hello);
/* The clock tick in which a process began, or -1 if it isn't told. */
int64_t pix_audit_proc_start(pid_t pid);

/* pix-audit-spool-in.c: reads the files of processes that are gone, now and every
   10 seconds */
void pix_audit_spool_scan(struct pix_audit *audit);

extern const struct pix_service_vfuncs pix_audit_vfuncs;

/* pix-audit-admin.c */
void pix_audit_admin_request(struct pix_service_conn *conn, uint64_t id,
			     const char *cmd, const json_t *args);
/* Appends "actor" and "role" of whoever sent a request. */
void pix_audit_admin_members(struct pix_service_conn *conn, const json_t *args,
			     string_t *dest);
struct pix_audit *pix_audit_of(struct pix_service_conn *conn);

#endif
