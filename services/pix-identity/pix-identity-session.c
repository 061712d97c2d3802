/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-identity-session.h"
#include "llist.h"
#include "net.h"

/* Longest text of a member, in bytes; user names and ids are shorter. */
#define PIX_IDENTITY_SESSION_TEXT_MAX 1024

struct pix_identity_sessions {
	struct pix_identity_session *head;
	unsigned int count;
};

struct pix_identity_sessions *pix_identity_sessions_init(void)
{
	return i_new(struct pix_identity_sessions, 1);
}

static void pix_identity_session_free(struct pix_identity_session *session)
{
	i_free(session->id);
	i_free(session->user);
	i_free(session->service);
	i_free(session->master);
	i_free(session->factor);
	i_free(session->credential);
	i_free(session->issuer);
	i_free(session->token);
	i_free(session->rip);
	i_free(session);
}

void pix_identity_session_remove(struct pix_identity_sessions *sessions,
				 struct pix_identity_session **_session)
{
	struct pix_identity_session *session = *_session;

	*_session = NULL;
	DLLIST_REMOVE(&sessions->head, session);
	sessions->count--;
	pix_identity_session_free(session);
}

void pix_identity_sessions_deinit(struct pix_identity_sessions **_sessions)
{
	struct pix_identity_sessions *sessions = *_sessions;

	if (sessions == NULL)
		return;
	*_sessions = NULL;
	while (sessions->head != NULL) {
		struct pix_identity_session *session = sessions->head;

		pix_identity_session_remove(sessions, &session);
	}
	i_free(sessions);
}

struct pix_identity_session *
pix_identity_session_find(struct pix_identity_sessions *sessions,
			  const struct pix_service_conn *conn, const char *id)
{
	struct pix_identity_session *session;

	for (session = sessions->head; session != NULL; session = session->next) {
		if (session->conn == conn && strcmp(session->id, id) == 0)
			return session;
	}
	return NULL;
}

void pix_identity_sessions_closed(struct pix_identity_sessions *sessions,
				  const struct pix_service_conn *conn)
{
	struct pix_identity_session *session, *next;

	for (session = sessions->head; session != NULL; session = next) {
		next = session->next;
		if (session->conn == conn)
			pix_identity_session_remove(sessions, &session);
	}
}

/* A mail process may be hijacked: nothing that it says reaches a log or a
   terminal raw. */
static bool pix_identity_session_text_ok(const char *text)
{
	size_t len = strlen(text);

	if (len > PIX_IDENTITY_SESSION_TEXT_MAX)
		return FALSE;
	for (size_t i = 0; i < len; i++) {
		if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
			return FALSE;
	}
	return TRUE;
}

static bool
pix_identity_session_text(const json_t *args, const char *name, char **value_r,
			  const char **error_r)
{
	const char *value = pix_json_str(args, name);

	if (value == NULL)
		return TRUE;
	if (!pix_identity_session_text_ok(value)) {
		*error_r = t_strdup_printf("member %s is too long or has control characters", name);
		return FALSE;
	}
	*value_r = i_strdup(value);
	return TRUE;
}

static bool
pix_identity_session_parse(struct pix_identity_session *session,
			   const json_t *args, const char **error_r)
{
	struct ip_addr ip;

	if (!pix_identity_session_text(args, "session", &session->id, error_r) ||
	    !pix_identity_session_text(args, "user", &session->user, error_r) ||
	    !pix_identity_session_text(args, "service", &session->service, error_r) ||
	    !pix_identity_session_text(args, "master", &session->master, error_r) ||
	    !pix_identity_session_text(args, "factor", &session->factor, error_r) ||
	    !pix_identity_session_text(args, "credential", &session->credential, error_r) ||
	    !pix_identity_session_text(args, "issuer", &session->issuer, error_r) ||
	    !pix_identity_session_text(args, "token", &session->token, error_r) ||
	    !pix_identity_session_text(args, "rip", &session->rip, error_r))
		return FALSE;
	if (session->id == NULL || session->user == NULL || session->service == NULL) {
		*error_r = "session, user and service are needed";
		return FALSE;
	}
	if (session->rip != NULL && net_addr2ip(session->rip, &ip) < 0) {
		*error_r = "member rip is not an address";
		return FALSE;
	}
	session->tls = pix_json_true(args, "tls");
	if (!pix_json_int(args, "start", 0, INT64_MAX, &session->start))
		session->start = 0;
	if (!pix_json_int(args, "expires", 0, INT64_MAX, &session->expires))
		session->expires = 0;
	if (!pix_json_int(args, "issued", 0, INT64_MAX, &session->issued))
		session->issued = 0;
	return TRUE;
}

static unsigned int
pix_identity_session_peer_count(const struct pix_identity_sessions *sessions,
				const struct pix_service_conn *conn)
{
	const struct pix_identity_session *session;
	unsigned int count = 0;

	for (session = sessions->head; session != NULL; session = session->next) {
		if (session->conn == conn)
			count++;
	}
	return count;
}

struct pix_identity_session *
pix_identity_session_add(struct pix_identity_sessions *sessions,
			 struct pix_service_conn *conn, const json_t *args,
			 const char **error_r)
{
	struct pix_identity_session *session, *old;

	session = i_new(struct pix_identity_session, 1);
	session->conn = conn;
	if (!pix_identity_session_parse(session, args, error_r)) {
		pix_identity_session_free(session);
		return NULL;
	}
	old = pix_identity_session_find(sessions, conn, session->id);
	if (old != NULL)
		pix_identity_session_remove(sessions, &old);
	else if (pix_identity_session_peer_count(sessions, conn) >=
		 PIX_IDENTITY_SESSIONS_PER_PEER) {
		*error_r = "too many sessions in one process";
		pix_identity_session_free(session);
		return NULL;
	}
	DLLIST_PREPEND(&sessions->head, session);
	sessions->count++;
	return session;
}

static bool pix_identity_session_is(const char *wanted, const char *value)
{
	return wanted == NULL || (value != NULL && strcmp(wanted, value) == 0);
}

static bool
pix_identity_session_match(const struct pix_identity_session *session,
			   const struct pix_identity_session_filter *filter)
{
	struct ip_addr ip, wanted;

	if (!pix_identity_session_is(filter->user, session->user) ||
	    !pix_identity_session_is(filter->session, session->id) ||
	    !pix_identity_session_is(filter->service, session->service) ||
	    !pix_identity_session_is(filter->factor, session->factor) ||
	    !pix_identity_session_is(filter->credential, session->credential) ||
	    !pix_identity_session_is(filter->issuer, session->issuer) ||
	    !pix_identity_session_is(filter->token, session->token))
		return FALSE;
	if (filter->rip != NULL) {
		/* an address or a network */
		unsigned int bits;

		if (session->rip == NULL ||
		    net_parse_range(filter->rip, &wanted, &bits) < 0 ||
		    net_addr2ip(session->rip, &ip) < 0 ||
		    !net_is_in_network(&ip, &wanted, bits))
			return FALSE;
	}
	return TRUE;
}

struct pix_identity_session *
pix_identity_session_next(struct pix_identity_sessions *sessions,
			  const struct pix_identity_session *prev,
			  const struct pix_identity_session_filter *filter)
{
	struct pix_identity_session *session =
		prev == NULL ? sessions->head : prev->next;

	while (session != NULL && !pix_identity_session_match(session, filter))
		session = session->next;
	return session;
}

void pix_identity_session_end(struct pix_identity_session *session,
			      const char *reason, const char *text)
{
	json_t *msg = json_object();

	session->ending = TRUE;
	pix_json_set_str(msg, "session", session->id);
	pix_json_set_str(msg, "end", reason);
	pix_json_set_str(msg, "end_text", text);
	pix_service_push(session->conn, msg);
}

unsigned int
pix_identity_sessions_count(const struct pix_identity_sessions *sessions)
{
	return sessions->count;
}
