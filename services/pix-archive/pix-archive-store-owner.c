/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-archive-store-private.h"
#include "hex-binary.h"
#include "llist.h"
#include "sha2.h"
#include "mail-namespace.h"

#include <ctype.h>

#include <unistd.h>

/* Longest encoded owner in a path; a longer one is named by its digest. */
#define OWNER_DIR_MAX 200

/* A folder name that differs for each owner and is safe in a path and in a
   setting: letters, digits and "._@+-" stay, the rest is =XX. */
static const char *owner_dir(const char *name)
{
	unsigned char digest[SHA256_RESULTLEN];
	string_t *str = t_str_new(128);
	const char *hex;

	sha256_get_digest(name, strlen(name), digest);
	hex = binary_to_hex(digest, sizeof(digest));
	str_printfa(str, "%.2s/", hex);
	if (strlen(name) > OWNER_DIR_MAX / 3) {
		str_append(str, "=");
		str_append(str, hex);
		return str_c(str);
	}
	for (const char *p = name; *p != '\0'; p++) {
		if (i_isalnum(*p) || strchr("_@+-", *p) != NULL ||
		    (*p == '.' && p != name))
			str_append_c(str, *p);
		else
			str_printfa(str, "=%02X", (unsigned char)*p);
	}
	return str_c(str);
}

static void owner_box_close(struct archive_owner *owner)
{
	if (owner->box != NULL)
		mailbox_free(&owner->box);
}

static void owner_free(struct archive_store *store, struct archive_owner *owner)
{
	DLLIST2_REMOVE(&store->owners, &store->owners_tail, owner);
	store->owner_count--;
	owner_box_close(owner);
	pix_mail_store_close(&owner->user);
	i_free(owner->name);
	i_free(owner);
}

void archive_owner_drop(struct archive_store *store, struct archive_owner *owner)
{
	i_assert(store->reading != owner);
	owner_free(store, owner);
}

struct archive_owner *
archive_owner_get(struct archive_store *store, const char *name,
		  const char **error_r)
{
	struct archive_owner *owner;
	const char *path;

	for (owner = store->owners; owner != NULL; owner = owner->next) {
		if (strcmp(owner->name, name) == 0) {
			DLLIST2_REMOVE(&store->owners, &store->owners_tail, owner);
			DLLIST2_PREPEND(&store->owners, &store->owners_tail, owner);
			return owner;
		}
	}
	if (store->owner_count >= store->owners_max)
		owner_free(store, store->owners_tail);
	owner = i_new(struct archive_owner, 1);
	path = t_strdup_printf("%s/mail/%s", store->dir, owner_dir(name));
	if (pix_mail_store_open(store->mail_store, name, path, store->compress,
				&owner->user, error_r) < 0) {
		*error_r = t_strdup_printf("Can't open the archive of %s: %s",
					   name, *error_r);
		i_free(owner);
		return NULL;
	}
	owner->name = i_strdup(name);
	DLLIST2_PREPEND(&store->owners, &store->owners_tail, owner);
	store->owner_count++;
	return owner;
}

const char *archive_owner_box_name(struct archive_owner *owner, const char *mailbox)
{
	struct mail_namespace *ns = pix_mail_store_namespace(owner->user);
	unsigned char digest[SHA256_RESULTLEN];
	struct mailbox *box;
	bool ok;

	if (*mailbox != '\0' && strlen(mailbox) < 200) {
		box = mailbox_alloc(ns->list, mailbox, 0);
		ok = mailbox_verify_create_name(box) == 0;
		mailbox_free(&box);
		if (ok)
			return mailbox;
	}
	sha256_get_digest(mailbox, strlen(mailbox), digest);
	return t_strconcat("folder-", binary_to_hex(digest, sizeof(digest)), NULL);
}

struct mailbox *
archive_owner_box(struct archive_owner *owner, const char *name, bool create,
		  const char **error_r)
{
	struct mail_namespace *ns = pix_mail_store_namespace(owner->user);
	enum mail_error error;

	if (owner->box != NULL && strcmp(mailbox_get_vname(owner->box), name) != 0)
		owner_box_close(owner);
	if (owner->box == NULL) {
		owner->box = mailbox_alloc(ns->list, name, 0);
		if (create && mailbox_create(owner->box, NULL, FALSE) < 0) {
			(void)mailbox_get_last_error(owner->box, &error);
			if (error != MAIL_ERROR_EXISTS)
				goto fail;
		}
		if (mailbox_open(owner->box) < 0)
			goto fail;
	}
	if (mailbox_sync(owner->box, 0) < 0)
		goto fail;
	return owner->box;
fail:
	*error_r = t_strdup_printf("Can't open the archive of %s, folder %s: %s",
				   owner->name, name,
				   mailbox_get_last_internal_error(owner->box, &error));
	owner_box_close(owner);
	return NULL;
}

struct archive_store *
archive_store_init(const char *dir, unsigned int owners_max, bool compress,
		   struct event *event)
{
	struct archive_store *store = i_new(struct archive_store, 1);

	store->dir = i_strdup(dir);
	store->owners_max = I_MAX(owners_max, 1);
	store->compress = compress;
	store->event = event;
	store->mail_store = pix_mail_store_init("pix-archive");
	store->inflight_path = i_strdup_printf("%s/inflight.%ld", dir, (long)getpid());
	store->inflight_fd = -1;
	return store;
}

void archive_store_deinit(struct archive_store **_store)
{
	struct archive_store *store = *_store;

	if (store == NULL)
		return;
	*_store = NULL;
	archive_store_read_end(store);
	while (store->owners != NULL)
		owner_free(store, store->owners);
	archive_store_saved(store);
	if (store->inflight_fd != -1) {
		i_close_fd(&store->inflight_fd);
		i_unlink_if_exists(store->inflight_path);
	}
	pix_mail_store_deinit(&store->mail_store);
	i_free(store->inflight_path);
	i_free(store->dir);
	i_free(store);
}
