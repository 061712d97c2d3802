/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-identity-dispatch.h"
#include "pix-identity-session.h"
#include "net.h"

static bool
pix_identity_session_filter(struct pix_identity_request *request,
			    struct pix_identity_session_filter *filter_r)
{
	const json_t *args = request->args;
	struct ip_addr ip;
	unsigned int bits;

	*filter_r = (struct pix_identity_session_filter){
		.user = pix_json_str(args, "user"),
		.session = pix_json_str(args, "session"),
		.service = pix_json_str(args, "service"),
		.factor = pix_json_str(args, "factor"),
		.credential = pix_json_str(args, "credential"),
		.issuer = pix_json_str(args, "issuer"),
		.token = pix_json_str(args, "token"),
		.rip = pix_json_str(args, "rip"),
	};
	if (filter_r->rip != NULL &&
	    net_parse_range(filter_r->rip, &ip, &bits) < 0) {
		pix_identity_fail(request, "invalid",
				  "rip is neither an address nor a network");
		return FALSE;
	}
	return TRUE;
}

static json_t *pix_identity_session_json(const struct pix_identity_session *session)
{
	json_t *obj = json_object();

	pix_json_set_str(obj, "session", session->id);
	pix_json_set_str(obj, "user", session->user);
	pix_json_set_str(obj, "master", session->master);
	pix_json_set_str(obj, "service", session->service);
	pix_json_set_str(obj, "factor", session->factor);
	pix_json_set_str(obj, "credential", session->credential);
	pix_json_set_str(obj, "issuer", session->issuer);
	pix_json_set_str(obj, "token", session->token);
	pix_json_set_str(obj, "rip", session->rip);
	pix_json_set_bool(obj, "tls", session->tls);
	pix_json_set_int(obj, "start", session->start);
	if (session->expires != 0)
		pix_json_set_int(obj, "expires", session->expires);
	pix_json_set_int(obj, "pid", pix_service_conn_pid(session->conn));
	return obj;
}

void pix_identity_cmd_session_list(struct pix_identity_request *request)
{
	struct pix_identity_sessions *sessions = request->identity->sessions;
	struct pix_identity_session_filter filter;
	struct pix_identity_session *session = NULL;
	json_t *answer, *rows;

	if (!pix_identity_session_filter(request, &filter))
		return;
	answer = json_object();
	rows = json_array();
	while ((session = pix_identity_session_next(sessions, session, &filter)) != NULL)
		json_array_append_new(rows, pix_identity_session_json(session));
	json_object_set_new(answer, "sessions", rows);
	pix_identity_answer(request, answer);
}

void pix_identity_cmd_session_end(struct pix_identity_request *request)
{
	struct pix_identity_sessions *sessions = request->identity->sessions;
	const char *actor = pix_json_str(request->args, "actor");
	struct pix_identity_session_filter filter;
	struct pix_identity_session *session = NULL;
	unsigned int count = 0;
	json_t *answer;

	if (!pix_identity_session_filter(request, &filter))
		return;
	if (filter.user == NULL && filter.session == NULL &&
	    filter.credential == NULL && filter.rip == NULL &&
	    filter.issuer == NULL && filter.token == NULL &&
	    !pix_json_true(request->args, "all")) {
		pix_identity_fail(request, "invalid",
			"say whose sessions: user, session, credential, issuer, token or address, or all of them");
		return;
	}
	while ((session = pix_identity_session_next(sessions, session, &filter)) != NULL) {
		if (session->ending)
			continue;
		pix_identity_session_end(session, "admin", NULL);
		count++;
	}
	e_info(request->identity->event, "Ending %u sessions as %s asked", count,
	       actor == NULL ? "an administrator" : actor);
	answer = json_object();
	pix_json_set_int(answer, "ended", count);
	pix_identity_answer(request, answer);
}
