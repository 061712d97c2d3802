/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */
#ifndef PIX_DOVEADM_USER_H
#define PIX_DOVEADM_USER_H

/* The mail of a user, for "doveadm pix" commands that are no mail commands
   (2.3's refuse long options). */

#include "pix-doveadm.h"

struct mail_user;
struct mailbox;
struct pix_doveadm_user;

/* Looks a user up and opens the user's mail; the process acts as the user
   (effective uid) until pix_doveadm_user_close(). setting: NULL, or "name=value"
   that overrides a mail setting of ours. NULL after pix_doveadm_fail(). */
struct pix_doveadm_user *
pix_doveadm_user_open(const char *username, const char *setting);
void pix_doveadm_user_close(struct pix_doveadm_user **user);
struct mail_user *pix_doveadm_user_get(struct pix_doveadm_user *user);

/* The user's mailbox of a name as the archive has it: UTF-8, "/" between
   levels, without the prefix of the namespace of the INBOX. Not opened. */
struct mailbox *
pix_doveadm_user_mailbox(struct pix_doveadm_user *user, const char *name);

/* The reverse of it: the name as the archive has it. Data stack. */
const char *pix_doveadm_user_folder(struct pix_doveadm_user *user, const char *vname);
/* TRUE if the user's mail_plugins hold a plugin. */
struct mail_user_settings;
bool pix_doveadm_user_has_plugin(const struct mail_user_settings *set, const char *name);

/* Calls func for each user of the userdb until it returns FALSE. Returns 0 or
   -1 after pix_doveadm_fail(). */
int pix_doveadm_users(bool (*func)(const char *username, void *context), void *context);

#endif
