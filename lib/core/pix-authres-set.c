/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-authres-set.h"

#define AUTHRES_MAX_FIELDS 50

/* One ARC-Seal (RFC 8617 section 4.1.3). */
struct authres_seal {
	unsigned int instance;
	const char *domain;
};

ARRAY_DEFINE_TYPE(authres, const struct pix_authres *);
ARRAY_DEFINE_TYPE(authres_result, const struct pix_authres_result *);

struct pix_authres_set {
	pool_t pool;
	struct pix_authres_params params;
	unsigned int received_count, field_count;
	ARRAY_TYPE(authres) trusted, arc;
	ARRAY(struct authres_seal) seals;
	ARRAY(struct pix_authres_seen) seen;
};

static bool authres_in_list(const char *const *list, const char *word)
{
	for (; list != NULL && *list != NULL; list++) {
		if (strcasecmp(*list, word) == 0)
			return TRUE;
	}
	return FALSE;
}

struct pix_authres_set *
pix_authres_set_init(pool_t pool, const struct pix_authres_params *params)
{
	static const char *const none[] = { NULL };
	struct pix_authres_set *set = p_new(pool, struct pix_authres_set, 1);

	set->pool = pool;
	set->params.max_received = params->max_received;
	set->params.authserv_ids = params->authserv_ids == NULL ? none :
		p_strarray_dup(pool, params->authserv_ids);
	set->params.arc_sealers = params->arc_sealers == NULL ? none :
		p_strarray_dup(pool, params->arc_sealers);
	p_array_init(&set->trusted, pool, 4);
	p_array_init(&set->arc, pool, 4);
	p_array_init(&set->seals, pool, 4);
	p_array_init(&set->seen, pool, 4);
	return set;
}

bool pix_authres_set_wants(const char *name)
{
	return strcasecmp(name, "Received") == 0 ||
		strcasecmp(name, "Authentication-Results") == 0 ||
		strcasecmp(name, "ARC-Authentication-Results") == 0 ||
		strcasecmp(name, "ARC-Seal") == 0;
}

static const char *
authres_refused(const struct pix_authres_set *set,
		const struct pix_authres *authres)
{
	if (authres->authserv_id == NULL)
		return "it has no authserv-id";
	if (!authres_in_list(set->params.authserv_ids, authres->authserv_id))
		return "its authserv-id is not one of ours";
	if (authres->version != 1)
		return "its version is unknown";
	if (set->received_count > set->params.max_received)
		return "too many Received fields stand above it";
	return NULL;
}

static void
authres_add_own(struct pix_authres_set *set, const unsigned char *value, size_t size)
{
	const struct pix_authres *authres;
	struct pix_authres_seen seen = { .received_above = set->received_count };
	const char *error;

	if (pix_authres_parse(set->pool, value, size, &authres, &error) < 0) {
		seen.refused = error;
	} else {
		seen.authserv_id = authres->authserv_id;
		seen.refused = authres_refused(set, authres);
		if (seen.refused == NULL)
			array_push_back(&set->trusted, &authres);
	}
	array_push_back(&set->seen, &seen);
}

static void
authres_add_seal(struct pix_authres_set *set, const unsigned char *value, size_t size)
{
	struct authres_seal seal;

	if (size > PIX_AUTHRES_MAX_SIZE)
		return;
	i_zero(&seal);
	T_BEGIN {
		const char *const *tags =
			t_strsplit(t_strndup(value, size), ";");

		for (; *tags != NULL; tags++) {
			/* tag = value, white space anywhere around */
			const char *const *words = t_strsplit_spaces(*tags, " \t\r\n=");

			if (words[0] == NULL || words[1] == NULL)
				continue;
			if (strcmp(words[0], "i") == 0 &&
			    str_to_uint(words[1], &seal.instance) < 0)
				seal.instance = 0;
			else if (strcmp(words[0], "d") == 0)
				seal.domain = p_strdup(set->pool, words[1]);
		}
	} T_END;
	if (seal.instance > 0 && seal.domain != NULL)
		array_push_back(&set->seals, &seal);
}

void pix_authres_set_add(struct pix_authres_set *set, const char *name,
			 const unsigned char *value, size_t size)
{
	const struct pix_authres *authres;
	const char *error;

	if (strcasecmp(name, "Received") == 0) {
		set->received_count++;
		return;
	}
	if (set->field_count >= AUTHRES_MAX_FIELDS)
		return;
	set->field_count++;
	if (strcasecmp(name, "Authentication-Results") == 0) {
		authres_add_own(set, value, size);
	} else if (strcasecmp(name, "ARC-Authentication-Results") == 0) {
		if (pix_authres_parse(set->pool, value, size, &authres, &error) == 0 &&
		    authres->arc_instance > 0)
			array_push_back(&set->arc, &authres);
	} else if (strcasecmp(name, "ARC-Seal") == 0) {
		authres_add_seal(set, value, size);
	}
}

/* Methods that a server can only have one result of. */
static bool authres_is_single(const char *method)
{
	return strcmp(method, "dmarc") == 0 || strcmp(method, "arc") == 0;
}

/* The results of one method in one field. */
static void
authres_collect(const struct pix_authres *authres, const char *method,
		ARRAY_TYPE(authres_result) *dest)
{
	bool contradiction = FALSE;
	const struct pix_authres_result *first = NULL;

	for (unsigned int i = 0; i < authres->result_count; i++) {
		const struct pix_authres_result *result = &authres->results[i];

		if (strcmp(result->method, method) != 0)
			continue;
		if (first == NULL)
			first = result;
		else if (strcmp(first->result, result->result) != 0)
			contradiction = TRUE;
		array_push_back(dest, &result);
	}
	if (!contradiction || !authres_is_single(method))
		return;
	for (unsigned int i = array_count(dest); i > 0; i--) {
		const struct pix_authres_result *const *resultp =
			array_idx(dest, i - 1);

		if (strcmp((*resultp)->result, "pass") == 0)
			array_delete(dest, i - 1, 1);
	}
}

static const struct pix_authres_result *const *
authres_array_list(ARRAY_TYPE(authres_result) *results, unsigned int *count_r)
{
	return array_get(results, count_r);
}

const struct pix_authres_result *const *
pix_authres_set_find(struct pix_authres_set *set, const char *method,
		     unsigned int *count_r)
{
	ARRAY_TYPE(authres_result) results;
	const struct pix_authres *const *authresp;

	p_array_init(&results, set->pool, 2);
	array_foreach(&set->trusted, authresp) {
		authres_collect(*authresp, method, &results);
		if (array_count(&results) > 0)
			break;
	}
	return authres_array_list(&results, count_r);
}

/* The field of the newest instance, if a trusted domain sealed it and each
   instance stands there once. */
static const struct pix_authres *
authres_arc_newest(const struct pix_authres_set *set)
{
	const struct pix_authres *const *authresp, *newest = NULL;
	const struct authres_seal *seal;
	unsigned int count = 0;

	array_foreach(&set->arc, authresp) {
		if (newest == NULL ||
		    (*authresp)->arc_instance > newest->arc_instance) {
			newest = *authresp;
			count = 0;
		}
		if ((*authresp)->arc_instance == newest->arc_instance)
			count++;
	}
	if (newest == NULL || count != 1)
		return NULL;
	count = 0;
	array_foreach(&set->seals, seal) {
		if (seal->instance > newest->arc_instance)
			return NULL;
		if (seal->instance < newest->arc_instance)
			continue;
		if (++count > 1 ||
		    !authres_in_list(set->params.arc_sealers, seal->domain))
			return NULL;
	}
	return count == 1 ? newest : NULL;
}

const struct pix_authres_result *const *
pix_authres_set_find_arc(struct pix_authres_set *set, const char *method,
			 unsigned int *count_r)
{
	ARRAY_TYPE(authres_result) results;
	const struct pix_authres_result *const *own;
	const struct pix_authres *newest;
	unsigned int count;

	p_array_init(&results, set->pool, 2);
	own = pix_authres_set_find(set, "arc", &count);
	newest = authres_arc_newest(set);
	if (count > 0 && newest != NULL && strcmp(own[0]->result, "pass") == 0)
		authres_collect(newest, method, &results);
	return authres_array_list(&results, count_r);
}

const struct pix_authres_seen *
pix_authres_set_seen(struct pix_authres_set *set, unsigned int *count_r)
{
	return array_get(&set->seen, count_r);
}
