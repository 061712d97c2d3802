/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

/* The fields of a request are const for the host's own modules' sake; we only
   change what the host itself changes there. */
#include "pix-passdb.h"
#include "pix-compat.h"
#include "array.h"
#include "auth.h"
#include "auth-fields.h"
#include "master-service.h"
#include "master-service-settings.h"
#include "settings-parser.h"
#include "safe-memset.h"

static const struct pix_passdb *pix_passdb;
static bool pix_passdb_preinited, pix_passdb_inited;

static bool pix_passdb_preinit_once(const char **error_r)
{
	if (pix_passdb_preinited)
		return TRUE;
	pix_passdb_preinited = TRUE;
	return pix_passdb->preinit(error_r);
}

#if PIX_DOVECOT_24

static int
pix_passdb_iface_preinit(pool_t pool, struct event *event ATTR_UNUSED,
			 struct passdb_module **module_r, const char **error_r)
{
	if (!pix_passdb_preinit_once(error_r))
		return -1;
	*module_r = p_new(pool, struct passdb_module, 1);
	return 0;
}

#else

static struct passdb_module *
pix_passdb_iface_preinit(pool_t pool, const char *args)
{
	const char *error;

	if (*args != '\0')
		i_fatal("passdb %s: args must be empty: its settings stand outside of the block",
			pix_passdb->name);
	if (!pix_passdb_preinit_once(&error))
		i_fatal("passdb %s: %s", pix_passdb->name, error);
	return p_new(pool, struct passdb_module, 1);
}

#endif

static void pix_passdb_iface_init(struct passdb_module *module ATTR_UNUSED)
{
	if (pix_passdb_inited)
		return;
	pix_passdb_inited = TRUE;
	pix_passdb->init();
}

static void pix_passdb_iface_deinit(struct passdb_module *module ATTR_UNUSED)
{
	if (!pix_passdb_inited)
		return;
	pix_passdb_inited = FALSE;
	pix_passdb->deinit();
}

static struct passdb_module_interface pix_passdb_iface;

void pix_passdb_register(const struct pix_passdb *passdb)
{
	i_assert(pix_passdb == NULL);

	pix_passdb = passdb;
	pix_passdb_iface.name = passdb->name;
	pix_passdb_iface.preinit = pix_passdb_iface_preinit;
	pix_passdb_iface.init = pix_passdb_iface_init;
	pix_passdb_iface.deinit = pix_passdb_iface_deinit;
	pix_passdb_iface.verify_plain = passdb->verify_plain;
	pix_passdb_iface.lookup_credentials = passdb->lookup_credentials;
	passdb_register_module(&pix_passdb_iface);
}

void pix_passdb_unregister(void)
{
	passdb_unregister_module(&pix_passdb_iface);
	pix_passdb = NULL;
}

const char *pix_passdb_service(const struct auth_request *request)
{
#if PIX_DOVECOT_24
	const char *service = request->fields.protocol;
#else
	const char *service = request->fields.service;
#endif
	return service == NULL ? "" : service;
}

const char *pix_passdb_mech(const struct auth_request *request)
{
	return request->fields.mech_name == NULL ? "" : request->fields.mech_name;
}

struct event *pix_passdb_event(const struct auth_request *request)
{
	/* the one whose log prefix has user, address and session on both hosts */
	return request->mech_event != NULL ? request->mech_event : request->event;
}

const char *pix_passdb_driver(const struct auth_request *request)
{
	return request->passdb == NULL ? "" : request->passdb->passdb->iface.name;
}

void pix_passdb_cut_password(struct auth_request *request, size_t len)
{
	size_t old_len = strlen(request->mech_password);

	i_assert(len <= old_len);
	safe_memset(request->mech_password + len, 0, old_len - len);
}

void pix_passdb_refuse(struct auth_request *request)
{
	/* a field of the row, such as "reason", would tell that the password
	   was right */
	auth_fields_reset(request->fields.extra_fields);
	request->passdb_success = FALSE;
	request->passdb_result = PASSDB_RESULT_PASSWORD_MISMATCH;
}

void pix_passdb_set_field(struct auth_request *request, const char *name,
			  const char *value)
{
	/* userdb prefetch must not take our fields for the user's */
	bool prefetch = request->userdb_prefetch_set;

	auth_request_set_field(request, t_strconcat("userdb_pix_", name, NULL),
			       value, NULL);
	request->userdb_prefetch_set = prefetch;
	/* a userdb that doesn't know the user rolls back to the snapshot */
	if (request->fields.userdb_reply != NULL)
		auth_fields_snapshot(request->fields.userdb_reply);
}

const char *pix_passdb_socket(const char *set)
{
#if PIX_DOVECOT_24
	const struct master_service_settings *service_set =
		master_service_get_service_settings(master_service);
#else
	const struct master_service_settings *service_set =
		master_service_settings_get(master_service);
#endif
	return *set == '/' ? set :
		t_strconcat(service_set->base_dir, "/", set, NULL);
}

/* ---- the chains ---- */

static const char *pix_passdb_chain_name(const struct auth *auth)
{
#if PIX_DOVECOT_24
	const char *name = auth->protocol;
#else
	const char *name = auth->service;
#endif
	return name == NULL ? "the default chain" :
		t_strdup_printf("protocol %s", name);
}

/* FALSE and problem_r if the block of ours lets some logins pass. */
static bool
pix_passdb_block_ok(const struct auth_passdb *db, const char **problem_r)
{
#if PIX_DOVECOT_24
	const bool mechs = db->mechanisms_filter != NULL;
	const bool filter = db->username_filter != NULL;
	const bool cached = FALSE;
#else
	/* the settings: a security update moved what is made of them */
	const bool mechs = db->set->mechanisms[0] != '\0';
	const bool filter = db->set->username_filter[0] != '\0';
	const bool cached = db->cache_key != NULL;
#endif
	if (db->passdb->blocking)
		*problem_r = "must not run in a worker: remove use_worker";
	else if (mechs)
		*problem_r = "must not be limited to some mechanisms: remove its filter of mechanisms";
	else if (filter)
		*problem_r = "must not be limited to some users: remove its filter of user names";
	else if (db->skip != AUTH_PASSDB_SKIP_NEVER)
		*problem_r = "must not be skipped: remove skip";
	else if (db->set->deny)
		*problem_r = "must not be a deny passdb: remove deny";
	else if (cached)
		*problem_r = "must not be cached";
	else
		return TRUE;
	return FALSE;
}

static bool
pix_passdb_chain_ok(const struct auth_passdb *chain, const char *driver,
		    const char **problem_r)
{
	unsigned int pos = 0, found = 0;
	bool first = FALSE;

	for (; chain != NULL; chain = chain->next, pos++) {
		if (strcmp(chain->passdb->iface.name, driver) != 0)
			continue;
		if (!pix_passdb_block_ok(chain, problem_r))
			return FALSE;
		found++;
		if (pos == 0)
			first = TRUE;
	}
	if (found == 0)
		*problem_r = "is missing: a password alone would be enough";
	else if (!first)
		*problem_r = "must be the first passdb: a passdb before it would accept a password alone";
	else if (found > 1)
		*problem_r = "stands there twice: remove one";
	else if (pos == 1)
		*problem_r = "is the only passdb: put the one that knows the passwords behind it";
	else
		return TRUE;
	return FALSE;
}

static bool
pix_passdb_mechs_ok(const struct auth *auth, const char **error_r)
{
	/* they ask no passdb */
	static const char *const refused[] = {
		"anonymous", "ntlm", "gss-spnego", "winbind", "otp", "skey"
	};
#if PIX_DOVECOT_24
	const char *const *mechs = settings_boollist_get(&auth->protocol_set->mechanisms);
#else
	const char *const *mechs = t_strsplit_spaces(auth->set->mechanisms, " ");
#endif
	for (unsigned int i = 0; i < N_ELEMENTS(refused); i++) {
		for (const char *const *p = mechs; *p != NULL; p++) {
			if (strcasecmp(*p, refused[i]) == 0) {
				*error_r = t_strdup_printf(
					"auth_mechanisms has %s, which passes the passdbs by: remove it",
					*p);
				return FALSE;
			}
		}
	}
	return TRUE;
}

bool pix_passdb_check_chains(const char *driver, bool allow_master,
			     const char **error_r)
{
	struct auth *auth;
	const char *problem;

	array_foreach_elem(&auths, auth) {
		if (!pix_passdb_chain_ok(auth->passdbs, driver, &problem)) {
			*error_r = t_strdup_printf("passdb %s in %s %s", driver,
						   pix_passdb_chain_name(auth), problem);
			return FALSE;
		}
		if (auth->masterdbs != NULL && !allow_master &&
		    !pix_passdb_chain_ok(auth->masterdbs, driver, &problem)) {
			*error_r = t_strdup_printf(
				"passdb %s with master = yes in %s %s (or allow it by pix_mfa_master_users = allow)",
				driver, pix_passdb_chain_name(auth), problem);
			return FALSE;
		}
		if (!pix_passdb_mechs_ok(auth, error_r))
			return FALSE;
	}
	return TRUE;
}
