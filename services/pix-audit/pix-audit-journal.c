/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

/* The journal makes a commit durable with one write and one fdatasync. Each
   group in it carries a signed checkpoint, whose root hash tells a whole group
   from a torn one: no other checksum is needed. */

#include "pix-audit-log-private.h"
#include "byteorder.h"
#include "lib-event.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

struct pix_audit_group {
	uint64_t first;
	uint32_t count;
	const unsigned char *entries;
	size_t entries_size;
	const char *note;
	size_t note_size;
};

/* FALSE: what follows is no whole group. */
static bool
pix_audit_group_parse(const unsigned char *data, size_t size,
		      struct pix_audit_group *group_r, size_t *used_r)
{
	if (size < PIX_AUDIT_GROUP_HEADER ||
	    be32_to_cpu_unaligned(data) != PIX_AUDIT_JOURNAL_MAGIC)
		return FALSE;
	group_r->entries_size = be32_to_cpu_unaligned(data + 4);
	group_r->first = be64_to_cpu_unaligned(data + 8);
	group_r->count = be32_to_cpu_unaligned(data + 16);
	group_r->note_size = be32_to_cpu_unaligned(data + 20);
	if (group_r->note_size == 0 || group_r->note_size > PIX_NOTE_MAX ||
	    group_r->entries_size > size - PIX_AUDIT_GROUP_HEADER ||
	    group_r->note_size > size - PIX_AUDIT_GROUP_HEADER - group_r->entries_size)
		return FALSE;
	group_r->entries = data + PIX_AUDIT_GROUP_HEADER;
	group_r->note = (const char *)group_r->entries + group_r->entries_size;
	*used_r = PIX_AUDIT_GROUP_HEADER + group_r->entries_size + group_r->note_size;
	return TRUE;
}

/* The next entry of a group, or -1. */
static int
pix_audit_group_next(const struct pix_audit_group *group, size_t *pos,
		     struct pix_bundle_entry *entry_r)
{
	size_t len;

	if (group->entries_size - *pos < 2)
		return -1;
	len = be16_to_cpu_unaligned(group->entries + *pos);
	if (group->entries_size - *pos - 2 < len)
		return -1;
	entry_r->data = group->entries + *pos + 2;
	entry_r->size = len;
	*pos += 2 + len;
	return 0;
}

/* Walks the entries beyond the tree's size; apply says whether into the log
   or only into the copy of its tree. */
static int
pix_audit_group_walk(struct pix_audit_log *log, const struct pix_audit_group *group,
		     struct pix_merkle_tree *tree, bool apply)
{
	uint64_t have = log->tree.size;
	struct pix_bundle_entry entry;
	struct pix_hash hash;
	size_t pos = 0;

	for (uint32_t i = 0; i < group->count; i++) {
		if (pix_audit_group_next(group, &pos, &entry) < 0)
			return -1;
		if (group->first + i < have)
			continue;
		if (apply) {
			pix_audit_log_add(log, entry.data, entry.size);
		} else {
			pix_merkle_leaf(log->hasher, entry.data, entry.size, &hash);
			pix_merkle_append(log->hasher, tree, 0, &hash, NULL, NULL);
		}
	}
	return pos == group->entries_size ? 0 : -1;
}

static bool
pix_audit_group_apply(struct pix_audit_log *log, const struct pix_audit_group *group)
{
	struct pix_merkle_tree tree = log->tree;
	struct pix_checkpoint cp;
	struct pix_hash root;
	size_t text_len;

	if (group->first > tree.size ||
	    pix_note_verify(group->note, group->note_size,
			    pix_note_signer_verifier(log->params.signer),
			    &text_len) != PIX_NOTE_OK ||
	    pix_checkpoint_parse(group->note, text_len, &cp) < 0)
		return FALSE;
	if (group->first + group->count <= tree.size)
		return TRUE;
	if (pix_audit_group_walk(log, group, &tree, FALSE) < 0)
		return FALSE;
	pix_merkle_root(log->hasher, &tree, &root);
	if (cp.size != tree.size || !pix_hash_equal(&root, &cp.root))
		return FALSE;
	if (pix_audit_group_walk(log, group, NULL, TRUE) < 0)
		i_unreached();
	memcpy(log->note, group->note, group->note_size);
	log->note[group->note_size] = '\0';
	log->note_size = group->note_size;
	return TRUE;
}

static int
pix_audit_journal_replay(struct pix_audit_log *log, const char *path, bool last,
			 const char **error_r)
{
	buffer_t *buf = buffer_create_dynamic(default_pool, 65536);
	struct pix_audit_group group;
	size_t pos = 0, used;
	int ret;

	/* a journal ends soon after journal_max; the rest is the last group */
	ret = pix_audit_file_read(log, path, SSIZE_T_MAX, buf, error_r);
	while (ret > 0 && pos < buf->used &&
	       pix_audit_group_parse(CONST_PTR_OFFSET(buf->data, pos),
				     buf->used - pos, &group, &used) &&
	       pix_audit_group_apply(log, &group))
		pos += used;
	if (ret > 0 && pos < buf->used) {
		if (last) {
			e_warning(log->event, "Journal %s: dropped %zu bytes of a commit "
				  "that was never finished", path, buf->used - pos);
		} else {
			*error_r = t_strdup_printf("Journal %s is damaged at byte %zu "
				"(restore it from a backup)", path, pos);
			ret = -1;
		}
	}
	buffer_free(&buf);
	return ret < 0 ? -1 : 0;
}

static int
pix_audit_journal_list(struct pix_audit_log *log, ARRAY_TYPE(const_string) *paths,
		       const char **error_r)
{
	DIR *dir = opendir(log->journal_dir);
	struct dirent *d;

	if (dir == NULL) {
		if (errno == ENOENT && mkdir(log->journal_dir, 0700) == 0)
			return 0;
		*error_r = t_strdup_printf("opendir(%s) failed: %m", log->journal_dir);
		return -1;
	}
	while ((d = readdir(dir)) != NULL) {
		const char *path;

		if (strlen(d->d_name) != 20 ||
		    strspn(d->d_name, "0123456789") != 20)
			continue;
		path = t_strconcat(log->journal_dir, "/", d->d_name, NULL);
		array_push_back(paths, &path);
	}
	(void)closedir(dir);
	array_sort(paths, i_strcmp_p);
	return 0;
}

int pix_audit_journal_recover(struct pix_audit_log *log, const char **error_r)
{
	ARRAY_TYPE(const_string) paths;
	unsigned int count;
	uint64_t base;

	t_array_init(&paths, 4);
	if (pix_audit_journal_list(log, &paths, error_r) < 0)
		return -1;
	count = array_count(&paths);
	for (unsigned int i = 0; i < count; i++) {
		const char *path = array_idx_elem(&paths, i);
		char *copy;

		if (str_to_uint64(strrchr(path, '/') + 1, &base) < 0 ||
		    base % PIX_TILE_WIDTH != 0 || (i > 0 && base > log->tree.size)) {
			*error_r = t_strdup_printf("Journal %s doesn't follow the one "
				"before it (restore the missing one from a backup)", path);
			return -1;
		}
		if (i == 0 && pix_audit_tiles_load(log, base, error_r) < 0)
			return -1;
		if (pix_audit_journal_replay(log, path, i + 1 == count, error_r) < 0)
			return -1;
		copy = i_strdup(path);
		array_push_back(&log->old_journals, &copy);
	}
	return count > 0 ? 1 : 0;
}

static int
pix_audit_journal_append(struct pix_audit_log *log, uint64_t first, uint32_t count,
			 const buffer_t *entries, const char **error_r)
{
	unsigned char header[PIX_AUDIT_GROUP_HEADER];
	struct iovec iov[3] = {
		{ header, sizeof(header) },
		{ (void *)entries->data, entries->used },
		{ log->note, log->note_size },
	};
	size_t left = sizeof(header) + entries->used + log->note_size;
	uoff_t pos = log->journal_size;
	unsigned int i = 0;

	cpu32_to_be_unaligned(PIX_AUDIT_JOURNAL_MAGIC, header);
	cpu32_to_be_unaligned((uint32_t)entries->used, header + 4);
	cpu64_to_be_unaligned(first, header + 8);
	cpu32_to_be_unaligned(count, header + 16);
	cpu32_to_be_unaligned((uint32_t)log->note_size, header + 20);
	while (left > 0) {
		ssize_t ret = pwritev(log->journal_fd, iov + i, 3 - (int)i, (off_t)pos);

		if (ret <= 0) {
			if (ret < 0 && errno == EINTR)
				continue;
			/* the next try begins at the same place */
			*error_r = t_strdup_printf("write(%s) failed: %m", log->journal_path);
			return -1;
		}
		pos += (uoff_t)ret;
		left -= (size_t)ret;
		while (i < 3 && (size_t)ret >= iov[i].iov_len)
			ret -= (ssize_t)iov[i++].iov_len;
		if (i < 3) {
			iov[i].iov_base = PTR_OFFSET(iov[i].iov_base, ret);
			iov[i].iov_len -= (size_t)ret;
		}
	}
	if (fdatasync(log->journal_fd) < 0) {
		/* the kernel may have dropped what it could not write: only a
		   new start reads what really is on disk */
		i_fatal("fdatasync(%s) failed: %m (the log is read again at the next start)",
			log->journal_path);
	}
	log->journal_size = pos;
	return 0;
}

int pix_audit_journal_create(struct pix_audit_log *log, const char **error_r)
{
	uint64_t size = log->tree.size, base = size - size % PIX_TILE_WIDTH;
	char *path = i_strdup_printf("%s/%020llu", log->journal_dir,
				     (unsigned long long)base);
	int fd, old_fd = log->journal_fd, dir_fd;
	char *old_path = log->journal_path;
	uoff_t old_size = log->journal_size;

	i_assert(log->pending_count == 0);
	if (log->journal_path != NULL && strcmp(log->journal_path, path) == 0) {
		i_free(path);
		return 0;
	}
	/* written whole under another name: a half one must not stand in the
	   way of the one before it */
	fd = open(t_strconcat(path, ".tmp", NULL),
		  O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd == -1) {
		*error_r = t_strdup_printf("open(%s.tmp) failed: %m", path);
		i_free(path);
		return -1;
	}
	log->journal_fd = fd;
	log->journal_path = path;
	log->journal_size = 0;
	if ((size > base &&
	     pix_audit_journal_append(log, base, (uint32_t)(size - base),
				      log->bundle, error_r) < 0) ||
	    rename(t_strconcat(path, ".tmp", NULL), path) < 0) {
		if (*error_r == NULL)
			*error_r = t_strdup_printf("rename(%s.tmp) failed: %m", path);
		i_close_fd(&log->journal_fd);
		log->journal_fd = old_fd;
		log->journal_path = old_path;
		log->journal_size = old_size;
		i_free(path);
		return -1;
	}
	dir_fd = open(log->journal_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir_fd == -1 || fsync(dir_fd) < 0)
		i_fatal("fsync(%s) failed: %m", log->journal_dir);
	i_close_fd(&dir_fd);
	if (old_path != NULL)
		array_push_back(&log->old_journals, &old_path);
	/* recovered under the same name: replaced by the rename */
	for (unsigned int i = array_count(&log->old_journals); i-- > 0; ) {
		if (strcmp(array_idx_elem(&log->old_journals, i), path) == 0)
			pix_audit_path_delete(&log->old_journals, i);
	}
	i_close_fd(&old_fd);
	return 0;
}

int pix_audit_journal_write(struct pix_audit_log *log, const char **error_r)
{
	return pix_audit_journal_append(log, log->durable, log->pending_count,
					log->pending, error_r);
}

struct pix_audit_sync {
	int dir_fd, done_fd;
};

static void *pix_audit_sync_thread(void *arg)
{
	struct pix_audit_sync *sync = arg;
	/* 1: done, 2: failed */
	uint64_t ret = syncfs(sync->dir_fd) < 0 ? 2 : 1;

	(void)!write(sync->done_fd, &ret, sizeof(ret));
	close(sync->dir_fd);
	close(sync->done_fd);
	free(sync);
	return NULL;
}

/* Waiting for a whole file system takes long: a thread that does nothing
   else waits, and the service goes on. */
static void pix_audit_sync_start(struct pix_audit_log *log)
{
	struct pix_audit_sync *sync = calloc(1, sizeof(*sync));
	pthread_attr_t attr;
	pthread_t thread;
	/* not a pipe: the log may be closed before the thread ends */
	int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);

	if (sync == NULL || fd == -1) {
		i_close_fd(&fd);
		free(sync);
		return;
	}
	sync->done_fd = dup(fd);
	sync->dir_fd = open(log->log_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	if (sync->dir_fd == -1 || sync->done_fd == -1 ||
	    pthread_create(&thread, &attr, pix_audit_sync_thread, sync) != 0) {
		i_close_fd(&fd);
		i_close_fd(&sync->done_fd);
		i_close_fd(&sync->dir_fd);
		free(sync);
	} else {
		log->sync_fd = fd;
		log->sync_running = TRUE;
	}
	pthread_attr_destroy(&attr);
}

static void pix_audit_sync_check(struct pix_audit_log *log)
{
	uint64_t ret;

	if (read(log->sync_fd, &ret, sizeof(ret)) < 0)
		return;
	i_close_fd(&log->sync_fd);
	log->sync_running = FALSE;
	if (ret != 1) {
		e_error(log->event, "syncfs(%s) failed: old journals are kept", log->log_dir);
		return;
	}
	while (array_count(&log->old_journals) > 0) {
		i_unlink_if_exists(array_idx_elem(&log->old_journals, 0));
		pix_audit_path_delete(&log->old_journals, 0);
	}
}

void pix_audit_journal_housekeep(struct pix_audit_log *log)
{
	const char *error = NULL;

	if (log->sync_running) {
		pix_audit_sync_check(log);
		return;
	}
	if (log->pending_count > 0 || array_count(&log->tiles) > 0)
		return;
	if (log->journal_size > log->params.journal_max) {
		if (pix_audit_journal_create(log, &error) < 0) {
			e_error(log->event, "%s", error);
			return;
		}
	}
	/* all tiles before the current journal are written: once they
	   are on disk, the journals before it have served */
	if (array_count(&log->old_journals) > 0)
		pix_audit_sync_start(log);
}
