/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */
#ifndef PIX_AUDIT_LOG_PRIVATE_H
#define PIX_AUDIT_LOG_PRIVATE_H

#include "pix-audit-log.h"

#include <pthread.h>

/* bytes of memory for tiles that could not be written */
#define PIX_AUDIT_JOURNAL_MAGIC 0x50584731U /* "PXG1" */
#define PIX_AUDIT_GROUP_HEADER 24

/* A full tile that isn't on disk yet. */
struct pix_audit_tile {
	char path[PIX_TILE_PATH_MAX];
	buffer_t *data;
};

/* paths that the array owns */
ARRAY_DEFINE_TYPE(pix_audit_paths, char *);

struct pix_audit_edge {
	unsigned int count;
	struct pix_hash hash[PIX_TILE_WIDTH];
};

struct pix_audit_log {
	struct pix_audit_log_params params;
	char *log_dir, *journal_dir;
	struct pix_hasher *hasher;
	struct event *event;

	struct pix_merkle_tree tree;
	/* partial tiles of each level */
	struct pix_audit_edge edge[PIX_TILE_LEVELS];
	/* entries of the partial bundle, as in its file */
	buffer_t *bundle;
	ARRAY(struct pix_audit_tile) tiles;
	size_t tiles_bytes;

	uint64_t durable, published;
	/* entries since the last commit, each with 16 bits of length */
	buffer_t *pending;
	unsigned int pending_count;
	char note[PIX_NOTE_MAX];
	size_t note_size;

	int journal_fd;
	char *journal_path;
	/* journals that end before the current one */
	ARRAY_TYPE(pix_audit_paths) old_journals;
	uoff_t journal_size;
	/* the background syncfs(): pipe that tells its end */
	int sync_fd;
	bool sync_running;

	/* partial tiles of the last publication */
	ARRAY_TYPE(pix_audit_paths) partials;
	/* last bundle read */
	uint64_t cache_index;
	buffer_t *cache;
	struct pix_audit_edge *cache_tile;
	int cache_level;
	uint64_t cache_tile_index;
};

/* pix-audit-tiles.c */
void pix_audit_tile_hash(void *context, unsigned int level,
			 const struct pix_hash *hash);
/* Writes the full tiles that wait. */
int pix_audit_tiles_write(struct pix_audit_log *log, const char **error_r);
/* Writes path below the log's directory by a temporary file. */
int pix_audit_file_write(struct pix_audit_log *log, const char *path,
			 const void *data, size_t size, bool sync,
			 const char **error_r);
/* Reads a whole file below the log's directory. 1, 0 if there is none, -1. */
int pix_audit_file_read(struct pix_audit_log *log, const char *path,
			size_t max, buffer_t *dest, const char **error_r);
/* Sets tree and edges to the first size (a multiple of 256) leaves. */
int pix_audit_tiles_load(struct pix_audit_log *log, uint64_t size,
			 const char **error_r);

/* pix-audit-journal.c */
int pix_audit_journal_recover(struct pix_audit_log *log, const char **error_r);
int pix_audit_journal_create(struct pix_audit_log *log, const char **error_r);
int pix_audit_journal_write(struct pix_audit_log *log, const char **error_r);
/* Rotates when large, and removes old ones whose tiles are on disk. */
void pix_audit_journal_housekeep(struct pix_audit_log *log);

/* Frees one path. */
void pix_audit_path_delete(ARRAY_TYPE(pix_audit_paths) *paths, unsigned int idx);

/* Appends to tree, tiles and bundle only. */
void pix_audit_log_add(struct pix_audit_log *log, const void *data, size_t size);
/* Signs the checkpoint of the tree as it is. */
int pix_audit_log_sign(struct pix_audit_log *log, const char **error_r);

#endif
