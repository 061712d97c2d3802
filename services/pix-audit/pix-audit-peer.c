/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

/* Producers: who they are, and their frames (docs/protocol/audit.md). */

#include "pix-audit.h"
#include "byteorder.h"
#include "hex-binary.h"
#include "hmac.h"
#include "sha2.h"

#include <fcntl.h>
#include <unistd.h>

#define PIX_AUDIT_NONCE_LABEL "pix-audit nonce 1"

static struct pix_audit_source *pix_audit_conn_source(struct pix_service_conn *conn)
{
	return pix_service_conn_context(conn);
}

static bool pix_audit_conn_is_admin(struct pix_service_conn *conn)
{
	return strcmp(pix_service_conn_socket_name(conn), "pix-audit-admin") == 0;
}

static bool pix_audit_is_hex(const char *str, size_t len)
{
	return str != NULL && strlen(str) == len &&
		strspn(str, "0123456789abcdef") == len;
}

/* The clock tick in which a process began, or -1 if it isn't told. */
int64_t pix_audit_proc_start(pid_t pid)
{
	const char *path = t_strdup_printf("/proc/%ld/stat", (long)pid), *p;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char buf[1024];
	ssize_t ret;
	int64_t start;

	if (fd == -1)
		return -1;
	ret = read(fd, buf, sizeof(buf) - 1);
	i_close_fd(&fd);
	if (ret <= 0)
		return -1;
	buf[ret] = '\0';
	/* the name of the program may hold anything: count behind its last ')' */
	p = strrchr(buf, ')');
	for (unsigned int field = 2; p != NULL && field < 22; field++)
		p = strchr(p + 1, ' ');
	if (p == NULL || str_to_int64(t_strcut(p + 1, ' '), &start) < 0)
		return -1;
	return start;
}

static const char *
pix_audit_nonce(struct pix_audit *audit, const struct pix_audit_hello *hello)
{
	struct hmac_context ctx;
	unsigned char mac[SHA256_RESULTLEN];
	const char *text = t_strdup_printf("%s\n%s\n%s.%lld.%lld", PIX_AUDIT_NONCE_LABEL,
					   hello->service, hello->boot,
					   (long long)hello->pid, (long long)hello->start);

	hmac_init(&ctx, audit->nonce_key, sizeof(audit->nonce_key), &hash_method_sha256);
	hmac_update(&ctx, text, strlen(text));
	hmac_final(&ctx, mac);
	return binary_to_hex(mac, sizeof(mac));
}

bool pix_audit_hello_parse(const json_t *json, struct pix_audit_hello *hello_r,
			   const char **error_r)
{
	i_zero(hello_r);
	hello_r->service = pix_json_str(json, "service");
	hello_r->boot = pix_json_str(json, "boot");
	hello_r->nonce = pix_json_str(json, "nonce");
	if (hello_r->service == NULL || !pix_audit_service_name_ok(hello_r->service) ||
	    !pix_audit_is_hex(hello_r->boot, 32) ||
	    !pix_json_int(json, "pid", 1, INT32_MAX, &hello_r->pid) ||
	    !pix_json_int(json, "start", 0, INT64_MAX, &hello_r->start)) {
		*error_r = "service, boot, pid or start is missing or wrong";
		return FALSE;
	}
	return TRUE;
}

const char *pix_audit_hello_name(const struct pix_audit_hello *hello)
{
	return t_strdup_printf("%.16s.%lld.%lld", hello->boot, (long long)hello->pid,
			       (long long)hello->start);
}

bool pix_audit_nonce_ok(struct pix_audit *audit, const struct pix_audit_hello *hello)
{
	const char *nonce = pix_audit_nonce(audit, hello);

	return pix_audit_is_hex(hello->nonce, strlen(nonce)) &&
		mem_equals_timing_safe(hello->nonce, nonce, strlen(nonce));
}

/* The kernel must know the peer as what it says it is. */
static bool
pix_audit_hello_check(struct pix_service_conn *conn,
		      const struct pix_audit_hello *hello, const char **error_r)
{
	pid_t pid = pix_service_conn_pid(conn);
	int64_t start;

	/* 0: the peer lives in a pid namespace that we can't see */
	if (pid > 0 && pid != (pid_t)hello->pid) {
		*error_r = "pid is not the peer's";
		return FALSE;
	}
	start = pid > 0 ? pix_audit_proc_start(pid) : -1;
	if (start >= 0 && start != hello->start) {
		*error_r = "start is not the peer's";
		return FALSE;
	}
	return TRUE;
}

static bool
pix_audit_hello_attest(struct pix_audit *audit, struct pix_service_conn *conn,
		       const struct pix_audit_hello *hello,
		       enum pix_audit_attest *attest_r, const char **error_r)
{
	if (pix_service_conn_uid(conn) == 0) {
		*attest_r = PIX_AUDIT_ATTEST_ROOT;
		return TRUE;
	}
	if (hello->nonce != NULL) {
		if (!pix_audit_nonce_ok(audit, hello)) {
			*error_r = "nonce is wrong";
			return FALSE;
		}
		*attest_r = PIX_AUDIT_ATTEST_NONCE;
		return TRUE;
	}
	*attest_r = PIX_AUDIT_ATTEST_NONE;
	if (!audit->set->pix_audit_unattested) {
		*error_r = "processes that never were root aren't accepted (pix_audit_unattested = no)";
		return FALSE;
	}
	if (!pix_audit_service_is_mail(hello->service)) {
		*error_r = "this service must shake hands as root";
		return FALSE;
	}
	return TRUE;
}

static bool
pix_audit_hello(struct pix_service_conn *conn, const json_t *json, json_t *answer,
		const char **error_r)
{
	struct pix_audit *audit = pix_audit_of(conn);
	struct pix_audit_source *source;
	struct pix_audit_hello hello;
	enum pix_audit_attest attest;

	if (pix_audit_conn_is_admin(conn))
		return TRUE;
	if (!pix_audit_hello_parse(json, &hello, error_r) ||
	    !pix_audit_hello_check(conn, &hello, error_r) ||
	    !pix_audit_hello_attest(audit, conn, &hello, &attest, error_r))
		return FALSE;

	source = i_new(struct pix_audit_source, 1);
	source->service = i_strdup(hello.service);
	source->attest = attest;
	source->uid = pix_service_conn_uid(conn);
	source->producer = pix_audit_producer_get(audit, pix_audit_hello_name(&hello));
	if (source->producer->conn != NULL)
		pix_service_disconnect(source->producer->conn, "connected anew");
	source->producer->conn = conn;
	source->producer->acked_seq = source->producer->durable_seq;
	pix_service_conn_set_context(conn, source);

	pix_json_set_int(answer, "durable", (int64_t)source->producer->durable_seq);
	pix_json_set_str(answer, "attest", pix_audit_attest_name(attest));
	pix_json_set_int(answer, "max_record", PIX_AUDIT_RECORD_MAX);
	if (attest == PIX_AUDIT_ATTEST_ROOT)
		pix_json_set_str(answer, "nonce", pix_audit_nonce(audit, &hello));
	return TRUE;
}

static void
pix_audit_frame(struct pix_service_conn *conn, const struct pix_frame *frame)
{
	struct pix_audit *audit = pix_audit_of(conn);
	struct pix_audit_source *source = pix_audit_conn_source(conn);

	if (source == NULL || (frame->type != 'r' && frame->type != 'f') ||
	    (frame->type == 'r' && frame->size < 8)) {
		pix_service_disconnect(conn, "unexpected frame");
		return;
	}
	if (frame->type == 'f') {
		pix_audit_commit_later(audit, TRUE);
		return;
	}
	(void)pix_audit_collect(audit, source, be64_to_cpu_unaligned(frame->data),
				frame->data + 8, frame->size - 8);
	if (pix_audit_log_waiting(audit->log) > PIX_AUDIT_WAITING_MAX)
		pix_service_conn_pause(conn);
}

static void
pix_audit_request(struct pix_service_conn *conn, uint64_t id, const char *cmd,
		  const json_t *args)
{
	if (!pix_audit_conn_is_admin(conn))
		pix_service_fail(conn, id, "denied", "This socket only takes records");
	else
		pix_audit_admin_request(conn, id, cmd, args);
}

static void pix_audit_closed(struct pix_service_conn *conn)
{
	struct pix_audit_source *source = pix_audit_conn_source(conn);

	if (source == NULL)
		return;
	pix_service_conn_set_context(conn, NULL);
	if (source->producer->conn == conn)
		source->producer->conn = NULL;
	i_free(source->service);
	i_free(source);
}

const struct pix_service_vfuncs pix_audit_vfuncs = {
	.hello = pix_audit_hello,
	.request = pix_audit_request,
	.frame = pix_audit_frame,
	.closed = pix_audit_closed,
};
