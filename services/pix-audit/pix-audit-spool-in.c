/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

/* Takes over the spool files of processes that are gone (docs/protocol/audit.md).
   The folder is ours alone, so only root made these files; who wrote into one
   is told by the nonce in its hello. */

#include "pix-audit.h"
#include "byteorder.h"
#include "istream.h"
#include "ioloop.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/* largest frame of a spool file */
#define PIX_AUDIT_SPOOL_FRAME_MAX 65536

struct pix_audit_spool_file {
	struct pix_audit *audit;
	const char *path;
	struct pix_audit_source source;
	uoff_t pos;
	unsigned int records;
};

/* "<boot>-<pid>-<start>.spool" */
static bool
pix_audit_spool_name(const char *name, struct pix_audit_hello *hello_r)
{
	const char *const *parts;
	size_t len = strlen(name);

	i_zero(hello_r);
	if (len <= 6 || strcmp(name + len - 6, ".spool") != 0)
		return FALSE;
	parts = t_strsplit(t_strndup(name, len - 6), "-");
	if (str_array_length(parts) != 3 || strlen(parts[0]) != 32 ||
	    str_to_int64(parts[1], &hello_r->pid) < 0 ||
	    str_to_int64(parts[2], &hello_r->start) < 0)
		return FALSE;
	hello_r->boot = parts[0];
	return TRUE;
}

static bool
pix_audit_spool_is_live(struct pix_audit *audit, const struct pix_audit_hello *hello)
{
	return strcmp(hello->boot, audit->boot) == 0 &&
		pix_audit_proc_start((pid_t)hello->pid) == hello->start;
}

/* The hello that the file begins with; it must belong to the file's name. */
static bool
pix_audit_spool_hello(struct pix_audit_spool_file *file,
		      const struct pix_audit_hello *named, const struct pix_frame *frame)
{
	struct pix_audit_hello hello;
	const char *error;
	json_t *json;
	bool ok;

	if (frame->type != PIX_FRAME_HELLO)
		return FALSE;
	json = pix_json_parse_object(frame->data, frame->size, PIX_JSON_MAX_DEPTH, &error);
	ok = json != NULL && pix_audit_hello_parse(json, &hello, &error) &&
		strcmp(hello.boot, named->boot) == 0 && hello.pid == named->pid &&
		hello.start == named->start;
	if (ok) {
		file->source.service = i_strdup(hello.service);
		file->source.attest = pix_audit_nonce_ok(file->audit, &hello) ?
			PIX_AUDIT_ATTEST_SPOOL : PIX_AUDIT_ATTEST_NONE;
		file->source.producer =
			pix_audit_producer_get(file->audit, pix_audit_hello_name(&hello));
		file->source.producer->refs++;
	}
	json_decref(json);
	return ok;
}

/* Takes the whole frames of data. Returns the bytes used, or -1 at one that
   doesn't belong there. */
static ssize_t
pix_audit_spool_frames(struct pix_audit_spool_file *file,
		       const struct pix_audit_hello *named,
		       const unsigned char *data, size_t size)
{
	struct pix_frame frame;
	size_t pos = 0, used;

	for (;;) {
		enum pix_frame_result result =
			pix_frame_parse(data + pos, size - pos, PIX_AUDIT_SPOOL_FRAME_MAX,
					&frame, &used);

		if (result == PIX_FRAME_RESULT_MORE)
			return (ssize_t)pos;
		if (result == PIX_FRAME_RESULT_TOO_LARGE)
			return -1;
		if (file->source.producer == NULL) {
			if (!pix_audit_spool_hello(file, named, &frame))
				return -1;
		} else if (frame.type == 'r' && frame.size >= 8) {
			(void)pix_audit_collect(file->audit, &file->source,
						be64_to_cpu_unaligned(frame.data),
						frame.data + 8, frame.size - 8);
			if (++file->records % PIX_AUDIT_GROUP_MAX == 0 &&
			    !pix_audit_commit(file->audit))
				return (ssize_t)pos;
		} else if (frame.type != PIX_FRAME_HELLO) {
			/* a producer that began its file anew repeats its hello */
			return -1;
		}
		pos += used;
	}
}

static void
pix_audit_spool_damaged(struct pix_audit_spool_file *file, uoff_t left,
			const char *reason)
{
	e_warning(file->audit->event, "Spool file %s: the last %llu bytes are no record (%s)",
		  file->path, (unsigned long long)left, reason);
	if (file->source.producer == NULL) {
		pix_audit_self_record(file->audit, "audit.gap", "\"reason\":\"%s\"", reason);
	} else {
		pix_audit_self_record(file->audit, "audit.gap",
			"\"of_producer\":\"%s\",\"seq_from\":%llu,\"reason\":\"%s\"",
			file->source.producer->name,
			(unsigned long long)file->source.producer->seq + 1, reason);
	}
}

/* Returns FALSE if the disk doesn't take the records: the file is kept. */
static bool
pix_audit_spool_read(struct pix_audit_spool_file *file,
		     const struct pix_audit_hello *named, int fd, uoff_t size)
{
	buffer_t *buf = buffer_create_dynamic(default_pool, 256 * 1024);
	const char *reason = "torn-spool";

	while (file->pos < size && !file->audit->stalled) {
		size_t want = 256 * 1024;
		ssize_t ret;

		buffer_set_used_size(buf, 0);
		ret = pread(fd, buffer_append_space_unsafe(buf, want), want, (off_t)file->pos);
		if (ret <= 0)
			break;
		ret = pix_audit_spool_frames(file, named, buf->data, (size_t)ret);
		if (ret <= 0) {
			if (ret < 0)
				reason = "bad-spool";
			break;
		}
		file->pos += (uoff_t)ret;
	}
	buffer_free(&buf);
	if (file->audit->stalled)
		return FALSE;
	if (file->pos < size)
		pix_audit_spool_damaged(file, size - file->pos, reason);
	return pix_audit_commit(file->audit);
}

static void
pix_audit_spool_take(struct pix_audit *audit, const char *path,
		     const struct pix_audit_hello *named)
{
	struct pix_audit_spool_file file = { .audit = audit, .path = path };
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	struct stat st;

	if (fd == -1 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
		e_error(audit->event, "Spool file %s can't be read: %m", path);
		i_close_fd(&fd);
		return;
	}
	if (st.st_size == 0 || pix_audit_spool_read(&file, named, fd, (uoff_t)st.st_size)) {
		i_unlink(path);
		if (file.records > 0) {
			e_info(audit->event, "Took %u records from the spool file %s",
			       file.records, path);
		}
	}
	i_close_fd(&fd);
	if (file.source.producer != NULL)
		file.source.producer->refs--;
	i_free(file.source.service);
}

static void pix_audit_spool_timeout(struct pix_audit *audit)
{
	timeout_remove(&audit->to_spool);
	pix_audit_spool_scan(audit);
}

void pix_audit_spool_scan(struct pix_audit *audit)
{
	const char *dir_path = t_strconcat(audit->set->pix_audit_dir, "/spool", NULL);
	DIR *dir = opendir(dir_path);
	struct dirent *d;

	audit->spool_files = 0;
	if (dir == NULL)
		e_error(audit->event, "opendir(%s) failed: %m", dir_path);
	while (dir != NULL && !audit->stalled && (d = readdir(dir)) != NULL) T_BEGIN {
		struct pix_audit_hello named;

		if (pix_audit_spool_name(d->d_name, &named)) {
			audit->spool_files++;
			if (!pix_audit_spool_is_live(audit, &named))
				pix_audit_spool_take(audit, t_strconcat(dir_path, "/",
						     d->d_name, NULL), &named);
		}
	} T_END;
	if (dir != NULL)
		(void)closedir(dir);
	audit->to_spool = timeout_add(PIX_AUDIT_SPOOL_MSECS, pix_audit_spool_timeout, audit);
}
