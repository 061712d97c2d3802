/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */
#ifndef PIX_MAIL_STORE_H
#define PIX_MAIL_STORE_H

#include "lib.h"

/* Mail storage of a service's own, through lib-storage: one mdbox below a
   folder a name, under the service's own uid, without userdb, namespaces and
   settings of the mail users. */

struct mail_user;
struct mail_namespace;
struct pix_mail_store;
struct pix_mail_store_user;

/* Call with main()'s arguments before pix_service_main_start(): the process
   loads what the storage needs and none of the operator's mail plugins. */
void pix_mail_store_args(int *argc, char **argv[]);
/* Call after privileges were dropped. service: name of the service. */
struct pix_mail_store *pix_mail_store_init(const char *service);
void pix_mail_store_deinit(struct pix_mail_store **store);

/* Opens (makes) the mdbox at path, which is absolute. compress: content that
   is written is compressed by zstd. Returns 0, or -1 and error_r (data
   stack). Opening costs some milliseconds; keep what is used often. */
int pix_mail_store_open(struct pix_mail_store *store, const char *name,
			const char *path, bool compress,
			struct pix_mail_store_user **user_r, const char **error_r);
void pix_mail_store_close(struct pix_mail_store_user **user);
/* Its only namespace: prefix "", separator "/". */
struct mail_namespace *
pix_mail_store_namespace(struct pix_mail_store_user *user);

#endif
