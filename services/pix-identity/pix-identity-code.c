/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-identity-code.h"
#include "pix-identity-change.h"
#include "pix-keyring.h"

const char *pix_code_hash(struct pix_identity *identity, unsigned int key,
			  const char *kind, const char *owner, const char *code)
{
	char hash[PIX_KEYRING_MAC_LEN + 1];
	string_t *purpose = t_str_new(128);

	str_printfa(purpose, "%s %zu %s", kind, strlen(owner), owner);
	pix_keyring_hash(identity->keyring, key, str_c(purpose), code, hash);
	return t_strconcat(pix_keyring_kid(identity->keyring, key), ":", hash, NULL);
}

/* TRUE if the stored hash is one of the code, under any of our keys. */
static bool
pix_code_matches(struct pix_identity *identity, const char *stored,
		 const char *kind, const char *owner, const char *code)
{
	bool found = FALSE;

	for (unsigned int i = 0; i < pix_keyring_count(identity->keyring); i++) {
		const char *hash = pix_code_hash(identity, i, kind, owner, code);

		if (strlen(hash) == strlen(stored) &&
		    mem_equals_timing_safe(hash, stored, strlen(hash)))
			found = TRUE;
	}
	return found;
}

static bool
pix_code_use_recovery(struct pix_identity *identity, const struct pix_row *row,
		      const char *code, time_t now, const char *rip,
		      struct pix_row *used_r)
{
	json_t *codes = json_object_get(row->data, "codes"), *entry;
	size_t i, found = SIZE_MAX;

	json_array_foreach(codes, i, entry) {
		const char *stored = pix_json_str(entry, "hash");

		/* all are looked at: how long it takes says nothing */
		if (stored != NULL && json_object_get(entry, "used") == NULL &&
		    pix_code_matches(identity, stored, PIX_RECOVERY_KIND, row->owner, code))
			found = i;
	}
	if (found == SIZE_MAX)
		return FALSE;
	*used_r = pix_row_copy(row);
	entry = json_array_get(json_object_get(used_r->data, "codes"), found);
	pix_json_set_int(entry, "used", now);
	pix_json_set_str(entry, "ip", rip);
	return TRUE;
}

static bool
pix_code_use_pass(struct pix_identity *identity, const struct pix_row *row,
		  const char *code, time_t now, const char *rip,
		  struct pix_row *used_r)
{
	const char *stored = pix_json_str(row->data, "hash");
	int64_t expires, uses;

	if (stored == NULL ||
	    !pix_json_int(row->data, "expires", now + 1, INT64_MAX, &expires) ||
	    !pix_json_int(row->data, "uses_left", 1, INT64_MAX, &uses) ||
	    !pix_code_matches(identity, stored, PIX_ACCESS_PASS_KIND, row->owner, code))
		return FALSE;
	*used_r = pix_row_copy(row);
	pix_json_set_int(used_r->data, "uses_left", uses - 1);
	pix_json_set_int(used_r->data, "last_used", now);
	pix_json_set_str(used_r->data, "last_ip", rip);
	if (uses == 1)
		pix_json_set_str(used_r->data, "state", "ended");
	return TRUE;
}

bool pix_code_use(struct pix_identity *identity, const struct pix_row *row,
		  enum pix_mfa_code_kind kind, const char *code, time_t now,
		  const char *rip, struct pix_row *used_r)
{
	if (!pix_row_state_is(row, "active"))
		return FALSE;
	/* a kind is not a secret */
	if (kind == PIX_MFA_CODE_RECOVERY && strcmp(row->kind, PIX_RECOVERY_KIND) == 0)
		return pix_code_use_recovery(identity, row, code, now, rip, used_r);
	if (kind == PIX_MFA_CODE_ACCESS_PASS && strcmp(row->kind, PIX_ACCESS_PASS_KIND) == 0)
		return pix_code_use_pass(identity, row, code, now, rip, used_r);
	return FALSE;
}

unsigned int pix_code_left(const struct pix_row *row)
{
	json_t *codes = json_object_get(row->data, "codes"), *entry;
	unsigned int left = 0;
	size_t i;

	json_array_foreach(codes, i, entry) {
		if (json_object_get(entry, "used") == NULL)
			left++;
	}
	return left;
}
