/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */
#ifndef PIX_IDENTITY_H
#define PIX_IDENTITY_H

#include "pix-core.h"
#include "pix-service.h"
#include "pix-settings-identity.h"

/* Who asks: the name of the socket decides it, whatever the peer sends. */
enum pix_identity_role {
	PIX_IDENTITY_ROLE_AUTH = 0x01,    /* pix-identity */
	PIX_IDENTITY_ROLE_ADMIN = 0x02,   /* pix-identity-admin */
	PIX_IDENTITY_ROLE_SESSION = 0x04, /* pix-identity-session */
};

struct pix_identity;
struct pix_identity_sessions;
struct pix_revokes;

/* 1: the name has an active second factor, 0: not, -1: the store can't tell. */
typedef void pix_identity_enrolled_callback_t(int enrolled, void *context);
struct pix_keyring;
struct pix_epoch;
struct pix_identity_store;
struct pix_users;
struct pix_throttle;

/* The process. */
struct pix_identity {
	const struct pix_identity_settings *set;
	struct event *event;
	struct pix_service *service;

	/* tokens that are not accepted any more */
	struct pix_revokes *revokes;
	/* registry of mail sessions */
	struct pix_identity_sessions *sessions;
	/* Asks the store, for the registry: calls callback once, now or later.
	   NULL while there is no store of second factors: nobody is enrolled. */
	void (*enrolled)(struct pix_identity *identity, const char *user,
			 pix_identity_enrolled_callback_t *callback, void *context);
	struct pix_keyring *keyring;
	struct pix_epoch *epoch;
	struct pix_identity_store *store;
	struct pix_users *users;
	struct pix_throttle *throttle;
};

/* One request of a peer. It ends in one pix_identity_answer() or
   pix_identity_fail(), now or later; both free it. args lives until the
   handler returns (take what is needed later by json_incref()). */
struct pix_identity_request {
	struct pix_identity *identity;
	struct pix_service_conn *conn;
	uint64_t id;
	enum pix_identity_role role;
	const char *cmd;
	const json_t *args;
};

typedef void pix_identity_handler_t(struct pix_identity_request *request);

/* Steals answer (may be NULL). */
void pix_identity_answer(struct pix_identity_request *request, json_t *answer);
/* code, text: as pix_service_fail(). */
void pix_identity_fail(struct pix_identity_request *request,
		       const char *code, const char *text);

#endif
