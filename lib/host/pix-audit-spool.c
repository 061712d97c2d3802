/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-audit-spool.h"
#include "pix-audit-ring.h"
#include "pix-frame.h"
#include "lib-event.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static void
pix_audit_spool_fail(struct pix_audit_spool *spool, const char *what)
{
	/* once: the next record would only say it again */
	if (!spool->failed) {
		e_error(spool->event, "Could not %s the audit spool file %s: %m "
			"(check pix_audit_dir)", what, spool->path);
	}
	spool->failed = TRUE;
}

void pix_audit_spool_init(struct pix_audit_spool *spool, struct event *event,
			  const char *dir, const char *name)
{
	struct stat st;

	i_zero(spool);
	spool->event = event;
	spool->fd = -1;
	if (dir == NULL || dir[0] == '\0')
		return;
	spool->path = i_strconcat(dir, "/spool/", name, ".spool", NULL);
	spool->fd = open(spool->path,
			 O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (spool->fd == -1) {
		/* a process that never was root can't, and before the
		   collector's first start there is no folder: live without */
		if (errno != ENOENT && (errno != EACCES || geteuid() == 0))
			pix_audit_spool_fail(spool, "make");
		return;
	}
	/* the collector takes it over when this process is gone */
	if (geteuid() == 0 && stat(dir, &st) == 0 && st.st_uid != 0 &&
	    fchown(spool->fd, st.st_uid, st.st_gid) < 0)
		pix_audit_spool_fail(spool, "chown");
	if (fstat(spool->fd, &st) == 0)
		spool->size = (uoff_t)st.st_size;
}

void pix_audit_spool_deinit(struct pix_audit_spool *spool)
{
	if (spool->fd != -1 && spool->size == 0)
		(void)unlink(spool->path);
	i_close_fd(&spool->fd);
	i_free(spool->path);
}

bool pix_audit_spool_is_usable(const struct pix_audit_spool *spool)
{
	return spool->fd != -1 && !spool->failed;
}

static bool
pix_audit_spool_write(struct pix_audit_spool *spool, const void *data, size_t size)
{
	const unsigned char *p = data;

	while (size > 0) {
		ssize_t ret = write(spool->fd, p, size);

		if (ret < 0 && errno == EINTR)
			continue;
		if (ret <= 0) {
			if (ret == 0)
				errno = ENOSPC;
			return FALSE;
		}
		p += ret;
		size -= (size_t)ret;
		spool->size += (size_t)ret;
	}
	return TRUE;
}

bool pix_audit_spool_append(struct pix_audit_spool *spool, buffer_t *hello,
			    const unsigned char *data, size_t size,
			    uint64_t last_seq)
{
	const uoff_t before = spool->size;

	if (spool->fd == -1)
		return FALSE;
	if (spool->size == 0)
		spool->hello_size = hello->used;
	if ((spool->size > 0 ||
	     pix_audit_spool_write(spool, hello->data, hello->used)) &&
	    pix_audit_spool_write(spool, data, size)) {
		spool->last_seq = last_seq;
		spool->failed = FALSE;
		return TRUE;
	}
	pix_audit_spool_fail(spool, "write");
	/* what was written of a frame would hide those behind it */
	if (ftruncate(spool->fd, (off_t)before) == 0)
		spool->size = before;
	return FALSE;
}

int pix_audit_spool_read(struct pix_audit_spool *spool, buffer_t *dest, size_t max)
{
	struct pix_frame frame;
	size_t used, pos = 0;
	ssize_t ret;
	void *space;

	if (spool->sent < spool->hello_size)
		spool->sent = spool->hello_size;
	if (spool->fd == -1 || spool->sent >= spool->size)
		return 0;
	buffer_set_used_size(dest, 0);
	space = buffer_append_space_unsafe(dest, max);
	ret = pread(spool->fd, space, max, (off_t)spool->sent);
	if (ret <= 0) {
		if (ret == 0)
			errno = EIO;
		pix_audit_spool_fail(spool, "read");
		return -1;
	}
	while (pix_frame_parse(CONST_PTR_OFFSET(dest->data, pos), (size_t)ret - pos,
			       PIX_AUDIT_RECORD_MAX + 8, &frame, &used) ==
	       PIX_FRAME_RESULT_OK)
		pos += used;
	if (pos == 0) {
		errno = EINVAL;
		pix_audit_spool_fail(spool, "parse");
		return -1;
	}
	buffer_set_used_size(dest, pos);
	spool->sent += pos;
	return 1;
}

void pix_audit_spool_clear(struct pix_audit_spool *spool)
{
	if (ftruncate(spool->fd, 0) < 0) {
		pix_audit_spool_fail(spool, "truncate");
		return;
	}
	spool->size = spool->sent = 0;
	spool->last_seq = 0;
}
