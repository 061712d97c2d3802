/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-json.h"
#include "unichar.h"

/* jansson has its own limit of depth (2048) only; count before it builds
   anything, so that a hostile text costs no memory. */
static bool
pix_json_depth_ok(const unsigned char *data, size_t size, unsigned int max_depth)
{
	unsigned int depth = 0;
	bool in_string = FALSE;

	for (size_t i = 0; i < size; i++) {
		if (in_string) {
			if (data[i] == '\\')
				i++;
			else if (data[i] == '"')
				in_string = FALSE;
			continue;
		}
		switch (data[i]) {
		case '"':
			in_string = TRUE;
			break;
		case '{':
		case '[':
			if (++depth > max_depth)
				return FALSE;
			break;
		case '}':
		case ']':
			if (depth > 0)
				depth--;
			break;
		}
	}
	return TRUE;
}

json_t *pix_json_parse(const void *data, size_t size, unsigned int max_depth,
		       const char **error_r)
{
	json_error_t error;
	json_t *value;

	i_assert(max_depth > 0 && max_depth <= PIX_JSON_MAX_DEPTH);

	if (!pix_json_depth_ok(data, size, max_depth)) {
		*error_r = t_strdup_printf("nested deeper than %u", max_depth);
		return NULL;
	}
	value = json_loadb(data, size, JSON_REJECT_DUPLICATES |
			   JSON_DECODE_ANY | JSON_ALLOW_NUL, &error);
	if (value == NULL) {
		*error_r = json_error_code(&error) == json_error_duplicate_key ?
			"duplicate member" :
			t_strdup_printf("invalid JSON at line %d column %d",
					error.line, error.column);
	}
	return value;
}

json_t *pix_json_parse_object(const void *data, size_t size,
			      unsigned int max_depth, const char **error_r)
{
	json_t *value = pix_json_parse(data, size, max_depth, error_r);

	if (value != NULL && !json_is_object(value)) {
		json_decref(value);
		*error_r = "not a JSON object";
		return NULL;
	}
	return value;
}

static int
pix_json_dump(const char *data, size_t size, void *context)
{
	buffer_append((buffer_t *)context, data, size);
	return 0;
}

void pix_json_append(buffer_t *dest, const json_t *value)
{
	if (json_dump_callback(value, pix_json_dump, dest,
			       JSON_COMPACT | JSON_ENCODE_ANY) < 0)
		i_unreached();
}

const char *t_pix_json(const json_t *value)
{
	string_t *str = t_str_new(256);

	pix_json_append(str, value);
	return str_c(str);
}

const char *pix_json_str(const json_t *obj, const char *name)
{
	const json_t *value = json_object_get(obj, name);
	const char *str;

	if (!json_is_string(value))
		return NULL;
	str = json_string_value(value);
	return strlen(str) == json_string_length(value) ? str : NULL;
}

bool pix_json_int(const json_t *obj, const char *name,
		  int64_t min, int64_t max, int64_t *value_r)
{
	const json_t *value = json_object_get(obj, name);
	json_int_t num;

	if (!json_is_integer(value))
		return FALSE;
	num = json_integer_value(value);
	if (num < min || num > max)
		return FALSE;
	*value_r = num;
	return TRUE;
}

bool pix_json_true(const json_t *obj, const char *name)
{
	return json_is_true(json_object_get(obj, name));
}

void pix_json_set_str(json_t *obj, const char *name, const char *value)
{
	if (value == NULL)
		return;
	T_BEGIN {
		buffer_t *buf = t_buffer_create(strlen(value) + 16);

		if (uni_utf8_get_valid_data((const unsigned char *)value,
					    strlen(value), buf))
			json_object_set_new_nocheck(obj, name, json_string_nocheck(value));
		else {
			json_object_set_new_nocheck(obj, name,
				json_stringn_nocheck(buf->data, buf->used));
		}
	} T_END;
}

void pix_json_set_int(json_t *obj, const char *name, int64_t value)
{
	json_object_set_new_nocheck(obj, name, json_integer(value));
}

void pix_json_set_bool(json_t *obj, const char *name, bool value)
{
	json_object_set_new_nocheck(obj, name, json_boolean(value));
}
