/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-core.h"
#include "pix-audit-record.h"
#include "pix-json.h"
#include "fuzz.h"

/* What the scanner accepts must be JSON, and mean the same to a JSON parser. */
static void fuzz_compare(const uint8_t *data, size_t size,
			 const struct pix_audit_record *record)
{
	const char *error;
	json_t *json = pix_json_parse_object(data, size, 2, &error);

	i_assert(json != NULL);
	i_assert(json_object_size(json) == record->fields);
	for (unsigned int i = 0; i < PIX_AUDIT_FIELD_COUNT; i++) {
		const struct pix_audit_value *value = &record->field[i];
		const json_t *expected = json_object_get(json, pix_audit_field_name(i));

		i_assert((value->data == NULL) == (expected == NULL));
		if (value->data == NULL)
			continue;
		i_assert(value->string == json_is_string(expected));
		if (value->string) {
			char *out = t_malloc0(value->size + 1);
			size_t len = pix_audit_value_unescape(value, out);

			i_assert(len == json_string_length(expected) &&
				 memcmp(out, json_string_value(expected), len) == 0);
			i_assert(pix_audit_value_equals(value, json_string_value(expected)));
		} else if (json_is_integer(expected) && json_integer_value(expected) >= 0 &&
			   value->data[0] != '-') {
			i_assert(pix_audit_value_int(value) == json_integer_value(expected));
		}
	}
	json_decref(json);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pix_audit_record record;

	(void)pix_audit_record_scan(data, size, FALSE, &record);
	if (pix_audit_record_scan(data, size, TRUE, &record) == PIX_AUDIT_OK) {
		const struct pix_audit_value *kind = &record.field[PIX_AUDIT_FIELD_KIND];

		(void)pix_audit_kind_allowed("imap", kind->data, kind->size);
		(void)pix_audit_record_foreign(&record);
		T_BEGIN {
			fuzz_compare(data, size, &record);
		} T_END;
	}
	return 0;
}
