/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

/* A search runs in slices between commits: first it finds the positions by the
   index, then it reads the page that is asked for. */

#include "pix-audit.h"
#include "ioloop.h"
#include "time-util.h"

/* longest time that records have to wait for a search */
#define PIX_AUDIT_SLICE_USECS 5000
#define PIX_AUDIT_SEARCH_MAX_ROWS 1000
/* an answer ends with the record that passes this size, in bytes */
#define PIX_AUDIT_SEARCH_MAX_SIZE (8 * 1024 * 1024)
#define PIX_AUDIT_SEARCH_MAX_FILTERS 16
/* the record of the query must hold all values */
#define PIX_AUDIT_SEARCH_MAX_VALUE 512

struct pix_audit_filter {
	enum pix_audit_term_field field;
	const char *name, *value;
	struct pix_audit_positions lists[PIX_AUDIT_SEGMENT_CHUNKS];
};

struct pix_audit_search {
	struct pix_audit *audit;
	struct pix_service_conn *conn;
	struct timeout *to;
	uint64_t id;
	pool_t pool, segment_pool;

	struct pix_audit_filter filters[PIX_AUDIT_SEARCH_MAX_FILTERS];
	unsigned int filter_count;
	int64_t since, until;
	uint64_t limit, offset;
	bool reverse;

	/* the segment whose lists are loaded, or UINT_MAX */
	unsigned int segment;
	unsigned int chunks, chunks_done;
	uint64_t total, reading;
	ARRAY(uint64_t) page;
	buffer_t *answer;
	uint64_t rows;
};

static const struct {
	const char *name;
	enum pix_audit_term_field field;
} filter_names[] = {
	{ "owner", PIX_AUDIT_TERM_OWNER },
	{ "actor", PIX_AUDIT_TERM_ACTOR },
	{ "kind", PIX_AUDIT_TERM_KIND },
	{ "ip", PIX_AUDIT_TERM_IP },
	{ "message", PIX_AUDIT_TERM_MESSAGE },
	{ "mailbox", PIX_AUDIT_TERM_MAILBOX },
	{ "session", PIX_AUDIT_TERM_SESSION },
	{ "credential", PIX_AUDIT_TERM_CREDENTIAL },
	{ "outcome", PIX_AUDIT_TERM_OUTCOME },
	{ "address", PIX_AUDIT_TERM_ADDRESS },
	{ "receipt", PIX_AUDIT_TERM_RECEIPT },
	{ "foreign", PIX_AUDIT_TERM_FOREIGN },
};

static void pix_audit_search_free(struct pix_audit_search *search)
{
	pool_t pool = search->pool;

	timeout_remove(&search->to);
	array_free(&search->page);
	buffer_free(&search->answer);
	pool_unref(&search->segment_pool);
	pix_service_conn_unref(&search->conn);
	pool_unref(&pool);
}

static void pix_audit_search_fail(struct pix_audit_search *search, const char *error)
{
	e_error(search->audit->event, "Search failed: %s", error);
	pix_service_fail(search->conn, search->id, "data",
			 "The log or its index can't be read: see Dovecot's log");
	pix_audit_search_free(search);
}

static bool
pix_audit_value_any(const struct pix_audit_record *record, const char *value,
		    enum pix_audit_field a, enum pix_audit_field b,
		    enum pix_audit_field c)
{
	return pix_audit_value_equals(&record->field[a], value) ||
		pix_audit_value_equals(&record->field[b], value) ||
		pix_audit_value_equals(&record->field[c], value);
}

static bool
pix_audit_filter_match(const struct pix_audit_filter *filter,
		       const struct pix_audit_record *record)
{
	const struct pix_audit_value *kind = &record->field[PIX_AUDIT_FIELD_KIND];
	enum pix_audit_field field;

	switch (filter->field) {
	case PIX_AUDIT_TERM_CLASS:
		return kind->size > strlen(filter->value) &&
			memcmp(kind->data, filter->value, strlen(filter->value)) == 0 &&
			kind->data[strlen(filter->value)] == '.';
	case PIX_AUDIT_TERM_MESSAGE:
		return pix_audit_value_any(record, filter->value, PIX_AUDIT_FIELD_MSGID,
					   PIX_AUDIT_FIELD_GUID, PIX_AUDIT_FIELD_SHA256);
	case PIX_AUDIT_TERM_MAILBOX:
		return pix_audit_value_any(record, filter->value, PIX_AUDIT_FIELD_MAILBOX,
					   PIX_AUDIT_FIELD_TO_MAILBOX, PIX_AUDIT_FIELD_MAILBOX);
	case PIX_AUDIT_TERM_ADDRESS:
		return pix_audit_value_any(record, filter->value, PIX_AUDIT_FIELD_SENDER,
					   PIX_AUDIT_FIELD_RECIPIENT, PIX_AUDIT_FIELD_SENDER);
	case PIX_AUDIT_TERM_FOREIGN:
		return pix_audit_record_foreign(record) &&
			pix_audit_value_equals(&record->field[PIX_AUDIT_FIELD_OWNER], filter->value);
	case PIX_AUDIT_TERM_KIND:
		field = PIX_AUDIT_FIELD_KIND;
		break;
	case PIX_AUDIT_TERM_OWNER:
		field = PIX_AUDIT_FIELD_OWNER;
		break;
	case PIX_AUDIT_TERM_ACTOR:
		field = PIX_AUDIT_FIELD_ACTOR;
		break;
	case PIX_AUDIT_TERM_IP:
		field = PIX_AUDIT_FIELD_IP;
		break;
	case PIX_AUDIT_TERM_SESSION:
		field = PIX_AUDIT_FIELD_SESSION;
		break;
	case PIX_AUDIT_TERM_CREDENTIAL:
		field = PIX_AUDIT_FIELD_CREDENTIAL;
		break;
	case PIX_AUDIT_TERM_OUTCOME:
		field = PIX_AUDIT_FIELD_OUTCOME;
		break;
	case PIX_AUDIT_TERM_RECEIPT:
		field = PIX_AUDIT_FIELD_RECEIPT;
		break;
	default:
		return FALSE;
	}
	return pix_audit_value_equals(&record->field[field], filter->value);
}

/* Reads one record. Returns 1 if it is what is searched, 0 if not, -1 and error_r. */
static int
pix_audit_search_read(struct pix_audit_search *search, uint64_t index,
		      struct pix_bundle_entry *entry_r, const char **error_r)
{
	struct pix_bundle_entry entries[PIX_TILE_WIDTH];
	struct pix_audit_record record;
	int ret = pix_audit_log_read(search->audit->log, index, entries, error_r);

	/* 0: appended, but not durable yet */
	if (ret <= 0)
		return ret;
	*entry_r = entries[0];
	if (pix_audit_record_scan(entry_r->data, entry_r->size, TRUE, &record) != PIX_AUDIT_OK ||
	    record.t < search->since || record.t >= search->until)
		return 0;
	for (unsigned int i = 0; i < search->filter_count; i++) {
		if (!pix_audit_filter_match(&search->filters[i], &record))
			return 0;
	}
	return 1;
}

/* Positions that all lists hold. Returns the number. */
static unsigned int
pix_audit_search_intersect(struct pix_audit_search *search, unsigned int in_segment,
			   uint16_t *out)
{
	const struct pix_audit_positions *first = &search->filters[0].lists[in_segment];
	unsigned int count = first->count;

	if (count > 0)
		memcpy(out, first->pos, count * sizeof(*out));
	for (unsigned int i = 1; i < search->filter_count && count > 0; i++) {
		const struct pix_audit_positions *list = &search->filters[i].lists[in_segment];
		unsigned int a = 0, b = 0, kept = 0;

		while (a < count && b < list->count) {
			if (out[a] < list->pos[b])
				a++;
			else if (out[a] > list->pos[b])
				b++;
			else {
				out[kept++] = out[a++];
				b++;
			}
		}
		count = kept;
	}
	return count;
}

static int
pix_audit_search_candidate(struct pix_audit_search *search, uint64_t index, bool check,
			   const char **error_r)
{
	struct pix_bundle_entry entry;
	int ret;

	if (check) {
		ret = pix_audit_search_read(search, index, &entry, error_r);
		if (ret <= 0)
			return ret;
	} else if (index >= pix_audit_log_durable(search->audit->log)) {
		return 0;
	}
	if (search->total >= search->offset &&
	    search->total < search->offset + search->limit)
		array_push_back(&search->page, &index);
	search->total++;
	return 0;
}

static int
pix_audit_search_chunk(struct pix_audit_search *search, unsigned int number,
		       const char **error_r)
{
	uint16_t pos[PIX_AUDIT_CHUNK_SIZE];
	struct pix_audit_chunk chunk;
	unsigned int count;
	bool check, all = search->filter_count == 0;

	if (!pix_audit_index_chunk(search->audit->index, number, &chunk) ||
	    chunk.max_t < search->since || chunk.min_t >= search->until)
		return 0;
	check = chunk.min_t < search->since || chunk.max_t >= search->until;
	count = all ? chunk.count :
		pix_audit_search_intersect(search, number % PIX_AUDIT_SEGMENT_CHUNKS, pos);
	for (unsigned int i = 0; i < count; i++) {
		unsigned int n = search->reverse ? count - 1 - i : i;

		if (pix_audit_search_candidate(search, chunk.first + (all ? n : pos[n]),
					       check, error_r) < 0)
			return -1;
	}
	return 0;
}

static int
pix_audit_search_segment(struct pix_audit_search *search, unsigned int number,
			 const char **error_r)
{
	if (search->segment == number)
		return 0;
	p_clear(search->segment_pool);
	for (unsigned int i = 0; i < search->filter_count; i++) {
		struct pix_audit_filter *filter = &search->filters[i];

		if (pix_audit_index_find(search->audit->index, search->segment_pool, number,
					 pix_audit_term(filter->field, filter->value,
							strlen(filter->value)),
					 filter->lists, error_r) < 0)
			return -1;
	}
	search->segment = number;
	return 0;
}

static void pix_audit_search_done(struct pix_audit_search *search)
{
	str_printfa(search->answer, "],\"total\":%llu}", (unsigned long long)search->total);
	if (pix_service_conn_alive(search->conn))
		pix_service_send(search->conn, PIX_FRAME_ANSWER, search->answer->data,
				 search->answer->used);
	pix_audit_search_free(search);
}

/* Appends one record of the page. */
static int pix_audit_search_row(struct pix_audit_search *search, const char **error_r)
{
	uint64_t index = *array_idx(&search->page, (unsigned int)search->reading++);
	struct pix_bundle_entry entry;
	int ret = pix_audit_search_read(search, index, &entry, error_r);

	if (ret <= 0)
		return ret;
	str_printfa(search->answer, "%s{\"index\":%llu,\"record\":",
		    search->rows++ == 0 ? "" : ",", (unsigned long long)index);
	buffer_append(search->answer, entry.data, entry.size);
	str_append_c(search->answer, '}');
	return 0;
}

static void pix_audit_search_slice(struct pix_audit_search *search)
{
	struct timeval start, now;
	const char *error = NULL;
	int ret = 0;

	if (!pix_service_conn_alive(search->conn)) {
		pix_audit_search_free(search);
		return;
	}
	i_gettimeofday(&start);
	do T_BEGIN {
		if (search->chunks_done < search->chunks) {
			unsigned int n = search->chunks_done++;

			if (search->reverse)
				n = search->chunks - 1 - n;
			ret = pix_audit_search_segment(search, n / PIX_AUDIT_SEGMENT_CHUNKS, &error);
			if (ret == 0)
				ret = pix_audit_search_chunk(search, n, &error);
		} else if (search->reading < array_count(&search->page) &&
			   search->answer->used < PIX_AUDIT_SEARCH_MAX_SIZE) {
			ret = pix_audit_search_row(search, &error);
		} else {
			ret = 1;
		}
		i_gettimeofday(&now);
	} T_END_PASS_STR_IF(ret < 0, &error);
	while (ret == 0 && timeval_diff_usecs(&now, &start) < PIX_AUDIT_SLICE_USECS);
	if (ret < 0)
		pix_audit_search_fail(search, error);
	else if (ret > 0)
		pix_audit_search_done(search);
}

static bool
pix_audit_search_filters(struct pix_audit_search *search, const json_t *args)
{
	for (unsigned int i = 0; i < N_ELEMENTS(filter_names); i++) {
		const char *value = pix_json_str(args, filter_names[i].name);
		struct pix_audit_filter *filter = &search->filters[search->filter_count];
		size_t len;

		if (value == NULL)
			continue;
		len = strlen(value);
		if (len == 0 || len > PIX_AUDIT_SEARCH_MAX_VALUE)
			return FALSE;
		filter->name = filter_names[i].name;
		filter->field = filter_names[i].field;
		filter->value = p_strdup(search->pool, value);
		if (filter->field == PIX_AUDIT_TERM_KIND && len > 2 &&
		    strcmp(value + len - 2, ".*") == 0) {
			filter->field = PIX_AUDIT_TERM_CLASS;
			filter->value = p_strndup(search->pool, value, len - 2);
		}
		search->filter_count++;
	}
	return TRUE;
}

/* What was asked, by whom, is a record, too. */
static void pix_audit_search_record(struct pix_audit_search *search, const json_t *args)
{
	string_t *query = t_str_new(256), *members = t_str_new(256);

	for (unsigned int i = 0; i < search->filter_count; i++) {
		str_printfa(query, "%s%s=", i == 0 ? "" : " ", search->filters[i].name);
		pix_audit_escape(query, search->filters[i].value);
	}
	if (search->since > 0)
		str_printfa(query, " since=%lld", (long long)search->since);
	if (search->until < INT64_MAX)
		str_printfa(query, " until=%lld", (long long)search->until);
	pix_audit_admin_members(search->conn, args, members);
	if (pix_json_str(args, "owner") != NULL) {
		str_append(members, "\"owner\":\"");
		pix_audit_escape(members, pix_json_str(args, "owner"));
		str_append(members, "\",");
	}
	pix_audit_self_record(search->audit, "audit.query",
			      "%s\"command\":\"search\",\"query\":\"%s\"",
			      str_c(members), str_c(query));
}

void pix_audit_search_request(struct pix_service_conn *conn, uint64_t id,
			      const json_t *args)
{
	pool_t pool = pool_alloconly_create("pix audit search", 4096);
	struct pix_audit_search *search = p_new(pool, struct pix_audit_search, 1);
	int64_t num;

	search->audit = pix_audit_of(conn);
	search->conn = conn;
	pix_service_conn_ref(conn);
	search->id = id;
	search->pool = pool;
	search->segment_pool = pool_alloconly_create("pix audit positions", 65536);
	search->segment = UINT_MAX;
	i_array_init(&search->page, 128);
	search->answer = buffer_create_dynamic(default_pool, 16384);
	search->since = pix_json_int(args, "since", 0, INT64_MAX, &num) ? num : 0;
	search->until = pix_json_int(args, "until", 0, INT64_MAX, &num) ? num : INT64_MAX;
	search->limit = pix_json_int(args, "limit", 0, PIX_AUDIT_SEARCH_MAX_ROWS, &num) ?
		(uint64_t)num : 100;
	search->offset = pix_json_int(args, "offset", 0, INT64_MAX / 2, &num) ?
		(uint64_t)num : 0;
	search->reverse = pix_json_true(args, "reverse");
	if (!pix_audit_search_filters(search, args)) {
		pix_service_fail(conn, id, "invalid", "A filter is empty or too long");
		pix_audit_search_free(search);
		return;
	}
	pix_audit_search_record(search, args);
	/* what is there already is found, the query's own record isn't */
	search->chunks = pix_audit_index_chunks(search->audit->index);
	str_printfa(search->answer, "{\"id\":%llu,\"rows\":[", (unsigned long long)id);
	search->to = timeout_add_short(0, pix_audit_search_slice, search);
}
