/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

/* The keys of the issuers file, one function a kind of value. */

#include "pix-issuer.h"
#include "pix-claims.h"

#include <ctype.h>

struct issuer_set {
	pool_t pool;
	struct pix_issuer *issuer;
	const char *value;
	/* where in value the mistake stands */
	size_t offset;
	const char *error;
};

struct issuer_word {
	const char *name;
	unsigned int value;
};

/* Splits at white space; "…" keeps it. Returns FALSE for an open quote. */
static bool
issuer_words(struct issuer_set *set, const char *const **words_r)
{
	ARRAY_TYPE(const_string) words;
	const char *p = set->value;

	p_array_init(&words, set->pool, 4);
	while (*(p += strspn(p, " \t")) != '\0') {
		const char *end = *p == '"' ? strchr(p + 1, '"') : p + strcspn(p, " \t");
		const char *word;

		if (end == NULL) {
			set->offset = (size_t)(p - set->value);
			set->error = "the quote is not closed";
			return FALSE;
		}
		word = *p == '"' ? p_strdup_until(set->pool, p + 1, end) :
			p_strdup_until(set->pool, p, end);
		array_push_back(&words, &word);
		p = *p == '"' ? end + 1 : end;
	}
	array_append_zero(&words);
	*words_r = array_front(&words);
	return TRUE;
}

static bool
issuer_list(struct issuer_set *set, const char *const **list_r)
{
	const char *const *words;

	if (!issuer_words(set, &words))
		return FALSE;
	if (words[0] == NULL) {
		set->error = "a value is missing";
		return FALSE;
	}
	*list_r = words;
	return TRUE;
}

/* One word of a table. */
static bool
issuer_choice(struct issuer_set *set, const char *text,
	      const struct issuer_word *table, unsigned int *value_r)
{
	string_t *names = t_str_new(64);

	for (; table->name != NULL; table++) {
		if (strcasecmp(table->name, text) == 0) {
			*value_r = table->value;
			return TRUE;
		}
		str_printfa(names, "%s%s", str_len(names) == 0 ? "" : ", ", table->name);
	}
	set->error = t_strdup_printf("unknown value: use %s", str_c(names));
	return FALSE;
}

static bool issuer_time(struct issuer_set *set, unsigned int *secs_r)
{
	static const struct issuer_word units[] = {
		{ "", 1 }, { "s", 1 }, { "sec", 1 }, { "secs", 1 },
		{ "m", 60 }, { "min", 60 }, { "mins", 60 },
		{ "h", 3600 }, { "hour", 3600 }, { "hours", 3600 },
		{ "d", 86400 }, { "day", 86400 }, { "days", 86400 },
		{ NULL, 0 }
	};
	const char *unit;
	unsigned int num, factor;

	if (str_parse_uint(set->value, &num, &unit) < 0) {
		set->error = "not a time: use a number with s, m, h or d";
		return FALSE;
	}
	unit += strspn(unit, " \t");
	if (!issuer_choice(set, unit, units, &factor)) {
		set->offset = (size_t)(unit - set->value);
		set->error = "not a unit of time: use s, m, h or d";
		return FALSE;
	}
	if (num > 10U * 365 * 86400 / factor) {
		set->error = "the time is too long";
		return FALSE;
	}
	*secs_r = num * factor;
	return TRUE;
}

static bool issuer_bool(struct issuer_set *set, bool *value_r)
{
	static const struct issuer_word words[] = {
		{ "yes", 1 }, { "no", 0 }, { NULL, 0 }
	};
	unsigned int num;

	if (!issuer_choice(set, set->value, words, &num))
		return FALSE;
	*value_r = num != 0;
	return TRUE;
}

static bool issuer_str(struct issuer_set *set, const char **value_r)
{
	if (*set->value == '\0') {
		set->error = "a value is missing";
		return FALSE;
	}
	*value_r = p_strdup(set->pool, set->value);
	return TRUE;
}

static bool issuer_path(struct issuer_set *set, const char **value_r)
{
	if (*set->value != '/') {
		set->error = "not an absolute path";
		return FALSE;
	}
	return issuer_str(set, value_r);
}

static bool issuer_url(struct issuer_set *set, const char **value_r)
{
	if (!pix_issuer_url_ok(set->value)) {
		set->error = "not an https URL (http only for localhost)";
		return FALSE;
	}
	return issuer_str(set, value_r);
}

static bool issuer_template(struct issuer_set *set, const char *tmpl)
{
	size_t offset = pix_claims_template_check(tmpl);

	if (offset == SIZE_MAX)
		return TRUE;
	set->offset = (size_t)(tmpl - set->value) + offset;
	set->error = "not a template: a claim stands in braces, as in {email}";
	return FALSE;
}

static bool set_profile(struct issuer_set *set)
{
	struct pix_issuer *issuer = set->issuer;
	enum { GENERIC, KEYCLOAK, AUTHENTIK, AUTHELIA, ENTRA, GOOGLE };
	static const struct issuer_word words[] = {
		{ "generic", GENERIC }, { "keycloak", KEYCLOAK },
		{ "authentik", AUTHENTIK }, { "authelia", AUTHELIA },
		{ "entra", ENTRA }, { "google", GOOGLE }, { NULL, 0 }
	};
	unsigned int profile;

	if (!issuer_choice(set, set->value, words, &profile))
		return FALSE;
	issuer->profile = words[profile].name;
	switch (profile) {
	case KEYCLOAK:
		issuer->user = "{preferred_username}";
		/* before version 24 its access tokens hold a nonce */
		issuer->nonce_allowed = TRUE;
		break;
	case AUTHENTIK:
		issuer->user = "{preferred_username}";
		break;
	case AUTHELIA:
		issuer->user = "{username}";
		issuer->introspection = PIX_INTROSPECTION_AUTO;
		break;
	case ENTRA:
		issuer->user = "{preferred_username}";
		issuer->algs = PIX_JWA_BIT(PIX_JWA_RS256);
		issuer->types = PIX_ISSUER_TYPE_JWT;
		break;
	case GOOGLE:
		issuer->algs = PIX_JWA_BIT(PIX_JWA_RS256);
		issuer->keys = PIX_ISSUER_KEYS_NONE;
		issuer->introspection = PIX_INTROSPECTION_ALWAYS;
		issuer->introspection_url = "https://oauth2.googleapis.com/tokeninfo";
		issuer->client_auth = PIX_CLIENT_AUTH_NONE;
		break;
	}
	return TRUE;
}

static bool set_keys(struct issuer_set *set)
{
	struct pix_issuer *issuer = set->issuer;

	issuer->keys_location = NULL;
	if (strcasecmp(set->value, "discovery") == 0) {
		issuer->keys = PIX_ISSUER_KEYS_DISCOVERY;
		return TRUE;
	}
	if (strcasecmp(set->value, "none") == 0) {
		issuer->keys = PIX_ISSUER_KEYS_NONE;
		return TRUE;
	}
	if (*set->value == '/') {
		issuer->keys = PIX_ISSUER_KEYS_FILE;
		return issuer_str(set, &issuer->keys_location);
	}
	issuer->keys = PIX_ISSUER_KEYS_URL;
	if (issuer_url(set, &issuer->keys_location))
		return TRUE;
	set->error = "use discovery, none, an https URL (http only for localhost) or an absolute path";
	return FALSE;
}

static bool set_discovery_url(struct issuer_set *set)
{
	set->issuer->keys = PIX_ISSUER_KEYS_DISCOVERY;
	return issuer_url(set, &set->issuer->keys_location);
}

static bool set_algorithms(struct issuer_set *set)
{
	const char *const *words;
	enum pix_jwa alg;

	if (!issuer_list(set, &words))
		return FALSE;
	set->issuer->algs = 0;
	for (; *words != NULL; words++) {
		if (!pix_jwa_find(*words, &alg)) {
			set->error = pix_jwa_is_symmetric(*words) ||
				pix_jwa_is_none(*words) ?
				"an algorithm with a shared secret or none is never accepted" :
				t_strdup_printf("unknown algorithm %s", *words);
			return FALSE;
		}
		set->issuer->algs |= PIX_JWA_BIT(alg);
	}
	return TRUE;
}

static bool set_type(struct issuer_set *set)
{
	static const struct issuer_word table[] = {
		{ "at+jwt", PIX_ISSUER_TYPE_AT_JWT }, { "jwt", PIX_ISSUER_TYPE_JWT },
		{ "absent", PIX_ISSUER_TYPE_ABSENT }, { NULL, 0 }
	};
	const char *const *words;
	unsigned int type;

	if (!issuer_list(set, &words))
		return FALSE;
	set->issuer->types = 0;
	for (; *words != NULL; words++) {
		if (!issuer_choice(set, *words, table, &type))
			return FALSE;
		set->issuer->types |= type;
	}
	return TRUE;
}

static bool set_audience(struct issuer_set *set)
{
	set->issuer->any_audience = strcmp(set->value, "*") == 0;
	return issuer_list(set, &set->issuer->audiences);
}

static bool set_client(struct issuer_set *set)
{
	return issuer_list(set, &set->issuer->clients);
}

static bool set_scope(struct issuer_set *set)
{
	return issuer_list(set, &set->issuer->scopes);
}

static bool set_require(struct issuer_set *set)
{
	struct pix_issuer_rule rule;
	const char *const *words;

	i_zero(&rule);
	if (!issuer_list(set, &words))
		return FALSE;
	if (words[1] == NULL) {
		set->error = "use CLAIM VALUE…, or CLAIM * for any value";
		return FALSE;
	}
	rule.path = words[0];
	rule.values = words + 1;
	array_push_back(&set->issuer->require, &rule);
	return TRUE;
}

static bool set_factor(struct issuer_set *set, const char *claim)
{
	struct pix_issuer_rule rule;

	i_zero(&rule);
	rule.path = claim;
	if (!issuer_list(set, &rule.values))
		return FALSE;
	array_push_back(&set->issuer->factor, &rule);
	return TRUE;
}

static bool set_acr(struct issuer_set *set)
{
	return set_factor(set, "acr");
}

static bool set_amr(struct issuer_set *set)
{
	return set_factor(set, "amr");
}

static bool set_service(struct issuer_set *set)
{
	struct pix_issuer_rule rule;
	const char *const *words;

	i_zero(&rule);
	if (!issuer_list(set, &words))
		return FALSE;
	if (words[1] == NULL || words[2] == NULL) {
		set->error = "use SERVICE CLAIM VALUE…";
		return FALSE;
	}
	rule.service = words[0];
	rule.path = words[1];
	rule.values = words + 2;
	array_push_back(&set->issuer->services, &rule);
	return TRUE;
}

static bool set_user(struct issuer_set *set)
{
	if (!issuer_template(set, set->value))
		return FALSE;
	if (strchr(set->value, '{') == NULL) {
		set->error = "the user would be the same for all tokens: name a claim, as in {email}";
		return FALSE;
	}
	return issuer_str(set, &set->issuer->user);
}

static bool set_user_domain(struct issuer_set *set)
{
	return issuer_list(set, &set->issuer->user_domains);
}

static bool set_unverified_email(struct issuer_set *set)
{
	return issuer_bool(set, &set->issuer->unverified_email);
}

static bool set_nonce(struct issuer_set *set)
{
	return issuer_bool(set, &set->issuer->nonce_allowed);
}

static bool set_field(struct issuer_set *set)
{
	static const char *const refused[] = {
		"user", "original_user", "login_user", "auth_user", "master",
		"password", "nopassword", "noauthenticate", "allow_nets",
		"master_user", NULL
	};
	struct pix_issuer_field field;
	size_t len = strcspn(set->value, " \t");
	const char *tmpl = set->value + len + strspn(set->value + len, " \t");

	i_zero(&field);
	field.name = p_strdup_until(set->pool, set->value, set->value + len);
	if (len == 0 || strspn(field.name, "abcdefghijklmnopqrstuvwxyz0123456789_/") != len) {
		set->error = "use NAME TEMPLATE";
		return FALSE;
	}
	if (str_array_find(refused, field.name) ||
	    strncmp(field.name, "userdb_pix_", 11) == 0) {
		set->error = "this field may not come from a token";
		return FALSE;
	}
	if (!issuer_template(set, tmpl))
		return FALSE;
	field.tmpl = p_strdup(set->pool, tmpl);
	array_push_back(&set->issuer->fields, &field);
	return TRUE;
}

static bool set_leeway(struct issuer_set *set)
{
	if (!issuer_time(set, &set->issuer->leeway_expiry))
		return FALSE;
	set->issuer->leeway_not_before = set->issuer->leeway_issued =
		set->issuer->leeway_expiry;
	return TRUE;
}

#define TIME_SETTER(name) \
	static bool set_##name(struct issuer_set *set) \
	{ \
		return issuer_time(set, &set->issuer->name); \
	}
TIME_SETTER(leeway_expiry)
TIME_SETTER(leeway_not_before)
TIME_SETTER(leeway_issued)
TIME_SETTER(max_age)
TIME_SETTER(max_login_age)
TIME_SETTER(keys_max_age)
TIME_SETTER(keys_refresh)
TIME_SETTER(keys_overlap)
TIME_SETTER(introspection_ttl)
TIME_SETTER(introspection_negative_ttl)

static bool set_introspection(struct issuer_set *set)
{
	static const struct issuer_word table[] = {
		{ "auto", PIX_INTROSPECTION_AUTO },
		{ "always", PIX_INTROSPECTION_ALWAYS },
		{ "never", PIX_INTROSPECTION_NEVER }, { NULL, 0 }
	};
	unsigned int value;

	if (!issuer_choice(set, set->value, table, &value))
		return FALSE;
	set->issuer->introspection = (enum pix_introspection)value;
	return TRUE;
}

static bool set_introspection_url(struct issuer_set *set)
{
	return issuer_url(set, &set->issuer->introspection_url);
}

static bool set_client_auth(struct issuer_set *set)
{
	static const struct issuer_word table[] = {
		{ "client_secret_basic", PIX_CLIENT_AUTH_BASIC },
		{ "client_secret_post", PIX_CLIENT_AUTH_POST },
		{ "private_key_jwt", PIX_CLIENT_AUTH_PRIVATE_KEY_JWT },
		{ "none", PIX_CLIENT_AUTH_NONE }, { NULL, 0 }
	};
	unsigned int value;

	if (!issuer_choice(set, set->value, table, &value))
		return FALSE;
	set->issuer->client_auth = (enum pix_client_auth)value;
	return TRUE;
}

static bool set_client_id(struct issuer_set *set)
{
	return issuer_str(set, &set->issuer->client_id);
}

static bool set_client_secret_file(struct issuer_set *set)
{
	return issuer_path(set, &set->issuer->client_secret_file);
}

static bool set_client_key_file(struct issuer_set *set)
{
	return issuer_path(set, &set->issuer->client_key_file);
}

static const struct {
	const char *key;
	bool (*set)(struct issuer_set *set);
} issuer_keys[] = {
	{ "profile", set_profile },
	{ "keys", set_keys },
	{ "discovery_url", set_discovery_url },
	{ "keys_max_age", set_keys_max_age },
	{ "keys_refresh", set_keys_refresh },
	{ "keys_overlap", set_keys_overlap },
	{ "algorithms", set_algorithms },
	{ "type", set_type },
	{ "audience", set_audience },
	{ "client", set_client },
	{ "scope", set_scope },
	{ "require", set_require },
	{ "acr", set_acr },
	{ "amr", set_amr },
	{ "max_login_age", set_max_login_age },
	{ "service", set_service },
	{ "user", set_user },
	{ "user_domain", set_user_domain },
	{ "unverified_email", set_unverified_email },
	{ "nonce_allowed", set_nonce },
	{ "field", set_field },
	{ "leeway", set_leeway },
	{ "leeway_expiry", set_leeway_expiry },
	{ "leeway_not_before", set_leeway_not_before },
	{ "leeway_issued", set_leeway_issued },
	{ "max_age", set_max_age },
	{ "introspection", set_introspection },
	{ "introspection_url", set_introspection_url },
	{ "introspection_ttl", set_introspection_ttl },
	{ "introspection_negative_ttl", set_introspection_negative_ttl },
	{ "client_auth", set_client_auth },
	{ "client_id", set_client_id },
	{ "client_secret_file", set_client_secret_file },
	{ "client_key_file", set_client_key_file },
};

int pix_issuer_set(struct pix_issuers *issuers, struct pix_issuer *issuer,
		   const char *key, const char *value,
		   size_t *offset_r, const char **error_r)
{
	struct issuer_set set = {
		.pool = issuers->pool,
		.issuer = issuer,
		.value = value,
	};

	*offset_r = SIZE_MAX;
	for (unsigned int i = 0; i < N_ELEMENTS(issuer_keys); i++) {
		if (strcmp(issuer_keys[i].key, key) != 0)
			continue;
		if (issuer_keys[i].set(&set))
			return 0;
		*offset_r = set.offset;
		*error_r = t_strdup_printf("%s: %s", key, set.error);
		return -1;
	}
	*error_r = t_strdup_printf("unknown key %s", key);
	return -1;
}
