/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-audit-plugin.h"
#include "pix-mail-session.h"
#include "pix-mail-user.h"
#include "pix-event.h"
#include "net.h"

#include <fcntl.h>
#include <unistd.h>

#define PIX_AUDIT_USER_CONTEXT(obj) \
	MODULE_CONTEXT(obj, pix_audit_user_module)
static MODULE_CONTEXT_DEFINE_INIT(pix_audit_user_module, &mail_user_module_register);

/* as /proc/self/loginuid says it when nobody logged in */
#define PIX_AUDIT_LOGINUID_UNSET "4294967295"

/* of doveadm, before it becomes the mail's owner */
static char *pix_audit_actor;

static struct pix_audit_user *pix_audit_last;

struct pix_audit_user *pix_audit_user_last(void)
{
	return pix_audit_last;
}

void pix_audit_actor_deinit(void)
{
	i_free(pix_audit_actor);
}

static int64_t pix_audit_msecs(void)
{
	struct timespec ts;

	if (clock_gettime(CLOCK_MONOTONIC, &ts) < 0)
		i_unreached();
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

struct pix_audit_user *pix_audit_user_get(struct mail_user *user)
{
	return user == NULL ? NULL : PIX_AUDIT_USER_CONTEXT(user);
}

/* Who runs this doveadm: the login uid, which sudo and su don't change. */
void pix_audit_actor_init(void)
{
	char buf[32];
	int fd = open("/proc/self/loginuid", O_RDONLY | O_CLOEXEC);
	ssize_t ret = -1;

	if (fd != -1) {
		ret = read(fd, buf, sizeof(buf) - 1);
		i_close_fd(&fd);
	}
	buf[ret < 0 ? 0 : ret] = '\0';
	if (strspn(buf, "0123456789") != strlen(buf) || buf[0] == '\0' ||
	    strcmp(buf, PIX_AUDIT_LOGINUID_UNSET) == 0)
		i_snprintf(buf, sizeof(buf), "%lu", (unsigned long)getuid());
	pix_audit_actor = i_strconcat("uid:", buf, NULL);
}

static void pix_audit_user_role(struct pix_audit_user *auser)
{
	struct mail_user *user = auser->user;
	const char *master = pix_mail_user_master(user);

	if (auser->is_doveadm) {
		auser->role = "admin";
		auser->actor = pix_audit_actor;
	} else if (master != NULL && strcmp(master, user->username) != 0) {
		auser->role = "master";
		auser->actor = master;
	}
}

static void
pix_audit_user_common(struct pix_audit_user *auser, struct pix_audit_build *build,
		      const char *owner, const char *role, const char *actor)
{
	struct mail_user *user = auser->user;

	pix_audit_build_str(build, "session", user->session_id);
	pix_audit_build_str(build, "owner", owner);
	if (actor != NULL && strcmp(actor, owner) != 0) {
		pix_audit_build_str(build, "actor", actor);
		pix_audit_build_str(build, "role", role);
	}
	if (user->conn.remote_ip != NULL)
		pix_audit_build_str(build, "ip", net_ip2addr(user->conn.remote_ip));
}

void pix_audit_begin(struct pix_audit_user *auser, struct mail_namespace *ns,
		     const char *kind, struct pix_audit_build *build)
{
	const char *owner = auser->user->username;

	if (ns != NULL && ns->owner != NULL && ns->owner != auser->user)
		owner = ns->owner->username;
	pix_audit_client_begin(pix_audit, kind, build);
	if (strcmp(owner, auser->user->username) == 0) {
		buffer_append_buf(build->dest, auser->common, 0, SIZE_MAX);
	} else if (auser->actor != NULL) {
		pix_audit_user_common(auser, build, owner, auser->role, auser->actor);
	} else {
		pix_audit_user_common(auser, build, owner, "delegate",
				      auser->user->username);
	}
}

void pix_audit_end(struct pix_audit_build *build)
{
	pix_audit_client_end(pix_audit, build);
}

static void pix_audit_session_start(struct pix_audit_user *auser)
{
	struct mail_user *user = auser->user;
	struct pix_audit_build build;

	pix_audit_begin(auser, NULL, "session.start", &build);
	if (user->session_restored)
		pix_audit_build_str(&build, "reason", "unhibernated");
	pix_audit_build_str(&build, "proto", auser->proto);
	if (user->conn.remote_port != 0)
		pix_audit_build_int(&build, "port", user->conn.remote_port);
	if (user->conn.local_ip != NULL)
		pix_audit_build_str(&build, "lip", net_ip2addr(user->conn.local_ip));
	if (user->conn.local_port != 0)
		pix_audit_build_int(&build, "lport", user->conn.local_port);
	pix_audit_build_str(&build, "mech", user->auth_mech);
	pix_audit_build_str(&build, "factor", pix_mail_user_field(user, "pix_factor"));
	pix_audit_build_str(&build, "credential",
			    pix_mail_user_field(user, "pix_credential"));
	pix_audit_build_str(&build, "issuer", pix_mail_user_field(user, "pix_issuer"));
	pix_audit_end(&build);
}

static void pix_audit_session_end(struct pix_audit_user *auser)
{
	struct pix_audit_build build;

	pix_audit_begin(auser, NULL, "session.end", &build);
	pix_audit_build_str(&build, "proto", auser->proto);
	pix_audit_build_str_max(&build, "reason",
				auser->hibernated ? "hibernated" : auser->end_reason, 200);
	pix_audit_build_int(&build, "bytes_in", (int64_t)auser->bytes_in);
	pix_audit_build_int(&build, "bytes_out", (int64_t)auser->bytes_out);
	pix_audit_build_int(&build, "duration",
			    pix_audit_msecs() - auser->started_msecs);
	pix_audit_end(&build);
}

void pix_audit_session_ended(struct mail_user *user,
			     const struct pix_mail_session_end *end)
{
	struct pix_audit_user *auser = pix_audit_user_get(user);

	if (auser == NULL)
		return;
	auser->bytes_in = end->bytes_in;
	auser->bytes_out = end->bytes_out;
	auser->end_reason = p_strdup(user->pool, end->reason);
	auser->hibernated = end->hibernated;
}

/* A doveadm command begins to work on this user's folders. Its arguments may
   hold anything, so only its name is recorded. */
void pix_audit_admin_command(struct pix_audit_user *auser)
{
	static const char *const modules[] = { "doveadm:cmd_", NULL };
	const char *code = pix_event_reason(modules);
	struct pix_audit_build build;

	if (code == NULL || auser->command_recorded)
		return;
	auser->command_recorded = TRUE;
	pix_audit_begin(auser, NULL, "admin.command", &build);
	pix_audit_build_str(&build, "command",
		t_str_replace(code + strlen(modules[0]), '_', ' '));
	pix_audit_end(&build);
}

static void pix_audit_user_deinit(struct mail_user *user)
{
	struct pix_audit_user *auser = pix_audit_user_get(user);

	auser->module_ctx.super.deinit(user);
	if (auser->is_session)
		pix_audit_session_end(auser);
	if (pix_audit_last == auser)
		pix_audit_last = NULL;
	buffer_free(&auser->common);
}

static bool pix_audit_is_session(const char *proto)
{
	return strcmp(proto, "imap") == 0 || strcmp(proto, "pop3") == 0 ||
		strcmp(proto, "submission") == 0 || strcmp(proto, "sieve") == 0;
}

static void pix_audit_user_start(struct pix_audit_user *auser)
{
	struct pix_audit_build build;

	pix_audit_user_role(auser);
	auser->common = buffer_create_dynamic(default_pool, 128);
	build.dest = auser->common;
	build.start = 0;
	pix_audit_user_common(auser, &build, auser->user->username, auser->role,
			      auser->actor);
	if (auser->is_session)
		pix_audit_session_start(auser);
}

void pix_audit_user_created(struct mail_user *user)
{
	struct mail_user_vfuncs *v = user->vlast;
	struct pix_audit_user *auser;
	enum pix_audit_class class;

	/* an owner of shared folders and delivery's own storage are no users
	   who came in */
	if (pix_audit == NULL || user->autocreated || user->creator != NULL)
		return;
	auser = p_new(user->pool, struct pix_audit_user, 1);
	auser->module_ctx.super = *v;
	user->vlast = &auser->module_ctx.super;
	v->deinit = pix_audit_user_deinit;
	MODULE_CONTEXT_SET(user, pix_audit_user_module, auser);

	auser->user = user;
	auser->proto = pix_mail_user_proto(user);
	auser->is_session = pix_audit_is_session(auser->proto);
	auser->is_delivery = strcmp(auser->proto, "lmtp") == 0 ||
		strcmp(auser->proto, "lda") == 0;
	auser->is_doveadm = strcmp(auser->proto, "doveadm") == 0;
	auser->is_pop3 = strcmp(auser->proto, "pop3") == 0;
	auser->started_msecs = pix_audit_msecs();
	p_array_init(&auser->synced, user->pool, 4);
	pix_audit_last = auser;
	T_BEGIN {
		pix_audit_user_start(auser);
	} T_END;
	class = auser->is_doveadm ? PIX_AUDIT_CLASS_ADMIN :
		auser->is_delivery ? PIX_AUDIT_CLASS_EVIDENCE : PIX_AUDIT_CLASS_ACCESS;
	if (user->error == NULL && pix_audit_must_refuse(class)) {
		user->error = "Actions can't be recorded now "
			"(pix_audit_on_failure = refuse)";
	}
}
