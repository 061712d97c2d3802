/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-identity-dispatch.h"

void pix_identity_cmd_status(struct pix_identity_request *request)
{
	json_t *answer = json_object();

	pix_json_set_bool(answer, "ok", TRUE);
	pix_identity_answer(request, answer);
}
