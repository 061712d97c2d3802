/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-archive-guard.h"
#include "mail-namespace.h"
#include "mail-storage-private.h"
#include "mail-user.h"

/* All that RFC 6154 and RFC 8457 name. */
static const char *const folder_special_uses[] = {
	"\\All", "\\Archive", "\\Drafts", "\\Flagged", "\\Important",
	"\\Junk", "\\Sent", "\\Trash",
};

static const char *const *folder_get_special_uses(struct mailbox *box)
{
	ARRAY_TYPE(const_string) uses;

	t_array_init(&uses, 4);
	for (unsigned int i = 0; i < N_ELEMENTS(folder_special_uses); i++) {
		if (mailbox_has_special_use(box, folder_special_uses[i]))
			array_push_back(&uses, &folder_special_uses[i]);
	}
	array_append_zero(&uses);
	return array_front(&uses);
}

static const char *folder_get_name(struct mailbox *box)
{
	struct mail_namespace *ns = mailbox_get_namespace(box);
	char sep = mail_namespace_get_sep(ns);
	const char *name = box->vname;
	char *copy;

	if (ns->prefix_len > 0 && strncmp(name, ns->prefix, ns->prefix_len) == 0 &&
	    name[ns->prefix_len] != '\0')
		name += ns->prefix_len;
	copy = t_strdup_noconst(name);
	for (char *p = copy; sep != '/' && *p != '\0'; p++) {
		if (*p == sep)
			*p = '/';
	}
	return copy;
}

void pix_archive_folder_get(struct mailbox *box, struct pix_archive_folder *folder_r)
{
	struct mail_namespace *ns = mailbox_get_namespace(box);
	struct mail_user *owner = ns->owner != NULL ? ns->owner : ns->user;

	folder_r->owner = owner->username;
	folder_r->own = owner == box->storage->user;
	folder_r->name = folder_get_name(box);
	folder_r->special_uses = folder_get_special_uses(box);
}
