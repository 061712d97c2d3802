/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-audit-index-private.h"
#include "lib-event.h"

/* longest posting list: 65536 differences of at most 3 bytes, but 65536 of
   them are all 1 */
#define PIX_AUDIT_LIST_MAX (PIX_AUDIT_CHUNK_SIZE * 3U)

uint64_t pix_audit_term(enum pix_audit_term_field field, const void *value, size_t size)
{
	const unsigned char *p = value;
	/* FNV-1a, then a mixer: its low bits alone are weak */
	uint64_t h = 0xcbf29ce484222325ULL ^ (uint64_t)field * 0x9e3779b97f4a7c15ULL;

	for (size_t i = 0; i < size; i++)
		h = (h ^ p[i]) * 0x100000001b3ULL;
	h ^= h >> 32;
	h *= 0xd6e8feb86659fd93ULL;
	return h ^ h >> 29;
}

static const struct {
	enum pix_audit_field field;
	enum pix_audit_term_field term;
} term_fields[] = {
	{ PIX_AUDIT_FIELD_KIND, PIX_AUDIT_TERM_KIND },
	{ PIX_AUDIT_FIELD_OWNER, PIX_AUDIT_TERM_OWNER },
	{ PIX_AUDIT_FIELD_ACTOR, PIX_AUDIT_TERM_ACTOR },
	{ PIX_AUDIT_FIELD_IP, PIX_AUDIT_TERM_IP },
	{ PIX_AUDIT_FIELD_SESSION, PIX_AUDIT_TERM_SESSION },
	{ PIX_AUDIT_FIELD_MSGID, PIX_AUDIT_TERM_MESSAGE },
	{ PIX_AUDIT_FIELD_GUID, PIX_AUDIT_TERM_MESSAGE },
	{ PIX_AUDIT_FIELD_SHA256, PIX_AUDIT_TERM_MESSAGE },
	{ PIX_AUDIT_FIELD_MAILBOX, PIX_AUDIT_TERM_MAILBOX },
	{ PIX_AUDIT_FIELD_TO_MAILBOX, PIX_AUDIT_TERM_MAILBOX },
	{ PIX_AUDIT_FIELD_CREDENTIAL, PIX_AUDIT_TERM_CREDENTIAL },
	{ PIX_AUDIT_FIELD_OUTCOME, PIX_AUDIT_TERM_OUTCOME },
	{ PIX_AUDIT_FIELD_RECIPIENT, PIX_AUDIT_TERM_ADDRESS },
	{ PIX_AUDIT_FIELD_SENDER, PIX_AUDIT_TERM_ADDRESS },
	{ PIX_AUDIT_FIELD_RECEIPT, PIX_AUDIT_TERM_RECEIPT },
};

static void
pix_audit_index_put(struct pix_audit_index *index, uint64_t term)
{
	struct pix_audit_entry *entry = array_append_space(&index->entries);

	entry->term = term;
	entry->pos = (uint32_t)(index->next - index->base);
}

void pix_audit_index_add(struct pix_audit_index *index,
			 const struct pix_audit_record *record)
{
	const struct pix_audit_value *kind = &record->field[PIX_AUDIT_FIELD_KIND];
	const char *dot = memchr(kind->data, '.', kind->size);
	char buf[PIX_AUDIT_RECORD_MAX + PIX_AUDIT_PREFIX_MAX];

	for (unsigned int i = 0; i < N_ELEMENTS(term_fields); i++) {
		const struct pix_audit_value *value = &record->field[term_fields[i].field];
		const char *data = value->data;
		size_t size = value->size;

		if (data == NULL)
			continue;
		if (value->escaped) {
			size = pix_audit_value_unescape(value, buf);
			data = buf;
		}
		pix_audit_index_put(index, pix_audit_term(term_fields[i].term, data, size));
	}
	pix_audit_index_put(index, pix_audit_term(PIX_AUDIT_TERM_CLASS, kind->data,
						  (size_t)(dot - kind->data)));
	if (pix_audit_record_foreign(record)) {
		const struct pix_audit_value *owner = &record->field[PIX_AUDIT_FIELD_OWNER];

		pix_audit_index_put(index, pix_audit_term(PIX_AUDIT_TERM_FOREIGN, buf,
				pix_audit_value_unescape(owner, buf)));
	}
	array_push_back(&index->times, &record->t);
	index->next++;
}

void pix_audit_index_skip(struct pix_audit_index *index)
{
	static const int64_t none = -1;

	array_push_back(&index->times, &none);
	index->next++;
}

uint64_t pix_audit_index_next(const struct pix_audit_index *index)
{
	return index->next;
}

bool pix_audit_index_flush_wanted(const struct pix_audit_index *index, uint64_t durable)
{
	return index->next >= index->base + PIX_AUDIT_CHUNK_SIZE &&
		durable >= index->base + PIX_AUDIT_CHUNK_SIZE;
}

/* Sorts by term, keeping the order of positions: 16 bits at a time. */
static void
pix_audit_entries_sort(struct pix_audit_entry *entries, struct pix_audit_entry *work,
		       unsigned int count)
{
	unsigned int *offsets = i_new(unsigned int, 65536);

	for (unsigned int shift = 0; shift < 64; shift += 16) {
		unsigned int sum = 0;
		struct pix_audit_entry *tmp;

		memset(offsets, 0, sizeof(*offsets) * 65536);
		for (unsigned int i = 0; i < count; i++)
			offsets[entries[i].term >> shift & 0xffff]++;
		for (unsigned int i = 0; i < 65536; i++) {
			unsigned int n = offsets[i];

			offsets[i] = sum;
			sum += n;
		}
		for (unsigned int i = 0; i < count; i++)
			work[offsets[entries[i].term >> shift & 0xffff]++] = entries[i];
		tmp = entries;
		entries = work;
		work = tmp;
	}
	/* four passes: the result is where it was at first */
	i_free(offsets);
}

static size_t
pix_audit_list_encode(const struct pix_audit_entry *entries, unsigned int count,
		      unsigned char *out)
{
	uint32_t last = 0;
	size_t size = 0;

	for (unsigned int i = 0; i < count; i++) {
		uint32_t diff = entries[i].pos - last;

		/* two fields of one record with the same value */
		if (i > 0 && diff == 0)
			continue;
		last = entries[i].pos;
		while (diff >= 0x80) {
			out[size++] = (unsigned char)(diff | 0x80);
			diff >>= 7;
		}
		out[size++] = (unsigned char)diff;
	}
	return size;
}

/* Returns the number of positions; damaged lists end early. */
static unsigned int
pix_audit_list_decode(const unsigned char *data, size_t size, uint16_t *pos_r)
{
	unsigned int count = 0;
	uint32_t pos = 0;
	size_t i = 0;

	while (i < size && count < PIX_AUDIT_CHUNK_SIZE) {
		uint32_t diff = 0;
		unsigned int shift = 0;

		while (i < size && shift < 21 && data[i] >= 0x80) {
			diff |= (uint32_t)(data[i++] & 0x7f) << shift;
			shift += 7;
		}
		if (i >= size)
			break;
		diff |= (uint32_t)data[i++] << shift;
		pos += diff;
		if (pos >= PIX_AUDIT_CHUNK_SIZE)
			break;
		pos_r[count++] = (uint16_t)pos;
	}
	return count;
}

static int
pix_audit_postings_write(struct pix_audit_index *index, unsigned int chunk,
			 const struct pix_audit_entry *entries, unsigned int count,
			 const char **error_r)
{
	struct pix_audit_segment *segment =
		pix_audit_segment_get(index, chunk / PIX_AUDIT_SEGMENT_CHUNKS, error_r);
	unsigned char *list;
	int ret;

	if (segment == NULL)
		return -1;
	list = i_malloc(PIX_AUDIT_LIST_MAX);
	ret = sqlite3_exec(segment->db, "BEGIN", NULL, NULL, NULL);
	for (unsigned int i = 0, end; i < count && ret == SQLITE_OK; i = end) {
		for (end = i + 1; end < count && entries[end].term == entries[i].term; )
			end++;
		sqlite3_bind_int64(segment->insert, 1, (int64_t)entries[i].term);
		sqlite3_bind_int64(segment->insert, 2, chunk % PIX_AUDIT_SEGMENT_CHUNKS);
		sqlite3_bind_blob(segment->insert, 3, list,
				  (int)pix_audit_list_encode(entries + i, end - i, list),
				  SQLITE_STATIC);
		if (sqlite3_step(segment->insert) != SQLITE_DONE)
			ret = SQLITE_ERROR;
		sqlite3_reset(segment->insert);
	}
	if (ret == SQLITE_OK)
		ret = sqlite3_exec(segment->db, "COMMIT", NULL, NULL, NULL);
	if (ret != SQLITE_OK) {
		*error_r = t_strdup_printf("%s/%06u.sqlite: %s", index->dir, segment->number,
					   sqlite3_errmsg(segment->db));
		(void)sqlite3_exec(segment->db, "ROLLBACK", NULL, NULL, NULL);
	}
	i_free(list);
	return ret == SQLITE_OK ? 0 : -1;
}

static void
pix_audit_chunk_times(const int64_t *times, unsigned int count,
		      struct pix_audit_chunk *chunk)
{
	chunk->min_t = INT64_MAX;
	chunk->max_t = -1;
	for (unsigned int i = 0; i < count; i++) {
		if (times[i] < 0)
			continue;
		if (times[i] < chunk->min_t)
			chunk->min_t = times[i];
		if (times[i] > chunk->max_t)
			chunk->max_t = times[i];
	}
}

int pix_audit_index_flush(struct pix_audit_index *index, const char **error_r)
{
	unsigned int all, count = 0, kept = 0;
	struct pix_audit_entry *entries = array_get_modifiable(&index->entries, &all);
	struct pix_audit_entry *chunk_entries, *work;
	struct pix_audit_chunk chunk = {
		.first = index->base, .count = PIX_AUDIT_CHUNK_SIZE,
	};
	int ret;

	while (count < all && entries[count].pos < PIX_AUDIT_CHUNK_SIZE)
		count++;
	chunk_entries = i_new(struct pix_audit_entry, count + 1);
	work = i_new(struct pix_audit_entry, count + 1);
	memcpy(chunk_entries, entries, count * sizeof(*entries));
	pix_audit_entries_sort(chunk_entries, work, count);
	T_BEGIN {
		ret = pix_audit_postings_write(index, array_count(&index->chunks),
					       chunk_entries, count, error_r);
	} T_END_PASS_STR_IF(ret < 0, error_r);
	i_free(chunk_entries);
	i_free(work);
	if (ret < 0) {
		array_clear(&index->entries);
		array_clear(&index->times);
		index->next = index->base;
		return -1;
	}
	pix_audit_chunk_times(array_front(&index->times), PIX_AUDIT_CHUNK_SIZE, &chunk);
	array_push_back(&index->chunks, &chunk);
	for (; count < all; count++, kept++) {
		entries[kept] = entries[count];
		entries[kept].pos -= PIX_AUDIT_CHUNK_SIZE;
	}
	array_delete(&index->entries, kept, all - kept);
	array_delete(&index->times, 0, PIX_AUDIT_CHUNK_SIZE);
	index->base += PIX_AUDIT_CHUNK_SIZE;
	return 0;
}

unsigned int pix_audit_index_chunks(const struct pix_audit_index *index)
{
	return array_count(&index->chunks) + (index->next > index->base ? 1 : 0);
}

bool pix_audit_index_chunk(const struct pix_audit_index *index, unsigned int chunk,
			   struct pix_audit_chunk *chunk_r)
{
	unsigned int stored = array_count(&index->chunks);

	if (chunk < stored) {
		*chunk_r = *array_idx(&index->chunks, chunk);
		return TRUE;
	}
	if (chunk > stored || index->next == index->base)
		return FALSE;
	chunk_r->first = index->base;
	chunk_r->count = I_MIN(array_count(&index->times), PIX_AUDIT_CHUNK_SIZE);
	pix_audit_chunk_times(array_front(&index->times), chunk_r->count, chunk_r);
	return TRUE;
}

/* The open chunk: its list is looked through. */
static void
pix_audit_index_find_open(struct pix_audit_index *index, pool_t pool, uint64_t term,
			  struct pix_audit_positions *list_r)
{
	const struct pix_audit_entry *entry;
	unsigned int count = 0;
	uint16_t *pos;

	array_foreach(&index->entries, entry) {
		if (entry->term == term)
			count++;
	}
	if (count == 0)
		return;
	pos = p_new(pool, uint16_t, count);
	count = 0;
	array_foreach(&index->entries, entry) {
		if (entry->term == term && entry->pos < PIX_AUDIT_CHUNK_SIZE &&
		    (count == 0 || pos[count - 1] != entry->pos))
			pos[count++] = (uint16_t)entry->pos;
	}
	list_r->pos = pos;
	list_r->count = count;
}

int pix_audit_index_find(struct pix_audit_index *index, pool_t pool,
			 unsigned int number, uint64_t term,
			 struct pix_audit_positions *lists_r, const char **error_r)
{
	unsigned int stored = array_count(&index->chunks);
	struct pix_audit_segment *segment;
	int ret;

	memset(lists_r, 0, sizeof(*lists_r) * PIX_AUDIT_SEGMENT_CHUNKS);
	if (number == stored / PIX_AUDIT_SEGMENT_CHUNKS) {
		pix_audit_index_find_open(index, pool, term,
					  &lists_r[stored % PIX_AUDIT_SEGMENT_CHUNKS]);
		if (stored % PIX_AUDIT_SEGMENT_CHUNKS == 0)
			return 0;
	}
	segment = pix_audit_segment_get(index, number, error_r);
	if (segment == NULL)
		return -1;
	sqlite3_bind_int64(segment->find, 1, (int64_t)term);
	while ((ret = sqlite3_step(segment->find)) == SQLITE_ROW) {
		int64_t chunk = sqlite3_column_int64(segment->find, 0);
		size_t size = (size_t)sqlite3_column_bytes(segment->find, 1);
		struct pix_audit_positions *list;
		uint16_t *pos;

		/* chunks beyond the stored ones come from before a rebuild */
		if (chunk < 0 || chunk >= PIX_AUDIT_SEGMENT_CHUNKS || size == 0 ||
		    number * PIX_AUDIT_SEGMENT_CHUNKS + (unsigned int)chunk >= stored)
			continue;
		list = &lists_r[chunk];
		pos = p_new(pool, uint16_t, I_MIN(size, PIX_AUDIT_CHUNK_SIZE));
		list->count = pix_audit_list_decode(
			sqlite3_column_blob(segment->find, 1),
			I_MIN(size, PIX_AUDIT_CHUNK_SIZE * 3), pos);
		list->pos = pos;
	}
	sqlite3_reset(segment->find);
	if (ret != SQLITE_DONE) {
		*error_r = t_strdup_printf("%s/%06u.sqlite: %s", index->dir, number,
					   sqlite3_errmsg(segment->db));
		return -1;
	}
	return 0;
}
