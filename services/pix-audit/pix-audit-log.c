/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-audit-log-private.h"
#include "byteorder.h"
#include "lib-event.h"

#include <sys/stat.h>
#include <unistd.h>

void pix_audit_log_add(struct pix_audit_log *log, const void *data, size_t size)
{
	unsigned char len[2];
	struct pix_hash hash;

	i_assert(size <= PIX_BUNDLE_ENTRY_MAX);
	cpu16_to_be_unaligned((uint16_t)size, len);
	buffer_append(log->bundle, len, sizeof(len));
	buffer_append(log->bundle, data, size);
	pix_merkle_leaf(log->hasher, data, size, &hash);
	pix_merkle_append(log->hasher, &log->tree, 0, &hash, pix_audit_tile_hash, log);
}

void pix_audit_path_delete(ARRAY_TYPE(pix_audit_paths) *paths, unsigned int idx)
{
	char **path = array_idx_modifiable(paths, idx);

	i_free(*path);
	array_delete(paths, idx, 1);
}

uint64_t pix_audit_log_append(struct pix_audit_log *log,
			      const void *data, size_t size)
{
	unsigned char len[2];

	cpu16_to_be_unaligned((uint16_t)size, len);
	buffer_append(log->pending, len, sizeof(len));
	buffer_append(log->pending, data, size);
	log->pending_count++;
	pix_audit_log_add(log, data, size);
	return log->tree.size - 1;
}

uint64_t pix_audit_log_size(const struct pix_audit_log *log)
{
	return log->tree.size;
}

uint64_t pix_audit_log_durable(const struct pix_audit_log *log)
{
	return log->durable;
}

size_t pix_audit_log_waiting(const struct pix_audit_log *log)
{
	return log->pending->used + log->tiles_bytes;
}

const char *pix_audit_log_checkpoint(const struct pix_audit_log *log)
{
	return log->note;
}

int pix_audit_log_sign(struct pix_audit_log *log, const char **error_r)
{
	struct pix_checkpoint cp;
	char text[PIX_NOTE_NAME_MAX + 128], note[PIX_NOTE_MAX];
	size_t size;

	i_zero(&cp);
	(void)i_strocpy(cp.origin, pix_note_signer_verifier(log->params.signer)->name,
			sizeof(cp.origin));
	cp.size = log->tree.size;
	pix_merkle_root(log->hasher, &log->tree, &cp.root);
	if (pix_checkpoint_print(&cp, text, sizeof(text)) == 0 ||
	    (size = pix_note_sign(log->params.signer, text, note, sizeof(note))) == 0) {
		*error_r = "The checkpoint could not be signed (check pix_audit_key)";
		return -1;
	}
	memcpy(log->note, note, size + 1);
	log->note_size = size;
	return 0;
}

int pix_audit_log_commit(struct pix_audit_log *log, const char **error_r)
{
	const char *error;

	*error_r = NULL;
	if (log->pending_count > 0) {
		if (pix_audit_log_sign(log, error_r) < 0 ||
		    pix_audit_journal_write(log, error_r) < 0)
			return -1;
		log->durable = log->tree.size;
		log->pending_count = 0;
		buffer_set_used_size(log->pending, 0);
	}
	/* the journal holds the records: tiles may come later */
	if (pix_audit_tiles_write(log, &error) < 0)
		e_error(log->event, "%s (tiles wait in memory)", error);
	pix_audit_journal_housekeep(log);
	return 0;
}

bool pix_audit_log_unpublished(const struct pix_audit_log *log)
{
	return log->published != log->durable;
}

static int
pix_audit_publish_partial(struct pix_audit_log *log, int level, uint64_t index,
			  unsigned int width, const void *data, size_t size,
			  ARRAY_TYPE(const_string) *partials, const char **error_r)
{
	char path[PIX_TILE_PATH_MAX];
	const char *copy;

	pix_tile_path(level, index, width, path);
	if (pix_audit_file_write(log, path, data, size, FALSE, error_r) < 0)
		return -1;
	copy = t_strdup(path);
	array_push_back(partials, &copy);
	return 0;
}

/* The partial tiles of the checkpoint before are of no use any more. */
static void
pix_audit_publish_replace(struct pix_audit_log *log,
			  const ARRAY_TYPE(const_string) *partials)
{
	const char *path, *other;
	char *old;

	array_foreach_elem(&log->partials, old) {
		const char *full = t_strconcat(log->log_dir, "/", old, NULL);
		bool again = FALSE;

		array_foreach_elem(partials, other)
			again = again || strcmp(old, other) == 0;
		if (!again) {
			i_unlink_if_exists(full);
			/* stays while a newer partial tile is in it */
			(void)rmdir(t_strdup_until(full, strrchr(full, '/')));
		}
	}
	while (array_count(&log->partials) > 0)
		pix_audit_path_delete(&log->partials, 0);
	array_foreach_elem(partials, path) {
		char *copy = i_strdup(path);

		array_push_back(&log->partials, &copy);
	}
}

static int pix_audit_publish(struct pix_audit_log *log, const char **error_r)
{
	ARRAY_TYPE(const_string) partials;
	unsigned int width = log->edge[0].count;

	t_array_init(&partials, 8);
	if (width > 0 &&
	    pix_audit_publish_partial(log, PIX_TILE_ENTRIES,
				      log->tree.size / PIX_TILE_WIDTH, width,
				      log->bundle->data, log->bundle->used,
				      &partials, error_r) < 0)
		return -1;
	for (unsigned int level = 0; level < PIX_TILE_LEVELS; level++) {
		struct pix_audit_edge *edge = &log->edge[level];

		if (edge->count > 0 &&
		    pix_audit_publish_partial(log, (int)level,
				pix_tile_level_hashes(log->tree.size, level) / PIX_TILE_WIDTH,
				edge->count, edge->hash,
				edge->count * sizeof(edge->hash[0]),
				&partials, error_r) < 0)
			return -1;
	}
	/* first outside the log, on disk for sure: then no log can be
	   older than what others saw */
	if (pix_audit_file_write(log, t_strconcat(log->params.dir, "/checkpoint.last", NULL),
				 log->note, log->note_size, TRUE, error_r) < 0 ||
	    (log->params.checkpoint_copy[0] != '\0' &&
	     pix_audit_file_write(log, log->params.checkpoint_copy, log->note,
				  log->note_size, TRUE, error_r) < 0) ||
	    pix_audit_file_write(log, "checkpoint", log->note, log->note_size,
				 FALSE, error_r) < 0)
		return -1;
	pix_audit_publish_replace(log, &partials);
	log->published = log->durable;
	return 0;
}

int pix_audit_log_publish(struct pix_audit_log *log, const char **error_r)
{
	int ret;

	/* the memory is ahead of the disk: only what is durable may be signed
	   and shown */
	if (log->pending_count > 0 || array_count(&log->tiles) > 0) {
		if (pix_audit_log_commit(log, error_r) < 0)
			return -1;
		if (array_count(&log->tiles) > 0) {
			*error_r = "Tiles could not be written";
			return -1;
		}
	}
	if (!pix_audit_log_unpublished(log))
		return 0;
	T_BEGIN {
		ret = pix_audit_publish(log, error_r);
	} T_END_PASS_STR_IF(ret < 0, error_r);
	return ret;
}

/* Compares one copy of a checkpoint with the log. */
static int
pix_audit_log_check_copy(struct pix_audit_log *log, const char *path,
			 const char **error_r)
{
	buffer_t *buf = t_buffer_create(1024);
	enum pix_note_result result;
	struct pix_checkpoint cp;
	struct pix_hash root;
	size_t text_len;
	int ret = pix_audit_file_read(log, path, PIX_NOTE_MAX, buf, error_r);

	if (ret <= 0)
		return ret;
	result = pix_note_verify(buf->data, buf->used,
				 pix_note_signer_verifier(log->params.signer), &text_len);
	if (result != PIX_NOTE_OK ||
	    pix_checkpoint_parse(buf->data, text_len, &cp) < 0) {
		*error_r = t_strdup_printf("Checkpoint %s: %s (check pix_audit_key and "
			"pix_audit_origin)", path, pix_note_result_text(result));
		return -1;
	}
	if (cp.size > log->tree.size) {
		*error_r = t_strdup_printf(
			"The log below %s has %llu records, but the checkpoint %s was given "
			"for %llu: records were removed or an old copy was restored. Restore "
			"the newest backup, or move the checkpoint away to accept the loss",
			log->params.dir, (unsigned long long)log->tree.size, path,
			(unsigned long long)cp.size);
		return -1;
	}
	if (pix_merkle_root_read(log->hasher, cp.size, pix_audit_log_hash, log, &root) < 0) {
		*error_r = t_strdup_printf("Tiles below %s can't be read "
			"(run pix-audit-verify)", log->log_dir);
		return -1;
	}
	if (!pix_hash_equal(&root, &cp.root)) {
		*error_r = t_strdup_printf(
			"The first %llu records below %s aren't those of the checkpoint %s: "
			"the log was changed (run pix-audit-verify)",
			(unsigned long long)cp.size, log->params.dir, path);
		return -1;
	}
	return 0;
}

static int pix_audit_log_check_copies(struct pix_audit_log *log, const char **error_r)
{
	const char *paths[] = {
		t_strconcat(log->params.dir, "/checkpoint.last", NULL),
		t_strconcat(log->log_dir, "/checkpoint", NULL),
		log->params.checkpoint_copy,
	};

	for (unsigned int i = 0; i < N_ELEMENTS(paths); i++) {
		if (paths[i][0] != '\0' &&
		    pix_audit_log_check_copy(log, paths[i], error_r) < 0)
			return -1;
	}
	return 0;
}

static int pix_audit_log_recover(struct pix_audit_log *log, const char **error_r)
{
	if (mkdir(log->log_dir, 0750) < 0 && errno != EEXIST) {
		*error_r = t_strdup_printf("mkdir(%s) failed: %m", log->log_dir);
		return -1;
	}
	if (pix_audit_journal_recover(log, error_r) < 0)
		return -1;
	if (pix_audit_log_check_copies(log, error_r) < 0)
		return -1;
	log->durable = log->tree.size;
	/* what was published is published again: its files were never synced */
	log->published = UINT64_MAX;
	if (pix_audit_tiles_write(log, error_r) < 0 ||
	    pix_audit_log_sign(log, error_r) < 0 ||
	    pix_audit_journal_create(log, error_r) < 0)
		return -1;
	pix_audit_journal_housekeep(log);
	return 0;
}

static void pix_audit_log_free(struct pix_audit_log *log)
{
	struct pix_audit_tile *tile;

	array_foreach_modifiable(&log->tiles, tile)
		buffer_free(&tile->data);
	array_free(&log->tiles);
	while (array_count(&log->partials) > 0)
		pix_audit_path_delete(&log->partials, 0);
	array_free(&log->partials);
	while (array_count(&log->old_journals) > 0)
		pix_audit_path_delete(&log->old_journals, 0);
	array_free(&log->old_journals);
	i_close_fd(&log->journal_fd);
	i_close_fd(&log->sync_fd);
	i_free(log->journal_path);
	buffer_free(&log->bundle);
	buffer_free(&log->pending);
	buffer_free(&log->cache);
	pix_hasher_free(&log->hasher);
	i_free(log->cache_tile);
	i_free(log->log_dir);
	i_free(log->journal_dir);
	i_free(log);
}

int pix_audit_log_open(const struct pix_audit_log_params *params,
		       struct pix_audit_log **log_r, const char **error_r)
{
	struct pix_audit_log *log = i_new(struct pix_audit_log, 1);

	log->params = *params;
	log->event = params->event;
	log->log_dir = i_strconcat(params->dir, "/log", NULL);
	log->journal_dir = i_strconcat(params->dir, "/journal", NULL);
	log->bundle = buffer_create_dynamic(default_pool, 65536);
	log->pending = buffer_create_dynamic(default_pool, 65536);
	log->cache = buffer_create_dynamic(default_pool, 1024);
	log->cache_tile = i_new(struct pix_audit_edge, 1);
	log->cache_index = UINT64_MAX;
	log->cache_level = -1;
	log->journal_fd = log->sync_fd = -1;
	log->hasher = pix_hasher_new();
	i_array_init(&log->tiles, 16);
	i_array_init(&log->partials, 8);
	i_array_init(&log->old_journals, 4);
	*error_r = NULL;
	if (log->hasher == NULL)
		*error_r = "OpenSSL has no SHA-256";
	if (*error_r != NULL || pix_audit_log_recover(log, error_r) < 0) {
		pix_audit_log_free(log);
		return -1;
	}
	*log_r = log;
	return 0;
}

void pix_audit_log_close(struct pix_audit_log **_log)
{
	struct pix_audit_log *log = *_log;
	const char *error;

	if (log == NULL)
		return;
	*_log = NULL;
	if (pix_audit_log_publish(log, &error) < 0)
		e_error(log->event, "%s", error);
	pix_audit_log_free(log);
}
