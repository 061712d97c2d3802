/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

/* The three services: there when they are needed, under a user of their own,
   with sockets that only the right peers can open. */

#include "doveadm-pix-check.h"

#include <pwd.h>
#include <unistd.h>

enum check_socket {
	/* root alone */
	CHECK_SOCKET_ADMIN,
	/* the auth process */
	CHECK_SOCKET_AUTH,
	/* processes under any uid of mail */
	CHECK_SOCKET_MAIL,
};

static const struct {
	const char *service;
	struct {
		const char *name;
		enum check_socket kind;
	} sockets[4];
	/* what needs it: passdbs and mail plugins */
	const char *const passdbs[3], *const plugins[3];
} services[] = {
#if defined(PIX_HAVE_MFA) || defined(PIX_HAVE_OAUTH2)
	{ "pix-identity",
	  { { "pix-identity", CHECK_SOCKET_AUTH },
	    { "pix-identity-admin", CHECK_SOCKET_ADMIN },
	    { "pix-identity-session", CHECK_SOCKET_MAIL } },
	  { "pix_mfa" }, { "pix_session" } },
#endif
#ifdef PIX_HAVE_AUDIT
	{ "pix-audit",
	  { { "pix-audit", CHECK_SOCKET_MAIL },
	    { "pix-audit-admin", CHECK_SOCKET_ADMIN } },
	  { NULL }, { "pix_audit" } },
#endif
#ifdef PIX_HAVE_ARCHIVE
	{ "pix-archive",
	  { { "pix-archive", CHECK_SOCKET_MAIL },
	    { "pix-archive-admin", CHECK_SOCKET_ADMIN } },
	  { NULL }, { "pix_archive", "pix_journal" } },
#endif
};

/* Name of what needs service i, or NULL. */
static const char *
check_service_needed(const struct pix_check *check, unsigned int i)
{
	const struct pix_conf_node *node;

	for (unsigned int j = 0; services[i].passdbs[j] != NULL; j++) {
		if (pix_check_has_passdb(check, services[i].passdbs[j]))
			return t_strconcat("passdb ", services[i].passdbs[j], NULL);
	}
	for (unsigned int j = 0; services[i].plugins[j] != NULL; j++) {
		if (pix_check_named(check, "mail_plugins", services[i].plugins[j], &node))
			return t_strconcat("plugin ", services[i].plugins[j], NULL);
	}
	return NULL;
}

static const struct pix_conf_node *
check_service_socket(const struct pix_check *check,
		     const struct pix_conf_node *service, const char *name)
{
	const struct pix_conf_node *const *nodep, *found = NULL;

	array_foreach(pix_conf_nodes(check->conf), nodep) {
		const struct pix_conf_node *node = *nodep;

		if (node->type == PIX_CONF_SECTION && node->parent != NULL &&
		    node->parent->parent == NULL &&
		    strcmp(node->parent->key, "service") == 0 &&
		    strcmp(node->parent->value, service->value) == 0 &&
		    strcmp(node->key, "unix_listener") == 0 &&
		    strcmp(node->value, name) == 0)
			found = node;
	}
	return found;
}

static void
check_socket(struct pix_check *check, const struct pix_conf_node *node,
	     enum check_socket kind)
{
	const struct pix_conf_node *mode_node = pix_conf_last(check->conf, node, "mode");
	const char *user = pix_check_value_in(check, node, "user", "");
	unsigned int mode = 0600;

	if (mode_node != NULL && str_to_uint_oct(mode_node->value, &mode) < 0)
		return;
	switch (kind) {
	case CHECK_SOCKET_ADMIN:
		if ((mode & 077) != 0)
			pix_check_add(check, PIX_CHECK_ERROR, "socket-mode", mode_node,
				"socket %s: mode %04o lets others act as the administrator: use 0600",
				node->value, mode);
		if (user[0] != '\0' && strcmp(user, "root") != 0)
			pix_check_add(check, PIX_CHECK_WARNING, "socket-user", node,
				"socket %s: user %s may do what the administrator may",
				node->value, user);
		break;
	case CHECK_SOCKET_AUTH:
		if ((mode & 077) != 0)
			pix_check_add(check, PIX_CHECK_ERROR, "socket-mode", mode_node,
				"socket %s: mode %04o lets others test codes: use 0600",
				node->value, mode);
		if (user[0] == '\0' || strcmp(user, "root") == 0)
			pix_check_add(check, PIX_CHECK_ERROR, "socket-user", node,
				"socket %s: the auth process can't open it: set user to the one of service auth (%s)",
				node->value, pix_check_value(check,
					"default_internal_user", "dovecot"));
		break;
	case CHECK_SOCKET_MAIL:
		if ((mode & 066) == 0 && (user[0] == '\0' || strcmp(user, "root") == 0))
			pix_check_add(check, PIX_CHECK_WARNING, "socket-mode",
				mode_node == NULL ? node : mode_node,
				"socket %s: only root can open it: mail processes that dropped root can't come back",
				node->value);
		break;
	}
}

static void
check_service_user(struct pix_check *check, const struct pix_conf_node *service)
{
	const struct pix_conf_node *node = pix_conf_last(check->conf, service, "user");

	if (node == NULL || node->value[0] == '\0' || strcmp(node->value, "root") == 0) {
		pix_check_add(check, PIX_CHECK_ERROR, "service-user",
			node == NULL ? service : node,
			"service %s must run as a user of its own, not as root",
			service->value);
	} else if (node->value[0] != '$' && getpwnam(node->value) == NULL) {
		pix_check_add(check, PIX_CHECK_ERROR, "user-missing", node,
			"service %s: there is no user %s (useradd --system %s)",
			service->value, node->value, node->value);
	} else if (strcmp(node->value, pix_check_value(check,
				"default_internal_user", "dovecot")) == 0) {
		pix_check_add(check, PIX_CHECK_ERROR, "service-user", node,
			"service %s must run as a user of its own: %s is the one of auth",
			service->value, node->value);
	}
}

static void
check_service_program(struct pix_check *check, const struct pix_conf_node *service)
{
	const struct pix_conf_node *node =
		pix_conf_last(check->conf, service, "executable");
	const char *path = t_strcut(node == NULL ? service->value : node->value, ' ');
	const struct pix_conf_node *limit =
		pix_conf_last(check->conf, service, "process_limit");

	if (path[0] != '/')
		path = t_strconcat(pix_check_value(check, "libexec_dir",
			pix_check_value(check, "base_libexec_dir", PIX_LIBEXECDIR)),
			"/", path, NULL);
	if (access(path, X_OK) < 0)
		pix_check_add(check, PIX_CHECK_ERROR, "service-program",
			node == NULL ? service : node,
			"service %s: %s can't be run: %m", service->value, path);
	if (limit == NULL || strcmp(limit->value, "1") != 0)
		pix_check_add(check, PIX_CHECK_ERROR, "service-limit",
			limit == NULL ? service : limit,
			"service %s must have process_limit = 1: its state is in one process",
			service->value);
}

/* Mail processes that never are root can't prove who they are. */
static void check_mail_service_users(struct pix_check *check)
{
	static const char *const names[] = {
		"imap", "pop3", "submission", "managesieve", NULL
	};
	const char *const *users = t_strsplit_spaces(
		pix_check_value(check, "pix_identity_session_users", ""), " ,");

	for (unsigned int i = 0; names[i] != NULL; i++) {
		const struct pix_conf_node *service =
			pix_check_section(check, "service", names[i]);
		const struct pix_conf_node *user = service == NULL ? NULL :
			pix_conf_last(check->conf, service, "user");

		if (user != NULL && user->value[0] != '\0' &&
		    strcmp(user->value, "root") != 0 &&
		    !str_array_find(users, user->value))
			pix_check_add(check, PIX_CHECK_ERROR, "session-user", user,
				"service %s never is root: name its user in pix_identity_session_users = %s",
				names[i], user->value);
	}
}

static void
check_service(struct pix_check *check, unsigned int i, const char *needed_by)
{
	const struct pix_conf_node *service =
		pix_check_section(check, "service", services[i].service);

	if (service == NULL) {
		if (needed_by != NULL)
			pix_check_add(check, PIX_CHECK_ERROR, "service-missing", NULL,
				"%s needs service %s: include its drop-in",
				needed_by, services[i].service);
		return;
	}
	check_service_user(check, service);
	check_service_program(check, service);
	for (unsigned int j = 0; services[i].sockets[j].name != NULL; j++) {
		const char *name = services[i].sockets[j].name;
		const struct pix_conf_node *node =
			check_service_socket(check, service, name);

		if (node == NULL)
			pix_check_add(check, PIX_CHECK_ERROR, "socket-missing", service,
				"service %s has no unix_listener %s",
				service->value, name);
		else
			check_socket(check, node, services[i].sockets[j].kind);
	}
}

void pix_check_services(struct pix_check *check)
{
	const struct pix_conf_node *node;

	for (unsigned int i = 0; i < N_ELEMENTS(services); i++) T_BEGIN {
		check_service(check, i, check_service_needed(check, i));
	} T_END;
	if (pix_check_named(check, "mail_plugins", "pix_session", &node))
		check_mail_service_users(check);
}
