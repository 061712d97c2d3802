/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-event.h"
#include "pix-compat.h"
#include "array.h"
#include "event-filter.h"
#include "lib-event-private.h"

/* Handles of the registration, one a module. */
static pix_event_callback_t *pix_event_callback;
static struct event_filter *pix_event_filter;
/* the global filter that we made, and what it replaced */
static struct event_filter *pix_event_global, *pix_event_replaced;
static bool pix_event_in_callback;

static void
pix_event_merge(struct event_filter *dest, struct event_filter *src)
{
#if PIX_DOVECOT_24
	event_filter_merge(dest, src, EVENT_FILTER_MERGE_OP_OR);
#else
	event_filter_merge(dest, src);
#endif
}

/* The stats client sets the global filter again at each of its reconnects.
   Never add to its own filter: it would be asked for our events. */
static void pix_event_want(void)
{
	struct event_filter *global = event_get_global_debug_send_filter();
	struct event_filter *filter = event_filter_create();

	if (global != NULL)
		pix_event_merge(filter, global);
	pix_event_merge(filter, pix_event_filter);
	if (global != NULL)
		event_filter_ref(global);
	event_set_global_debug_send_filter(filter);
	if (pix_event_replaced != NULL)
		event_filter_unref(&pix_event_replaced);
	pix_event_replaced = global;
	/* our reference keeps the address from being used again */
	if (pix_event_global != NULL)
		event_filter_unref(&pix_event_global);
	pix_event_global = filter;
}

static bool
pix_event_handle(struct event *event, enum event_callback_type type,
		 struct failure_context *ctx, const char *fmt ATTR_UNUSED,
		 va_list args ATTR_UNUSED)
{
	if (type == EVENT_CALLBACK_TYPE_CREATE) {
		if (event_get_global_debug_send_filter() != pix_event_global)
			pix_event_want();
		return TRUE;
	}
	if (type != EVENT_CALLBACK_TYPE_SEND || event->sending_name == NULL ||
	    pix_event_in_callback ||
	    !event_filter_match(pix_event_filter, event, ctx))
		return TRUE;
	pix_event_in_callback = TRUE;
	T_BEGIN {
		pix_event_callback(event, event->sending_name);
	} T_END;
	pix_event_in_callback = FALSE;
	return TRUE;
}

int pix_event_listen(const char *filter, pix_event_callback_t *callback,
		     const char **error_r)
{
	i_assert(pix_event_callback == NULL);

	pix_event_filter = event_filter_create();
	if (event_filter_parse(filter, pix_event_filter, error_r) < 0) {
		event_filter_unref(&pix_event_filter);
		return -1;
	}
	pix_event_callback = callback;
	event_register_callback(pix_event_handle);
	pix_event_want();
	return 0;
}

void pix_event_unlisten(void)
{
	if (pix_event_callback == NULL)
		return;
	event_unregister_callback(pix_event_handle);
	pix_event_callback = NULL;
	if (event_get_global_debug_send_filter() == pix_event_global) {
		if (pix_event_replaced != NULL)
			event_set_global_debug_send_filter(pix_event_replaced);
		else
			event_unset_global_debug_send_filter();
	}
	if (pix_event_replaced != NULL)
		event_filter_unref(&pix_event_replaced);
	event_filter_unref(&pix_event_global);
	event_filter_unref(&pix_event_filter);
}

const char *pix_event_str(const struct event *event, const char *key)
{
	return event_find_field_recursive_str(event, key);
}

bool pix_event_int(const struct event *event, const char *key, intmax_t *value_r)
{
	const struct event_field *field = event_find_field_recursive(event, key);

	if (field == NULL || field->value_type != EVENT_FIELD_VALUE_TYPE_INTMAX)
		return FALSE;
	*value_r = field->value.intmax;
	return TRUE;
}

const char *pix_event_own_str(const struct event *event, const char *key)
{
	return event_find_field_nonrecursive(event, key) == NULL ? NULL :
		event_find_field_recursive_str(event, key);
}

bool pix_event_own_int(const struct event *event, const char *key, intmax_t *value_r)
{
	return event_find_field_nonrecursive(event, key) != NULL &&
		pix_event_int(event, key, value_r);
}

const char *pix_event_reason(const char *const *modules)
{
	struct event *event = event_get_global();

	for (; event != NULL; event = event_get_parent(event)) {
		const struct event_field *field =
			event_find_field_nonrecursive(event, EVENT_REASON_CODE);
		const char *code;

		if (field == NULL ||
		    field->value_type != EVENT_FIELD_VALUE_TYPE_STRLIST)
			continue;
		array_foreach_elem(&field->value.strlist, code) {
			for (unsigned int i = 0; modules[i] != NULL; i++) {
				if (str_begins_compat(code, modules[i]))
					return code;
			}
		}
	}
	return NULL;
}
