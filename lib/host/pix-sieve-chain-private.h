/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */
#ifndef PIX_SIEVE_CHAIN_PRIVATE_H
#define PIX_SIEVE_CHAIN_PRIVATE_H

#include "pix-sieve-chain.h"
#include "sieve.h"
#include "sieve-script.h"
#include "sieve-storage.h"

struct pix_sieve_chain_script {
	struct sieve_script *script;
	struct sieve_binary *sbin;
	/* the user's own: less is allowed */
	bool personal;
};

struct pix_sieve_chain {
	pool_t pool;
	struct mail_user *user;
	struct sieve_instance *svinst;
	struct sieve_error_handler *ehandler;
	ARRAY(struct pix_sieve_chain_script) scripts;
};

/* The differences of the two engines. All return 0, or -1. */
int pix_sieve_chain_engine(struct pix_sieve_chain *chain);
/* Appends the scripts of the delivery's sequence; a missing one is no error. */
int pix_sieve_chain_find(struct pix_sieve_chain *chain);
int pix_sieve_chain_open(struct pix_sieve_chain *chain,
			 struct pix_sieve_chain_script *script);

#endif
