/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

/* The auth process: one record for each authentication of every client, those of
   the MTA included. The host loads this module whenever it is installed, so
   it does nothing unless the collector's socket exists. */

#include "pix-core.h"
#include "pix-audit-event.h"
#include "pix-audit-process.h"
#include "pix-auth-outcome.h"
#include "pix-compat.h"
#include "pix-event.h"
#include "lib-event.h"

extern const char *pix_audit_auth_version;
void pix_audit_auth_preinit(void);
void pix_audit_auth_init(void);
void pix_audit_auth_deinit(void);

PIX_EXPORT const char *pix_audit_auth_version = DOVECOT_ABI_VERSION;

static struct pix_audit_process pix_audit_auth;

static const char *
pix_audit_auth_factor1(struct event *event, const struct pix_auth_outcome *outcome)
{
	if (outcome->mech == NULL)
		return NULL;
	if (outcome->factor != NULL && strcmp(outcome->factor, "app-password") == 0)
		return "app-password";
	if (strcmp(outcome->mech, "OAUTHBEARER") == 0 ||
	    strcmp(outcome->mech, "XOAUTH2") == 0)
		return "token";
	if (strcmp(outcome->mech, "GSSAPI") == 0 ||
	    strcmp(outcome->mech, "GSS-SPNEGO") == 0)
		return "kerberos";
	if (strcmp(outcome->mech, "EXTERNAL") == 0)
		return "certificate";
	return "password";
}

/* The words of the suite's own modules as docs/protocol/audit-record.md has them:
   beside other reasons they must say what they are about. */
static const char *pix_audit_auth_word(struct event *event)
{
	static const struct {
		const char *word, *reason;
	} reasons[] = {
		{ "missing", "code-missing" },
		{ "wrong", "code-wrong" },
		{ "replayed", "code-replayed" },
		{ "locked", "code-locked" },
		{ "first-factor", "wrong-password" },
	};
	const char *verdict = pix_event_own_str(event, "verdict");
	const char *word = pix_event_own_str(event, "reason");

	if (verdict != NULL)
		return t_strconcat("token-", verdict, NULL);
	for (unsigned int i = 0; word != NULL && i < N_ELEMENTS(reasons); i++) {
		if (strcmp(reasons[i].word, word) == 0)
			return reasons[i].reason;
	}
	return word;
}

static const char *
pix_audit_auth_reason(struct event *event, const struct pix_auth_outcome *outcome)
{
	/* a module of the suite that refused knows why */
	const char *reason = pix_auth_outcome_noted(event, "pix_reason");

	if (outcome->success)
		return NULL;
	if (reason != NULL && strcmp(reason, "ok") != 0)
		return reason;
	if (outcome->policy)
		return "policy";
	if (outcome->internal)
		return "internal";
	/* for the records alone; the client sees no difference */
	return outcome->unknown_user ? "unknown-user" : "wrong-password";
}

static void
pix_audit_auth_tls(struct pix_audit_build *build, const struct pix_auth_outcome *outcome,
		   const char *noted)
{
	const char *tls = outcome->tls != NULL ? outcome->tls : noted;
	const char *const *words;

	if (tls == NULL) {
		if (outcome->secured)
			pix_audit_build_str(build, "tls", "yes");
		return;
	}
	words = t_strsplit_spaces(tls, " ");
	if (str_array_length(words) != 3)
		return;
	pix_audit_build_str_max(build, "tls", words[0], 20);
	if (strcmp(words[1], "-") != 0)
		pix_audit_build_str_max(build, "tls_cipher", words[1], 80);
	if (strcmp(words[2], "-") != 0)
		pix_audit_build_str_max(build, "tls_group", words[2], 80);
}

static void pix_audit_auth_finished(struct event *event)
{
	struct pix_auth_outcome outcome;
	struct pix_audit_build build;
	const char *factor;

	if (!pix_auth_outcome_get(event, &outcome))
		return;
	factor = outcome.factor != NULL ? outcome.factor :
		pix_auth_outcome_noted(event, "pix_factor");
	pix_audit_client_begin(pix_audit_auth.client, "auth.attempt", &build);
	pix_audit_build_str(&build, "session", outcome.session);
	pix_audit_build_str_max(&build, "owner", outcome.user, 255);
	if (outcome.master != NULL) {
		pix_audit_build_str_max(&build, "actor", outcome.master, 255);
		pix_audit_build_str(&build, "role", "master");
	}
	pix_audit_build_str(&build, "ip", outcome.ip);
	if (!outcome.success)
		pix_audit_build_str(&build, "outcome", "fail");
	pix_audit_build_str_max(&build, "reason",
				pix_audit_auth_reason(event, &outcome), 60);
	pix_audit_build_str_max(&build, "proto", outcome.protocol, 30);
	pix_audit_build_str(&build, "mech", outcome.mech);
	if (outcome.given != NULL &&
	    (outcome.user == NULL || strcmp(outcome.given, outcome.user) != 0))
		pix_audit_build_str_max(&build, "user_given", outcome.given, 255);
	pix_audit_build_str(&build, "factor1", pix_audit_auth_factor1(event, &outcome));
	if (factor != NULL && strcmp(factor, "none") != 0)
		pix_audit_build_str(&build, "factor", factor);
	pix_audit_build_str(&build, "credential", outcome.credential);
	pix_audit_build_str_max(&build, "issuer", outcome.issuer != NULL ? outcome.issuer :
				pix_auth_outcome_noted(event, "pix_issuer"), 250);
	pix_audit_build_str_max(&build, "client", outcome.client, 200);
	pix_audit_auth_tls(&build, &outcome, pix_auth_outcome_noted(event, "pix_tls"));
	if (outcome.real_ip != NULL && outcome.ip != NULL &&
	    strcmp(outcome.real_ip, outcome.ip) != 0)
		pix_audit_build_str(&build, "peer_ip", outcome.real_ip);
	if (outcome.port != 0)
		pix_audit_build_int(&build, "port", outcome.port);
	pix_audit_build_str(&build, "lip", outcome.local_ip);
	if (outcome.local_port != 0)
		pix_audit_build_int(&build, "lport", outcome.local_port);
	pix_audit_client_end(pix_audit_auth.client, &build);
}

static void pix_audit_auth_event(struct event *event, const char *name)
{
	struct pix_auth_outcome outcome;

	if (strcmp(name, "auth_request_finished") == 0) {
		pix_audit_auth_finished(event);
		return;
	}
	/* verdicts of the suite's own modules belong to the authentication
	   that they were made for */
	pix_auth_outcome_note(event, "pix_reason", pix_audit_auth_word(event));
	pix_auth_outcome_note(event, "pix_factor", pix_event_own_str(event, "factor"));
	pix_auth_outcome_note(event, "pix_issuer", pix_event_own_str(event, "issuer"));
	/* a refusal clears the fields, also that of the login process */
	if (pix_auth_outcome_get(event, &outcome))
		pix_auth_outcome_note(event, "pix_tls", outcome.tls);
}

PIX_EXPORT void pix_audit_auth_preinit(void)
{
	if (pix_auth_is_server() && pix_audit_is_enabled("pix-audit"))
		pix_audit_process_init(&pix_audit_auth, NULL);
}

PIX_EXPORT void pix_audit_auth_init(void)
{
	const char *error;

	if (pix_audit_auth.client == NULL)
		return;
	if (pix_event_listen("event=auth_request_finished OR event=pix_*",
			     pix_audit_auth_event, &error) < 0)
		i_panic("pix-audit: Invalid event filter: %s", error);
}

PIX_EXPORT void pix_audit_auth_deinit(void)
{
	pix_event_unlisten();
	pix_audit_process_deinit(&pix_audit_auth);
}
