/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-jwt.h"
#include "pix-claims.h"

#include <math.h>

/* Times beyond this are nonsense (year 9999). */
#define JWT_TIME_MAX 253402300799LL

struct jwt_check {
	const struct pix_issuer *issuer;
	const struct pix_jws *jws;
	const json_t *claims;
	const struct pix_jwt_context *ctx;
	pool_t pool;
	struct pix_jwt_identity *id;
	/* what the step that just ran has to say */
	const char *detail;
};

typedef enum pix_verdict jwt_step_t(struct jwt_check *check);

const char *pix_jwt_issuer(const json_t *claims)
{
	return pix_json_str(claims, "iss");
}

enum pix_verdict pix_jwt_claims(const struct pix_jws *jws, json_t **claims_r)
{
	const char *error;

	*claims_r = pix_json_parse_object(jws->payload->data, jws->payload->used,
					  PIX_JWS_MAX_DEPTH, &error);
	if (*claims_r != NULL)
		return PIX_TOKEN_OK;
	return strcmp(error, "duplicate member") == 0 ?
		PIX_TOKEN_DUPLICATE_MEMBER : PIX_TOKEN_CLAIMS_INVALID;
}

/* A NumericDate (RFC 7519 §2). time_r is -1 if the claim is absent. */
static bool jwt_get_time(const json_t *claims, const char *name, int64_t *time_r)
{
	const json_t *value = json_object_get(claims, name);

	*time_r = -1;
	if (value == NULL)
		return TRUE;
	if (json_is_integer(value)) {
		*time_r = json_integer_value(value);
	} else if (json_is_real(value)) {
		double num = json_real_value(value);

		if (!isfinite(num) || num < 0 || num > (double)JWT_TIME_MAX)
			return FALSE;
		*time_r = (int64_t)num;
	} else {
		return FALSE;
	}
	return *time_r >= 0 && *time_r <= JWT_TIME_MAX;
}

/* A string claim, or NULL: bad_r tells that it has another type. */
static const char *
jwt_get_str(const json_t *claims, const char *name, bool *bad_r)
{
	const char *str = pix_json_str(claims, name);

	if (str == NULL && json_object_get(claims, name) != NULL)
		*bad_r = TRUE;
	return str;
}

static bool jwt_list_has(const char *const *list, const char *str)
{
	return str != NULL && str_array_find(list, str);
}

static enum pix_verdict jwt_check_type(struct jwt_check *check)
{
	const char *typ = check->jws == NULL ? NULL : check->jws->typ;
	const char *claim_typ = pix_json_str(check->claims, "typ");
	bool at_jwt = FALSE;
	unsigned int type;

	if (check->jws == NULL)
		return PIX_TOKEN_OK;
	check->detail = typ == NULL ? "no typ" : typ;
	if (typ == NULL) {
		type = PIX_ISSUER_TYPE_ABSENT;
	} else {
		/* RFC 7515 §4.1.9: the prefix may be left out */
		if (strncasecmp(typ, "application/", 12) == 0)
			typ += 12;
		at_jwt = strcasecmp(typ, "at+jwt") == 0;
		type = at_jwt ? PIX_ISSUER_TYPE_AT_JWT :
			strcasecmp(typ, "JWT") == 0 ? PIX_ISSUER_TYPE_JWT : 0;
	}
	if ((check->issuer->types & type) == 0)
		return PIX_TOKEN_TYPE_REFUSED;
	if (at_jwt)
		return PIX_TOKEN_OK;

	/* Keycloak names the use in a claim */
	if (claim_typ != NULL && strcasecmp(claim_typ, "ID") == 0)
		return PIX_TOKEN_ID_TOKEN;
	if (claim_typ != NULL && (strcasecmp(claim_typ, "Refresh") == 0 ||
				  strcasecmp(claim_typ, "Offline") == 0 ||
				  strcasecmp(claim_typ, "Logout") == 0))
		return PIX_TOKEN_TYPE_REFUSED;
	/* OpenID Connect Core §3.1.3.6, §3.3.2.11, §2; Back-Channel Logout §2.4 */
	if (json_object_get(check->claims, "at_hash") != NULL ||
	    json_object_get(check->claims, "c_hash") != NULL ||
	    (json_object_get(check->claims, "nonce") != NULL &&
	     !check->issuer->nonce_allowed))
		return PIX_TOKEN_ID_TOKEN;
	if (json_object_get(check->claims, "events") != NULL)
		return PIX_TOKEN_TYPE_REFUSED;
	return PIX_TOKEN_OK;
}

static enum pix_verdict jwt_check_bound(struct jwt_check *check)
{
	/* RFC 8705 §3, RFC 9449 §7.2: SASL can't show the proof */
	return json_object_get(check->claims, "cnf") == NULL ?
		PIX_TOKEN_OK : PIX_TOKEN_SENDER_BOUND;
}

static enum pix_verdict jwt_check_audience(struct jwt_check *check)
{
	const json_t *aud = json_object_get(check->claims, "aud"), *item;
	size_t i;

	if (check->issuer->any_audience) {
		check->detail = "not checked";
		return PIX_TOKEN_OK;
	}
	if (aud == NULL)
		return PIX_TOKEN_AUDIENCE_MISSING;
	if (json_is_string(aud)) {
		check->detail = json_string_value(aud);
		return jwt_list_has(check->issuer->audiences,
				    pix_json_str(check->claims, "aud")) ?
			PIX_TOKEN_OK : PIX_TOKEN_AUDIENCE;
	}
	if (!json_is_array(aud))
		return PIX_TOKEN_CLAIM_TYPE;
	json_array_foreach(aud, i, item) {
		if (!json_is_string(item))
			return PIX_TOKEN_CLAIM_TYPE;
	}
	json_array_foreach(aud, i, item) {
		const char *str = json_string_value(item);

		if (strlen(str) == json_string_length(item) &&
		    jwt_list_has(check->issuer->audiences, str)) {
			check->detail = str;
			return PIX_TOKEN_OK;
		}
	}
	return PIX_TOKEN_AUDIENCE;
}

static enum pix_verdict jwt_check_client(struct jwt_check *check)
{
	bool bad = FALSE;
	const char *azp = jwt_get_str(check->claims, "azp", &bad);
	const char *client = jwt_get_str(check->claims, "client_id", &bad);

	/* Entra v1 */
	if (azp == NULL && client == NULL)
		client = jwt_get_str(check->claims, "appid", &bad);
	if (bad)
		return PIX_TOKEN_CLAIM_TYPE;
	check->detail = azp != NULL ? azp : client;
	check->id->client = p_strdup(check->pool, check->detail);
	if (check->issuer->clients == NULL)
		return PIX_TOKEN_OK;
	/* both, where both are there */
	if ((azp == NULL && client == NULL) ||
	    (azp != NULL && !jwt_list_has(check->issuer->clients, azp)) ||
	    (client != NULL && !jwt_list_has(check->issuer->clients, client)))
		return PIX_TOKEN_CLIENT;
	return PIX_TOKEN_OK;
}

static enum pix_verdict jwt_check_expiry(struct jwt_check *check)
{
	int64_t exp;

	if (!jwt_get_time(check->claims, "exp", &exp))
		return PIX_TOKEN_CLAIM_TYPE;
	if (exp == -1)
		return check->jws == NULL ? PIX_TOKEN_OK : PIX_TOKEN_EXPIRY_MISSING;
	check->detail = t_strdup_printf("exp %"PRId64", %"PRId64" s from now",
					exp, exp - check->ctx->now);
	check->id->expires = exp;
	return exp + check->issuer->leeway_expiry > check->ctx->now ?
		PIX_TOKEN_OK : PIX_TOKEN_EXPIRED;
}

static enum pix_verdict jwt_check_not_before(struct jwt_check *check)
{
	int64_t nbf;

	if (!jwt_get_time(check->claims, "nbf", &nbf))
		return PIX_TOKEN_CLAIM_TYPE;
	return nbf <= check->ctx->now + check->issuer->leeway_not_before ?
		PIX_TOKEN_OK : PIX_TOKEN_NOT_YET_VALID;
}

static enum pix_verdict jwt_check_issued(struct jwt_check *check)
{
	const struct pix_issuer *issuer = check->issuer;
	int64_t iat;

	if (!jwt_get_time(check->claims, "iat", &iat))
		return PIX_TOKEN_CLAIM_TYPE;
	if (iat == -1)
		return issuer->max_age == 0 ? PIX_TOKEN_OK : PIX_TOKEN_ISSUE_TIME_MISSING;
	check->detail = t_strdup_printf("%"PRId64" s ago", check->ctx->now - iat);
	check->id->issued = iat;
	if (iat > check->ctx->now + issuer->leeway_issued)
		return PIX_TOKEN_ISSUED_IN_FUTURE;
	if (issuer->max_age != 0 &&
	    iat + issuer->max_age + issuer->leeway_issued < check->ctx->now)
		return PIX_TOKEN_TOO_OLD;
	return PIX_TOKEN_OK;
}

static enum pix_verdict jwt_check_scope(struct jwt_check *check)
{
	const json_t *scope = json_object_get(check->claims, "scope");
	const char *const *want = check->issuer->scopes;

	/* Entra calls it scp, Okta has an array of this name */
	if (scope == NULL)
		scope = json_object_get(check->claims, "scp");
	for (; want != NULL && *want != NULL; want++) {
		check->detail = *want;
		if (!pix_claims_has_word(scope, *want))
			return PIX_TOKEN_SCOPE;
	}
	return PIX_TOKEN_OK;
}

static enum pix_verdict jwt_check_required(struct jwt_check *check)
{
	const struct pix_issuer_rule *rule;

	array_foreach(&check->issuer->require, rule) {
		check->detail = rule->path;
		if (!pix_claims_match(pix_claims_get(check->claims, rule->path),
				      rule->values))
			return PIX_TOKEN_CLAIM_REQUIRED;
	}
	return PIX_TOKEN_OK;
}

static enum pix_verdict jwt_check_factor(struct jwt_check *check)
{
	const struct pix_issuer_rule *rule;
	int64_t auth_time;

	array_foreach(&check->issuer->factor, rule) {
		check->detail = rule->path;
		if (!pix_claims_match(pix_claims_get(check->claims, rule->path),
				      rule->values))
			return PIX_TOKEN_FACTOR;
	}
	if (check->issuer->max_login_age == 0)
		return PIX_TOKEN_OK;
	check->detail = "auth_time";
	if (!jwt_get_time(check->claims, "auth_time", &auth_time))
		return PIX_TOKEN_CLAIM_TYPE;
	return auth_time != -1 &&
		auth_time <= check->ctx->now + check->issuer->leeway_issued &&
		auth_time + check->issuer->max_login_age >= check->ctx->now ?
		PIX_TOKEN_OK : PIX_TOKEN_LOGIN_TOO_OLD;
}

static enum pix_verdict jwt_check_service(struct jwt_check *check)
{
	const struct pix_issuer_rule *rule;
	const char *service = check->ctx->service;
	bool ruled = FALSE;

	check->detail = service;
	if (service == NULL)
		return PIX_TOKEN_OK;
	array_foreach(&check->issuer->services, rule) {
		if (strcasecmp(rule->service, service) != 0)
			continue;
		ruled = TRUE;
		if (pix_claims_match(pix_claims_get(check->claims, rule->path),
				     rule->values))
			return PIX_TOKEN_OK;
	}
	return ruled ? PIX_TOKEN_SERVICE : PIX_TOKEN_OK;
}

static bool jwt_domain_ok(const char *const *domains, const char *user)
{
	const char *at = strrchr(user, '@');

	for (; at != NULL && *domains != NULL; domains++) {
		if (strcasecmp(*domains, at + 1) == 0)
			return TRUE;
	}
	return FALSE;
}

/* Some issuers write it as a string. Absent: nothing is said against it. */
static bool jwt_email_verified(const json_t *value)
{
	return value == NULL || json_is_true(value) ||
		(json_is_string(value) &&
		 strcmp(json_string_value(value), "true") == 0);
}

static enum pix_verdict jwt_check_user(struct jwt_check *check)
{
	const struct pix_issuer *issuer = check->issuer;
	const char *user;

	switch (pix_claims_expand(check->claims, issuer->user, &user)) {
	case PIX_CLAIMS_MISSING:
		check->detail = issuer->user;
		return PIX_TOKEN_USER_MISSING;
	case PIX_CLAIMS_INVALID:
		return PIX_TOKEN_USER_INVALID;
	case PIX_CLAIMS_OK:
		break;
	}
	check->detail = user;
	if (strlen(user) > 255)
		return PIX_TOKEN_USER_INVALID;
	/* an address that nobody verified may be anyone's */
	if (strstr(issuer->user, "{email") != NULL && !issuer->unverified_email &&
	    !jwt_email_verified(json_object_get(check->claims, "email_verified"))) {
		check->detail = "email_verified is not true";
		return PIX_TOKEN_USER_INVALID;
	}
	if (issuer->user_domains != NULL && !jwt_domain_ok(issuer->user_domains, user))
		return PIX_TOKEN_USER_DOMAIN;
	check->id->user = p_strdup(check->pool, user);
	return PIX_TOKEN_OK;
}

static enum pix_verdict jwt_check_rest(struct jwt_check *check)
{
	ARRAY_TYPE(const_string) fields;
	const struct pix_issuer_field *field;
	bool bad = FALSE;

	check->id->subject = p_strdup(check->pool, jwt_get_str(check->claims, "sub", &bad));
	check->id->jti = p_strdup(check->pool, jwt_get_str(check->claims, "jti", &bad));
	check->id->sid = p_strdup(check->pool, jwt_get_str(check->claims, "sid", &bad));
	if (bad)
		return PIX_TOKEN_CLAIM_TYPE;
	p_array_init(&fields, check->pool, 8);
	array_foreach(&check->issuer->fields, field) {
		const char *value, *name = field->name;

		/* a field whose claim is absent is left out */
		if (pix_claims_expand(check->claims, field->tmpl, &value) != PIX_CLAIMS_OK)
			continue;
		value = p_strdup(check->pool, value);
		array_push_back(&fields, &name);
		array_push_back(&fields, &value);
	}
	array_append_zero(&fields);
	check->id->fields = array_front(&fields);
	return PIX_TOKEN_OK;
}

static const struct {
	const char *name;
	jwt_step_t *run;
} jwt_steps[] = {
	{ "type", jwt_check_type },
	{ "sender", jwt_check_bound },
	{ "expiry", jwt_check_expiry },
	{ "not-before", jwt_check_not_before },
	{ "issued", jwt_check_issued },
	{ "audience", jwt_check_audience },
	{ "client", jwt_check_client },
	{ "scope", jwt_check_scope },
	{ "required claims", jwt_check_required },
	{ "factor", jwt_check_factor },
	{ "service", jwt_check_service },
	{ "user", jwt_check_user },
	{ "fields", jwt_check_rest },
};

enum pix_verdict
pix_jwt_check(const struct pix_issuer *issuer, const struct pix_jws *jws,
	      const json_t *claims, const struct pix_jwt_context *ctx,
	      pool_t pool, struct pix_jwt_identity *id_r)
{
	struct jwt_check check = {
		.issuer = issuer,
		.jws = jws,
		.claims = claims,
		.ctx = ctx,
		.pool = pool,
		.id = id_r,
	};
	enum pix_verdict verdict = PIX_TOKEN_OK, first = PIX_TOKEN_OK;

	i_zero(id_r);
	for (unsigned int i = 0; i < N_ELEMENTS(jwt_steps); i++) {
		check.detail = NULL;
		verdict = jwt_steps[i].run(&check);
		if (ctx->step != NULL) {
			ctx->step(jwt_steps[i].name, verdict, check.detail,
				  ctx->step_context);
		}
		if (verdict == PIX_TOKEN_OK)
			continue;
		if (first == PIX_TOKEN_OK)
			first = verdict;
		/* who explains wants to see everything that is wrong */
		if (ctx->step == NULL)
			break;
	}
	return first;
}

enum pix_verdict
pix_jwt_recheck(const struct pix_issuer *issuer,
		const struct pix_jwt_identity *id, int64_t now)
{
	return id->expires == 0 || id->expires + issuer->leeway_expiry > now ?
		PIX_TOKEN_OK : PIX_TOKEN_EXPIRED;
}

int64_t pix_jwt_remember_until(const struct pix_issuer *issuer,
			       const struct pix_jwt_identity *id,
			       int64_t now, unsigned int ttl)
{
	int64_t until = now + ttl;

	if (id->expires != 0)
		until = I_MIN(until, id->expires + issuer->leeway_expiry);
	if (issuer->max_age != 0 && id->issued != 0) {
		until = I_MIN(until, id->issued + issuer->max_age +
			      issuer->leeway_issued);
	}
	/* the time of login isn't kept: look again soon */
	if (issuer->max_login_age != 0)
		until = I_MIN(until, now + 10);
	return until;
}
