/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-identity-epoch.h"
#include "hash.h"
#include "ioloop.h"
#include "istream.h"
#include "lib-event.h"
#include "strescape.h"
#include "strnum.h"
#include "write-full.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#define PIX_EPOCH_FILE "epoch"
#define PIX_EPOCH_SYNC_MSECS 1000
/* characters of the MAC that end a line; enough against forging in a file that
   only we may write */
#define PIX_EPOCH_MAC_LEN 32
/* rewrite the file when it has this many lines more than rows */
#define PIX_EPOCH_SLACK 10000
#define PIX_EPOCH_LINE_MAX 4096

struct pix_epoch_row {
	char *key, *owner;
	uint64_t version;
};

struct pix_epoch_owner {
	char *key;
	unsigned int count;
};

struct pix_epoch {
	struct event *event;
	struct pix_keyring *keyring;
	char *path;
	int fd;
	bool existed, dirty;
	unsigned int lines;
	struct timeout *to_sync;
	/* "kind TAB id" */
	HASH_TABLE(char *, struct pix_epoch_row *) rows;
	/* "kind TAB owner", and "TAB owner" for all kinds */
	HASH_TABLE(char *, struct pix_epoch_owner *) owners;
};

static void
pix_epoch_count(struct pix_epoch *epoch, const char *kind, const char *owner,
		int diff)
{
	const char *key = t_strconcat(kind, "\t", owner, NULL);
	struct pix_epoch_owner *entry = hash_table_lookup(epoch->owners, key);

	if (entry == NULL) {
		entry = i_new(struct pix_epoch_owner, 1);
		entry->key = i_strdup(key);
		hash_table_insert(epoch->owners, entry->key, entry);
	}
	i_assert(diff > 0 || entry->count > 0);
	entry->count = (unsigned int)((int)entry->count + diff);
}

/* Returns FALSE if that is known. */
static bool
pix_epoch_set(struct pix_epoch *epoch, const char *kind, const char *id,
	      const char *owner, uint64_t version)
{
	const char *key = t_strconcat(kind, "\t", id, NULL);
	struct pix_epoch_row *row = hash_table_lookup(epoch->rows, key);

	if (row == NULL) {
		row = i_new(struct pix_epoch_row, 1);
		row->key = i_strdup(key);
		hash_table_insert(epoch->rows, row->key, row);
	} else if (row->version >= version)
		return FALSE;
	row->version = version;
	if (row->owner != NULL && strcmp(row->owner, owner) == 0)
		return TRUE;
	if (row->owner != NULL) {
		pix_epoch_count(epoch, kind, row->owner, -1);
		pix_epoch_count(epoch, "", row->owner, -1);
		i_free(row->owner);
	}
	row->owner = i_strdup(owner);
	pix_epoch_count(epoch, kind, owner, 1);
	pix_epoch_count(epoch, "", owner, 1);
	return TRUE;
}

/* kind TAB id TAB owner TAB version TAB kid TAB mac */
static void
pix_epoch_line(struct pix_epoch *epoch, string_t *line, const char *kind,
	       const char *id, const char *owner, uint64_t version)
{
	const char *kid = pix_keyring_kid(epoch->keyring, 0);
	char mac[PIX_KEYRING_MAC_LEN + 1];
	size_t start = str_len(line);

	str_append_tabescaped(line, kind);
	str_append_c(line, '\t');
	str_append_tabescaped(line, id);
	str_append_c(line, '\t');
	str_append_tabescaped(line, owner);
	str_printfa(line, "\t%llu\t%s", (unsigned long long)version, kid);
	if (!pix_keyring_mac(epoch->keyring, kid, str_data(line) + start,
			     str_len(line) - start, mac))
		i_unreached();
	mac[PIX_EPOCH_MAC_LEN] = '\0';
	str_printfa(line, "\t%s\n", mac);
}

static bool pix_epoch_parse(struct pix_epoch *epoch, const char *line)
{
	const char *const *fields = t_strsplit_tabescaped(line);
	char mac[PIX_KEYRING_MAC_LEN + 1];
	const char *last = strrchr(line, '\t');
	uint64_t version;

	if (last == NULL || str_array_length(fields) != 6 ||
	    str_to_uint64(fields[3], &version) < 0)
		return FALSE;
	if (!pix_keyring_mac(epoch->keyring, fields[4], line,
			     (size_t)(last - line), mac) ||
	    strlen(fields[5]) != PIX_EPOCH_MAC_LEN ||
	    !mem_equals_timing_safe(mac, fields[5], PIX_EPOCH_MAC_LEN))
		return FALSE;
	(void)pix_epoch_set(epoch, fields[0], fields[1], fields[2], version);
	return TRUE;
}

static int pix_epoch_read(struct pix_epoch *epoch, const char **error_r)
{
	struct istream *input;
	unsigned int bad = 0, line_no = 0, last_bad = 0;
	const char *line;

	epoch->fd = open(epoch->path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC |
			 O_NOFOLLOW, 0600);
	if (epoch->fd == -1) {
		*error_r = t_strdup_printf("open(%s) failed: %m (check pix_identity_epoch_dir)",
					   epoch->path);
		return -1;
	}
	input = i_stream_create_fd(epoch->fd, PIX_EPOCH_LINE_MAX);
	while ((line = i_stream_read_next_line(input)) != NULL) {
		line_no++;
		T_BEGIN {
			if (!pix_epoch_parse(epoch, line)) {
				bad++;
				last_bad = line_no;
			}
		} T_END;
	}
	i_stream_destroy(&input);
	epoch->lines = line_no;
	epoch->existed = line_no > 0;
	/* a crash of the machine may cut the last line */
	if (bad > 1 || (bad == 1 && last_bad != line_no)) {
		e_error(epoch->event, "%s: %u lines are damaged or were made with another key: rows that they named are no longer protected against being rolled back",
			epoch->path, bad);
	}
	return 0;
}

static void pix_epoch_sync(struct pix_epoch *epoch)
{
	timeout_remove(&epoch->to_sync);
	if (epoch->dirty && fdatasync(epoch->fd) < 0)
		e_error(epoch->event, "fdatasync(%s) failed: %m", epoch->path);
	epoch->dirty = FALSE;
}

static void pix_epoch_write(struct pix_epoch *epoch, int fd, const string_t *str)
{
	if (write_full(fd, str_data(str), str_len(str)) < 0)
		e_error(epoch->event, "write(%s) failed: %m: the newest changes are not protected against being rolled back",
			epoch->path);
	epoch->dirty = TRUE;
	if (epoch->to_sync == NULL)
		epoch->to_sync = timeout_add(PIX_EPOCH_SYNC_MSECS, pix_epoch_sync, epoch);
}

/* Writes the file anew with one line a row. */
static void pix_epoch_compact(struct pix_epoch *epoch)
{
	const char *temp = t_strconcat(epoch->path, ".new", NULL);
	struct hash_iterate_context *iter;
	struct pix_epoch_row *row;
	string_t *str = str_new(default_pool, 65536);
	unsigned int lines = 0;
	char *key;
	int fd;

	fd = open(temp, O_RDWR | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);
	if (fd == -1) {
		e_error(epoch->event, "open(%s) failed: %m", temp);
		str_free(&str);
		return;
	}
	iter = hash_table_iterate_init(epoch->rows);
	while (hash_table_iterate(iter, epoch->rows, &key, &row)) {
		const char *id = strchr(key, '\t');

		pix_epoch_line(epoch, str, t_strdup_until(key, id), id + 1,
			       row->owner, row->version);
		lines++;
	}
	hash_table_iterate_deinit(&iter);
	if (write_full(fd, str_data(str), str_len(str)) < 0 ||
	    fdatasync(fd) < 0 || rename(temp, epoch->path) < 0) {
		e_error(epoch->event, "Can't write %s: %m", temp);
		i_close_fd(&fd);
	} else {
		i_close_fd(&epoch->fd);
		epoch->fd = fd;
		epoch->lines = lines;
	}
	str_free(&str);
}

int pix_epoch_init(const char *dir, struct pix_keyring *keyring,
		   struct event *event_parent, struct pix_epoch **epoch_r,
		   const char **error_r)
{
	struct pix_epoch *epoch = i_new(struct pix_epoch, 1);

	epoch->event = event_create(event_parent);
	event_set_append_log_prefix(epoch->event, "epoch: ");
	epoch->keyring = keyring;
	epoch->path = i_strdup_printf("%s/"PIX_EPOCH_FILE, dir);
	epoch->fd = -1;
	hash_table_create(&epoch->rows, default_pool, 0, str_hash, strcmp);
	hash_table_create(&epoch->owners, default_pool, 0, str_hash, strcmp);
	if (pix_epoch_read(epoch, error_r) < 0) {
		pix_epoch_deinit(&epoch);
		return -1;
	}
	*epoch_r = epoch;
	return 0;
}

void pix_epoch_deinit(struct pix_epoch **_epoch)
{
	struct pix_epoch *epoch = *_epoch;
	struct hash_iterate_context *iter;
	struct pix_epoch_owner *owner;
	struct pix_epoch_row *row;
	char *key;

	if (epoch == NULL)
		return;
	*_epoch = NULL;
	if (epoch->fd != -1)
		pix_epoch_sync(epoch);
	iter = hash_table_iterate_init(epoch->rows);
	while (hash_table_iterate(iter, epoch->rows, &key, &row)) {
		i_free(row->key);
		i_free(row->owner);
		i_free(row);
	}
	hash_table_iterate_deinit(&iter);
	iter = hash_table_iterate_init(epoch->owners);
	while (hash_table_iterate(iter, epoch->owners, &key, &owner)) {
		i_free(owner->key);
		i_free(owner);
	}
	hash_table_iterate_deinit(&iter);
	hash_table_destroy(&epoch->rows);
	hash_table_destroy(&epoch->owners);
	i_close_fd(&epoch->fd);
	event_unref(&epoch->event);
	i_free(epoch->path);
	i_free(epoch);
}

bool pix_epoch_existed(const struct pix_epoch *epoch)
{
	return epoch->existed;
}

uint64_t pix_epoch_version(const struct pix_epoch *epoch, const char *kind,
			   const char *id)
{
	struct pix_epoch_row *row =
		hash_table_lookup(epoch->rows, t_strconcat(kind, "\t", id, NULL));

	return row == NULL ? 0 : row->version;
}

void pix_epoch_seen(struct pix_epoch *epoch, const char *kind, const char *id,
		    const char *owner, uint64_t version)
{
	string_t *line = t_str_new(256);

	if (!pix_epoch_set(epoch, kind, id, owner, version))
		return;
	pix_epoch_line(epoch, line, kind, id, owner, version);
	pix_epoch_write(epoch, epoch->fd, line);
	if (++epoch->lines > hash_table_count(epoch->rows) * 2 + PIX_EPOCH_SLACK)
		pix_epoch_compact(epoch);
}

unsigned int pix_epoch_owner_rows(const struct pix_epoch *epoch,
				  const char *owner, const char *kind)
{
	const struct pix_epoch_owner *entry =
		hash_table_lookup(epoch->owners,
			t_strconcat(kind == NULL ? "" : kind, "\t", owner, NULL));

	return entry == NULL ? 0 : entry->count;
}

void pix_epoch_foreach_owner(const struct pix_epoch *epoch, const char *kind,
			     void (*func)(const char *owner, void *context),
			     void *context)
{
	const size_t len = strlen(kind);
	struct hash_iterate_context *iter;
	struct pix_epoch_owner *owner;
	char *key;

	iter = hash_table_iterate_init(epoch->owners);
	while (hash_table_iterate(iter, epoch->owners, &key, &owner)) {
		if (owner->count > 0 && strncmp(key, kind, len) == 0 &&
		    key[len] == '\t')
			func(key + len + 1, context);
	}
	hash_table_iterate_deinit(&iter);
}
