/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-audit.h"

void pix_audit_producers_init(struct pix_audit *audit)
{
	hash_table_create(&audit->producers, default_pool, 0, str_hash, strcmp);
	i_array_init(&audit->dirty, 64);
}

void pix_audit_producers_deinit(struct pix_audit *audit)
{
	struct hash_iterate_context *iter;
	struct pix_audit_producer *producer;
	char *name;

	iter = hash_table_iterate_init(audit->producers);
	while (hash_table_iterate(iter, audit->producers, &name, &producer)) {
		i_free(producer->name);
		i_free(producer);
	}
	hash_table_iterate_deinit(&iter);
	hash_table_destroy(&audit->producers);
	array_free(&audit->dirty);
}

struct pix_audit_producer *
pix_audit_producer_get(struct pix_audit *audit, const char *name)
{
	struct pix_audit_producer *producer = hash_table_lookup(audit->producers, name);
	uint64_t seq = 0;

	if (producer != NULL)
		return producer;
	if (pix_audit_index_producer_get(audit->index, name, &seq) < 0)
		e_error(audit->event, "The index can't be read: resends may be taken twice");
	producer = i_new(struct pix_audit_producer, 1);
	producer->name = i_strdup(name);
	producer->seq = producer->durable_seq = producer->stored_seq = seq;
	hash_table_insert(audit->producers, producer->name, producer);
	return producer;
}

/* Stores what changed, and forgets who is gone. */
static int pix_audit_producers_store(struct pix_audit *audit)
{
	struct hash_iterate_context *iter;
	struct pix_audit_producer *producer;
	char *name;
	int ret = 0;

	iter = hash_table_iterate_init(audit->producers);
	while (hash_table_iterate(iter, audit->producers, &name, &producer)) {
		if (producer->stored_seq != producer->durable_seq) {
			if (pix_audit_index_producer_set(audit->index, name, producer->durable_seq,
							 audit->last_ct) < 0)
				ret = -1;
			else
				producer->stored_seq = producer->durable_seq;
		}
	}
	hash_table_iterate_deinit(&iter);
	return ret;
}

static void pix_audit_producers_forget(struct pix_audit *audit)
{
	struct hash_iterate_context *iter;
	struct pix_audit_producer *producer;
	char *name;

	iter = hash_table_iterate_init(audit->producers);
	while (hash_table_iterate(iter, audit->producers, &name, &producer)) {
		if (producer->conn != NULL || producer->dirty || producer->refs > 0 ||
		    producer->stored_seq != producer->seq)
			continue;
		hash_table_remove(audit->producers, name);
		i_free(producer->name);
		i_free(producer);
	}
	hash_table_iterate_deinit(&iter);
}

void pix_audit_index_housekeep(struct pix_audit *audit)
{
	const char *error;

	while (pix_audit_index_flush_wanted(audit->index, pix_audit_log_durable(audit->log))) {
		int ret;

		T_BEGIN {
			ret = pix_audit_index_flush(audit->index, &error);
			if (ret < 0) {
				e_error(audit->event, "%s: new records aren't found by searches "
					"until the next start", error);
			}
		} T_END;
		if (ret < 0)
			return;
		if (pix_audit_index_state_begin(audit->index) < 0 ||
		    pix_audit_producers_store(audit) < 0 ||
		    pix_audit_index_state_commit(audit->index, audit->last_receipt) < 0)
			return;
		pix_audit_producers_forget(audit);
	}
}

/* What a record of the log says about its producer, or about another one. */
static void
pix_audit_producer_note(struct pix_audit *audit, const struct pix_audit_record *record)
{
	const struct pix_audit_value *name = &record->field[PIX_AUDIT_FIELD_PRODUCER];
	const struct pix_audit_value *kind = &record->field[PIX_AUDIT_FIELD_KIND];
	int64_t seq = pix_audit_value_int(&record->field[PIX_AUDIT_FIELD_SEQ]);
	int64_t receipt = pix_audit_value_int(&record->field[PIX_AUDIT_FIELD_RECEIPT]);
	int64_t ct = pix_audit_value_int(&record->field[PIX_AUDIT_FIELD_CT]);
	struct pix_audit_producer *producer;

	if (receipt > 0 && (uint64_t)receipt > audit->last_receipt)
		audit->last_receipt = (uint64_t)receipt;
	if (ct > audit->last_ct)
		audit->last_ct = ct;
	if (name->data == NULL || seq <= 0)
		return;
	producer = pix_audit_producer_get(audit, t_strndup(name->data, name->size));
	if ((uint64_t)seq > producer->seq)
		producer->seq = producer->durable_seq = (uint64_t)seq;
	if (pix_audit_value_equals(kind, "audit.reject")) {
		/* the refused record took its sequence, too */
		name = &record->field[PIX_AUDIT_FIELD_OF_PRODUCER];
		seq = pix_audit_value_int(&record->field[PIX_AUDIT_FIELD_SEQ_FROM]);
		if (name->data == NULL || seq <= 0)
			return;
		producer = pix_audit_producer_get(audit, t_strndup(name->data, name->size));
		if ((uint64_t)seq > producer->seq)
			producer->seq = producer->durable_seq = (uint64_t)seq;
	}
}

int pix_audit_producers_load(struct pix_audit *audit, const char **error_r)
{
	struct pix_bundle_entry entries[PIX_TILE_WIDTH];
	struct pix_audit_record record;
	uint64_t index = pix_audit_index_next(audit->index);
	int ret;

	audit->last_receipt = pix_audit_index_receipt(audit->index);
	if (pix_audit_log_durable(audit->log) > index + 4 * PIX_AUDIT_CHUNK_SIZE) {
		e_info(audit->event, "Reading %llu records to make the index",
		       (unsigned long long)(pix_audit_log_durable(audit->log) - index));
	}
	while ((ret = pix_audit_log_read(audit->log, index, entries, error_r)) > 0) {
		for (int i = 0; i < ret; i++) T_BEGIN {
			if (pix_audit_record_scan(entries[i].data, entries[i].size,
						  TRUE, &record) == PIX_AUDIT_OK) {
				pix_audit_producer_note(audit, &record);
				pix_audit_index_add(audit->index, &record);
			} else {
				pix_audit_index_skip(audit->index);
			}
		} T_END;
		index += (uint64_t)ret;
		pix_audit_index_housekeep(audit);
		if (pix_audit_index_next(audit->index) != index) {
			*error_r = "The index can't be written";
			return -1;
		}
	}
	return ret;
}
