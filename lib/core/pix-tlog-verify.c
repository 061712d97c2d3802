/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-tlog-verify.h"
#include "pix-audit-record.h"
#include "pix-tile.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* after so many findings only the count goes on */
#define PIX_TLOG_MAX_FINDINGS 50

struct pix_tlog_verify {
	struct pix_tlog_verify_params params;
	struct pix_hasher *hasher;
	struct pix_tlog_verify_result result;
	/* from the records themselves */
	struct pix_merkle_tree tree;
	/* computed hashes of the tile that is being filled, a level */
	struct {
		unsigned int count;
		struct pix_hash hash[PIX_TILE_WIDTH];
	} edge[PIX_TILE_LEVELS];
	int64_t ct;
	uint64_t receipt;
	/* for pix_tlog_verify_old() */
	int cache_level;
	uint64_t cache_index;
	struct pix_hash cache[PIX_TILE_WIDTH];
};

__attribute__((format(printf, 3, 4)))
static void
pix_tlog_find(struct pix_tlog_verify *verify, enum pix_tlog_finding finding,
	      const char *fmt, ...)
{
	unsigned int *count = finding == PIX_TLOG_FINDING_BAD ?
		&verify->result.bad : &verify->result.warnings;
	char text[1024];
	va_list args;

	if (++*count > PIX_TLOG_MAX_FINDINGS)
		return;
	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	verify->params.finding(verify->params.context, finding, text);
}

struct pix_tlog_verify *
pix_tlog_verify_new(const struct pix_tlog_verify_params *params)
{
	struct pix_tlog_verify *verify = calloc(1, sizeof(*verify));

	if (verify == NULL)
		abort();
	verify->params = *params;
	verify->hasher = pix_hasher_new();
	if (verify->hasher == NULL)
		abort();
	verify->cache_level = -1;
	return verify;
}

void pix_tlog_verify_free(struct pix_tlog_verify **verify)
{
	if (*verify == NULL)
		return;
	pix_hasher_free(&(*verify)->hasher);
	free(*verify);
	*verify = NULL;
}

/* The signed text of a note by any of the keys; -1 after a finding. */
static int
pix_tlog_check_note(struct pix_tlog_verify *verify, const char *what,
		    const char *note, size_t size, struct pix_checkpoint *cp_r)
{
	enum pix_note_result result = PIX_NOTE_UNSIGNED;
	size_t text_len = 0;
	unsigned int i;

	for (i = 0; i < verify->params.key_count; i++) {
		result = pix_note_verify(note, size, &verify->params.keys[i], &text_len);
		if (result != PIX_NOTE_UNSIGNED)
			break;
	}
	if (result != PIX_NOTE_OK || pix_checkpoint_parse(note, text_len, cp_r) < 0) {
		pix_tlog_find(verify, PIX_TLOG_FINDING_BAD, "%s: %s", what,
			      result == PIX_NOTE_OK ? "not a checkpoint" :
			      pix_note_result_text(result));
		return -1;
	}
	if (strcmp(cp_r->origin, verify->params.keys[i].name) != 0) {
		pix_tlog_find(verify, PIX_TLOG_FINDING_BAD,
			      "%s: belongs to the log %s, not to %s", what,
			      cp_r->origin, verify->params.keys[i].name);
		return -1;
	}
	return (int)i;
}

/* Compares computed hashes of one tile with its file. */
static void
pix_tlog_check_tile(struct pix_tlog_verify *verify, unsigned int level,
		    uint64_t index, unsigned int width)
{
	const struct pix_hash *hash = verify->edge[level].hash;
	uint64_t leaves = (uint64_t)1 << (level * PIX_TILE_HEIGHT);
	char path[PIX_TILE_PATH_MAX], error[PIX_ERR_SIZE];
	const unsigned char *data;
	size_t size;
	int ret;

	pix_tile_path((int)level, index, width, path);
	ret = verify->params.read(verify->params.context, path, &data, &size, error);
	if (ret <= 0) {
		pix_tlog_find(verify, PIX_TLOG_FINDING_BAD, "%s: %s", path,
			      ret < 0 ? error : "is missing");
		return;
	}
	if (size != width * sizeof(*hash)) {
		pix_tlog_find(verify, PIX_TLOG_FINDING_BAD,
			      "%s: has %zu bytes instead of %zu", path, size,
			      width * sizeof(*hash));
		return;
	}
	for (unsigned int i = 0; i < width; i++) {
		uint64_t first = (index * PIX_TILE_WIDTH + i) * leaves;

		if (memcmp(hash[i].b, data + i * sizeof(*hash), sizeof(*hash)) == 0)
			continue;
		if (level == 0) {
			pix_tlog_find(verify, PIX_TLOG_FINDING_BAD,
				"record %" PRIu64 " isn't the one whose hash is in %s",
				first, path);
		} else {
			pix_tlog_find(verify, PIX_TLOG_FINDING_BAD,
				"records %" PRIu64 " to %" PRIu64 " aren't those whose hash is in %s",
				first, first + leaves - 1, path);
		}
	}
}

static void
pix_tlog_tile_hash(void *context, unsigned int level, const struct pix_hash *hash)
{
	struct pix_tlog_verify *verify = context;

	if (level >= PIX_TILE_LEVELS)
		return;
	verify->edge[level].hash[verify->edge[level].count++] = *hash;
	if (verify->edge[level].count < PIX_TILE_WIDTH)
		return;
	pix_tlog_check_tile(verify, level,
			    verify->tree.size >> ((level + 1) * PIX_TILE_HEIGHT),
			    PIX_TILE_WIDTH);
	verify->edge[level].count = 0;
}

static void
pix_tlog_check_record(struct pix_tlog_verify *verify, uint64_t index,
		      const struct pix_bundle_entry *entry)
{
	struct pix_audit_record record;
	enum pix_audit_verdict verdict =
		pix_audit_record_scan(entry->data, entry->size, true, &record);
	int64_t ct, receipt;

	if (verdict != PIX_AUDIT_OK) {
		pix_tlog_find(verify, PIX_TLOG_FINDING_WARNING, "record %" PRIu64 ": %s",
			      index, pix_audit_verdict_reason(verdict));
		return;
	}
	ct = pix_audit_value_int(&record.field[PIX_AUDIT_FIELD_CT]);
	if (ct < verify->ct) {
		pix_tlog_find(verify, PIX_TLOG_FINDING_WARNING,
			      "record %" PRIu64 ": its time is before the record before it", index);
	}
	verify->ct = ct;
	if (verify->result.first_ct == 0)
		verify->result.first_ct = ct;
	verify->result.last_ct = ct;
	receipt = pix_audit_value_int(&record.field[PIX_AUDIT_FIELD_RECEIPT]);
	if (receipt < 0)
		return;
	if ((uint64_t)receipt != verify->receipt + 1) {
		pix_tlog_find(verify, PIX_TLOG_FINDING_BAD,
			      "record %" PRIu64 ": delivery receipt %" PRId64 " follows receipt %" PRIu64,
			      index, receipt, verify->receipt);
	}
	verify->receipt = (uint64_t)receipt;
	verify->result.receipts++;
}

/* FALSE: the bundle's records are unknown, so nothing behind it can be checked. */
static bool
pix_tlog_check_bundle(struct pix_tlog_verify *verify, uint64_t index,
		      unsigned int width)
{
	struct pix_bundle_entry entries[PIX_TILE_WIDTH];
	char path[PIX_TILE_PATH_MAX], error[PIX_ERR_SIZE];
	const unsigned char *data;
	struct pix_hash hash;
	size_t size;
	int ret;

	pix_tile_path(PIX_TILE_ENTRIES, index, width, path);
	ret = verify->params.read(verify->params.context, path, &data, &size, error);
	if (ret <= 0 || pix_bundle_parse(data, size, width, entries) < 0) {
		pix_tlog_find(verify, PIX_TLOG_FINDING_BAD,
			      "%s (records %" PRIu64 " to %" PRIu64 "): %s", path,
			      index * PIX_TILE_WIDTH, index * PIX_TILE_WIDTH + width - 1,
			      ret < 0 ? error : ret == 0 ? "is missing" :
			      "doesn't hold as many records as it must");
		return false;
	}
	/* the records first: checking a tile reads files, and what was read
	   is valid only until then */
	for (unsigned int i = 0; i < width && verify->params.records; i++)
		pix_tlog_check_record(verify, index * PIX_TILE_WIDTH + i, &entries[i]);
	for (unsigned int i = 0; i < width; i++) {
		pix_merkle_leaf(verify->hasher, entries[i].data, entries[i].size, &hash);
		pix_merkle_append(verify->hasher, &verify->tree, 0, &hash,
				  pix_tlog_tile_hash, verify);
	}
	return true;
}

/* Records that exist although the checkpoint doesn't cover them. */
static void pix_tlog_check_beyond(struct pix_tlog_verify *verify, uint64_t size)
{
	char path[PIX_TILE_PATH_MAX], error[PIX_ERR_SIZE];
	const unsigned char *data;
	size_t data_size;

	pix_tile_path(0, size / PIX_TILE_WIDTH, PIX_TILE_WIDTH, path);
	if (verify->params.read(verify->params.context, path, &data, &data_size, error) == 1) {
		pix_tlog_find(verify, PIX_TLOG_FINDING_WARNING,
			"%s exists, but the checkpoint covers %" PRIu64 " records only: either "
			"it was written just now, or an older checkpoint was put back",
			path, size);
	}
}

static void pix_tlog_check_all(struct pix_tlog_verify *verify)
{
	uint64_t size = verify->result.checkpoint.size;
	struct pix_hash root;

	for (uint64_t done = 0; done < size; ) {
		unsigned int width = size - done < PIX_TILE_WIDTH ?
			(unsigned int)(size - done) : PIX_TILE_WIDTH;

		if (!pix_tlog_check_bundle(verify, done / PIX_TILE_WIDTH, width))
			return;
		done += width;
		if (verify->params.progress != NULL)
			verify->params.progress(verify->params.context, done, size);
	}
	for (unsigned int level = 0; level < PIX_TILE_LEVELS; level++) {
		unsigned int width = verify->edge[level].count;

		if (width > 0)
			pix_tlog_check_tile(verify, level,
				pix_tile_level_hashes(size, level) / PIX_TILE_WIDTH, width);
	}
	pix_merkle_root(verify->hasher, &verify->tree, &root);
	if (!pix_hash_equal(&root, &verify->result.checkpoint.root)) {
		pix_tlog_find(verify, PIX_TLOG_FINDING_BAD,
			      "the %" PRIu64 " records aren't those that the checkpoint was signed for",
			      size);
	}
	pix_tlog_check_beyond(verify, size);
}

bool pix_tlog_verify_run(struct pix_tlog_verify *verify,
			 struct pix_tlog_verify_result *result_r)
{
	char error[PIX_ERR_SIZE], note[PIX_NOTE_MAX];
	const unsigned char *data;
	size_t size;
	int ret;

	ret = verify->params.read(verify->params.context, "checkpoint", &data, &size, error);
	if (ret <= 0 || size > sizeof(note)) {
		pix_tlog_find(verify, PIX_TLOG_FINDING_BAD, "checkpoint: %s",
			      ret < 0 ? error : ret == 0 ? "is missing" : "is too large");
	} else {
		memcpy(note, data, size);
		ret = pix_tlog_check_note(verify, "checkpoint", note, size,
					  &verify->result.checkpoint);
		if (ret >= 0) {
			verify->result.key = (unsigned int)ret;
			pix_tlog_check_all(verify);
		}
	}
	*result_r = verify->result;
	return verify->result.bad == 0;
}

/* pix_merkle_read_t over the tiles, which were found to be right. */
static int
pix_tlog_hash(void *context, unsigned int level, uint64_t index,
	      struct pix_hash *hash_r)
{
	struct pix_tlog_verify *verify = context;
	unsigned int tile_level = level / PIX_TILE_HEIGHT;
	unsigned int width = 1U << (level % PIX_TILE_HEIGHT), have = PIX_TILE_WIDTH;
	uint64_t first = index * width, tile = first / PIX_TILE_WIDTH;
	unsigned int offset = (unsigned int)(first % PIX_TILE_WIDTH);
	char path[PIX_TILE_PATH_MAX], error[PIX_ERR_SIZE];
	uint64_t hashes = pix_tile_level_hashes(verify->result.checkpoint.size, tile_level);
	const unsigned char *data;
	size_t size;

	if (tile == hashes / PIX_TILE_WIDTH)
		have = (unsigned int)(hashes % PIX_TILE_WIDTH);
	if (offset + width > have)
		return -1;
	if (verify->cache_level != (int)tile_level || verify->cache_index != tile) {
		pix_tile_path((int)tile_level, tile, have, path);
		if (verify->params.read(verify->params.context, path, &data, &size, error) != 1 ||
		    size != have * sizeof(verify->cache[0]))
			return -1;
		memcpy(verify->cache, data, size);
		verify->cache_level = (int)tile_level;
		verify->cache_index = tile;
	}
	pix_merkle_subtree(verify->hasher, verify->cache + offset, width, hash_r);
	return 0;
}

bool pix_tlog_verify_old(struct pix_tlog_verify *verify, const char *what,
			 const char *note, size_t size, struct pix_checkpoint *cp_r)
{
	uint64_t have = verify->result.checkpoint.size;
	struct pix_hash root;

	if (pix_tlog_check_note(verify, what, note, size, cp_r) < 0)
		return false;
	if (cp_r->size > have) {
		pix_tlog_find(verify, PIX_TLOG_FINDING_BAD,
			"%s was given for %" PRIu64 " records, but the log has %" PRIu64
			": records were removed, or an old copy was put back",
			what, cp_r->size, have);
		return false;
	}
	if (pix_merkle_root_read(verify->hasher, cp_r->size, pix_tlog_hash, verify, &root) < 0) {
		pix_tlog_find(verify, PIX_TLOG_FINDING_BAD,
			      "%s can't be compared: tiles are missing", what);
		return false;
	}
	if (!pix_hash_equal(&root, &cp_r->root)) {
		pix_tlog_find(verify, PIX_TLOG_FINDING_BAD,
			"%s was given for other records: the first %" PRIu64
			" records were rewritten", what, cp_r->size);
		return false;
	}
	return true;
}
