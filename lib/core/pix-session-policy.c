/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-session-policy.h"

#define PIX_SESSION_WAIT_MAX_MSECS (3600 * 1000)

bool pix_session_factor_is_strong(const char *word)
{
	static const char *const words[] = {
		"totp", "app-password", "recovery-code", "access-pass",
		"grant", "token", NULL
	};

	return str_array_find(words, word);
}

enum pix_session_verdict
pix_session_decide(const struct pix_session_facts *facts)
{
	bool none = facts->factor != NULL && strcmp(facts->factor, "none") == 0;

	if (facts->factor != NULL && !none) {
		return pix_session_factor_is_strong(facts->factor) ?
			PIX_SESSION_OK : PIX_SESSION_BAD_FIELD;
	}
	if (facts->master != NULL) {
		if (facts->master_policy == PIX_SESSION_MASTER_ALLOW)
			return PIX_SESSION_OK;
		if (facts->master_policy == PIX_SESSION_MASTER_REFUSE)
			return PIX_SESSION_MASTER_NO_FACTOR;
	} else if (none && facts->known_user != NULL &&
		   strcmp(facts->known_user, facts->user) == 0) {
		/* auth looked at exactly this name */
		return PIX_SESSION_OK;
	}
	switch (facts->answer) {
	case PIX_SESSION_ANSWER_NOT_ENROLLED:
		return PIX_SESSION_OK;
	case PIX_SESSION_ANSWER_ENROLLED:
		return facts->master != NULL ?
			PIX_SESSION_MASTER_NO_FACTOR : PIX_SESSION_NO_FACTOR;
	case PIX_SESSION_ANSWER_NONE:
		break;
	}
	return PIX_SESSION_ASK;
}

unsigned int pix_session_expiry_wait(int64_t expires, unsigned int grace,
				     int64_t now_msecs)
{
	int64_t end;

	if (expires > (INT64_MAX / 1000) - (int64_t)grace)
		return PIX_SESSION_WAIT_MAX_MSECS;
	end = (expires + (int64_t)grace) * 1000;
	if (end <= now_msecs)
		return 0;
	return (unsigned int)I_MIN(end - now_msecs, PIX_SESSION_WAIT_MAX_MSECS);
}
