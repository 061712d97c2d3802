/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-session-link.h"
#include "pix-client.h"
#include "pix-mail-user.h"
#include "ioloop.h"
#include "llist.h"
#include "net.h"

#define PIX_SESSION_SOCKET "pix-identity-session"
#define PIX_SESSION_MAX_PAYLOAD (64 * 1024)
#define PIX_SESSION_REGISTER_MSECS (30 * 1000)

/* One a process: the connection and the sessions that it carries. */
static struct {
	int preinit_fd;
	struct pix_client *client;
	struct pix_session *sessions;
	/* lets us in again when we are no longer root; a secret */
	char *ticket;
} link_ = { .preinit_fd = -1 };

void pix_session_link_preinit(void)
{
	/* errors are told when the connection is needed */
	link_.preinit_fd = net_connect_unix(
		t_strconcat(pix_mail_base_dir(), "/"PIX_SESSION_SOCKET, NULL));
	if (link_.preinit_fd != -1)
		fd_close_on_exec(link_.preinit_fd, TRUE);
}

static json_t *pix_session_link_args(struct pix_session *session)
{
	const struct mail_user *user = session->user;
	json_t *args = json_object();

	pix_json_set_str(args, "session", user->session_id);
	pix_json_set_str(args, "user", user->username);
	pix_json_set_str(args, "master", pix_mail_user_master(user));
	pix_json_set_str(args, "service", pix_session_service());
	pix_json_set_str(args, "factor", session->factor);
	pix_json_set_str(args, "credential", session->credential);
	pix_json_set_str(args, "issuer", session->issuer);
	pix_json_set_str(args, "token", session->token);
	if (session->expires != 0)
		pix_json_set_int(args, "expires", session->expires);
	if (session->issued != 0)
		pix_json_set_int(args, "issued", session->issued);
	if (user->conn.remote_ip != NULL)
		pix_json_set_str(args, "rip", net_ip2addr(user->conn.remote_ip));
	pix_json_set_bool(args, "tls", pix_mail_user_is_tls(user));
	pix_json_set_int(args, "start", user->session_create_time);
	return args;
}

/* Members of an answer or a push that tell the session to end. */
static void
pix_session_link_end(struct pix_session *session, const json_t *obj)
{
	const char *reason = pix_json_str(obj, "end");
	const char *text = pix_json_str(obj, "end_text");

	if (reason != NULL)
		pix_session_end(session, reason, text == NULL ?
				"Your session was ended by the administrator" : text);
}

static struct pix_session *pix_session_link_find(const char *id)
{
	struct pix_session *session;

	for (session = link_.sessions; session != NULL; session = session->next) {
		if (id != NULL && strcmp(session->user->session_id, id) == 0)
			return session;
	}
	return NULL;
}

static void
pix_session_link_registered(enum pix_client_result result,
			    const json_t *answer, void *context ATTR_UNUSED)
{
	struct pix_session *session;

	if (answer == NULL)
		return;
	session = pix_session_link_find(pix_json_str(answer, "session"));
	if (session == NULL)
		return;
	if (result == PIX_CLIENT_OK)
		pix_session_link_end(session, answer);
	else {
		e_error(session->user->event,
			"pix_session: pix-identity refused to register the session: %s",
			pix_json_str(answer, "text"));
	}
}

static void pix_session_link_send(struct pix_session *session)
{
	(void)pix_client_request(link_.client, "session-register",
				 pix_session_link_args(session),
				 PIX_SESSION_REGISTER_MSECS,
				 pix_session_link_registered, NULL);
}

static void pix_session_link_hello(json_t *hello, void *context ATTR_UNUSED)
{
	pix_json_set_str(hello, "ticket", link_.ticket);
}

/* Connected for the first time or again: the service knows nothing of us. */
static void
pix_session_link_connected(const json_t *answer, void *context ATTR_UNUSED)
{
	const char *ticket = pix_json_str(answer, "ticket");
	struct pix_session *session;

	if (ticket != NULL) {
		i_free(link_.ticket);
		link_.ticket = i_strdup(ticket);
	}
	for (session = link_.sessions; session != NULL; session = session->next) {
		if (session->registered)
			pix_session_link_send(session);
	}
}

static void pix_session_link_push(const json_t *msg, void *context ATTR_UNUSED)
{
	struct pix_session *session =
		pix_session_link_find(pix_json_str(msg, "session"));

	if (session != NULL)
		pix_session_link_end(session, msg);
}

static void pix_session_link_init(void)
{
	struct pix_client_params params = {
		.protocol = "pix-identity",
		.version_min = 1,
		.version_max = 1,
		.path = t_strconcat(pix_mail_base_dir(), "/"PIX_SESSION_SOCKET, NULL),
		.max_payload = PIX_SESSION_MAX_PAYLOAD,
		/* as many as sessions in one process */
		.max_requests = 65536,
		.hello = pix_session_link_hello,
		.connected = pix_session_link_connected,
		.push = pix_session_link_push,
	};

	if (link_.client != NULL)
		return;
	link_.client = pix_client_init(&params);
	if (link_.preinit_fd != -1) {
		pix_client_set_fd(link_.client, link_.preinit_fd);
		link_.preinit_fd = -1;
	}
}

static void pix_session_link_add(struct pix_session *session)
{
	pix_session_link_init();
	DLLIST_PREPEND(&link_.sessions, session);
}

void pix_session_link_register(struct pix_session *session)
{
	pix_session_link_add(session);
	session->registered = TRUE;
	/* else connected() does it */
	if (pix_client_is_connected(link_.client))
		pix_session_link_send(session);
}

struct pix_session_link_question {
	struct pix_session *session;
	struct ioloop *ioloop;
	enum pix_session_answer answer;
};

static void
pix_session_link_answered(enum pix_client_result result,
			  const json_t *answer, void *context)
{
	struct pix_session_link_question *question = context;

	if (result == PIX_CLIENT_OK) {
		/* only a literal false lets the session stay; without the
		   member the service doesn't know either */
		json_t *enrolled = json_object_get(answer, "enrolled");

		if (enrolled != NULL)
			question->answer = json_is_false(enrolled) ?
				PIX_SESSION_ANSWER_NOT_ENROLLED :
				PIX_SESSION_ANSWER_ENROLLED;
		pix_session_link_end(question->session, answer);
	}
	io_loop_stop(question->ioloop);
}

enum pix_session_answer
pix_session_link_ask(struct pix_session *session, unsigned int timeout_msecs)
{
	struct pix_session_link_question question = { .session = session };
	struct ioloop *prev_ioloop = current_ioloop;

	pix_session_link_add(session);
	question.ioloop = io_loop_create();
	pix_client_switch_ioloop(link_.client);
	(void)pix_client_request(link_.client, "session-register",
				 pix_session_link_args(session), timeout_msecs,
				 pix_session_link_answered, &question);
	io_loop_run(question.ioloop);
	io_loop_set_current(prev_ioloop);
	pix_client_switch_ioloop(link_.client);
	io_loop_set_current(question.ioloop);
	io_loop_destroy(&question.ioloop);
	/* from now on also after a reconnect */
	session->registered = TRUE;
	return question.answer;
}

static void
pix_session_link_released(enum pix_client_result result ATTR_UNUSED,
			  const json_t *answer ATTR_UNUSED,
			  void *context ATTR_UNUSED)
{
}

void pix_session_link_release(struct pix_session *session)
{
	json_t *args;

	if (link_.client == NULL)
		return;
	DLLIST_REMOVE(&link_.sessions, session);
	/* not connected: it was forgotten with the connection */
	if (!pix_client_is_connected(link_.client))
		return;
	args = json_object();
	pix_json_set_str(args, "session", session->user->session_id);
	(void)pix_client_request(link_.client, "session-release", args,
				 PIX_SESSION_REGISTER_MSECS,
				 pix_session_link_released, NULL);
}

void pix_session_link_deinit(void)
{
	pix_client_deinit(&link_.client);
	i_close_fd(&link_.preinit_fd);
	if (link_.ticket != NULL)
		explicit_bzero(link_.ticket, strlen(link_.ticket));
	i_free(link_.ticket);
}
