/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-archive-store-private.h"
#include "hex-binary.h"
#include "istream.h"
#include "istream-crlf.h"
#include "mail-namespace.h"

#include <openssl/evp.h>

int archive_digest(struct istream *input, char sha256_r[ARCHIVE_SHA256_HEX],
		   int64_t *size_r)
{
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	unsigned char digest[32];
	const unsigned char *data;
	unsigned int len;
	size_t size;

	if (md == NULL || EVP_DigestInit_ex(md, EVP_sha256(), NULL) != 1)
		i_fatal("EVP_DigestInit_ex() failed");
	*size_r = 0;
	while (i_stream_read_more(input, &data, &size) > 0) {
		if (EVP_DigestUpdate(md, data, size) != 1)
			i_fatal("EVP_DigestUpdate() failed");
		*size_r += (int64_t)size;
		i_stream_skip(input, size);
	}
	if (EVP_DigestFinal_ex(md, digest, &len) != 1 || len != sizeof(digest))
		i_fatal("EVP_DigestFinal_ex() failed");
	EVP_MD_CTX_free(md);
	(void)i_strocpy(sha256_r, binary_to_hex(digest, sizeof(digest)),
			ARCHIVE_SHA256_HEX);
	return input->stream_errno == 0 ? 0 : -1;
}

void archive_store_read_end(struct archive_store *store)
{
	struct archive_owner *owner = store->reading;

	if (owner == NULL)
		return;
	store->reading = NULL;
	i_stream_unref(&store->read_input);
	mail_free(&owner->mail);
	mailbox_transaction_rollback(&owner->trans);
}

int archive_store_read(struct archive_store *store, const struct archive_item *item,
		       struct istream **input_r, const char **error_r)
{
	struct archive_owner *owner;
	struct mailbox *box;
	struct istream *input;
	enum mail_error error;

	archive_store_read_end(store);
	owner = archive_owner_get(store, item->owner, error_r);
	if (owner == NULL)
		return -1;
	box = archive_owner_box(owner, item->box, FALSE, error_r);
	if (box == NULL)
		return -1;
	owner->trans = mailbox_transaction_begin(box, 0, __func__);
	owner->mail = mail_alloc(owner->trans, 0, NULL);
	store->reading = owner;
	if (!mail_set_uid(owner->mail, item->box_uid)) {
		archive_store_read_end(store);
		*error_r = t_strdup_printf("content of item %lld is missing (folder %s, uid %u)",
					   (long long)item->id, item->box, item->box_uid);
		return 0;
	}
	if (mail_get_stream(owner->mail, NULL, NULL, &input) < 0) {
		*error_r = t_strdup_printf("content of item %lld can't be read: %s",
			(long long)item->id, mailbox_get_last_internal_error(box, &error));
		archive_store_read_end(store);
		return error == MAIL_ERROR_EXPUNGED ? 0 : -1;
	}
	store->read_input = i_stream_create_crlf(input);
	*input_r = store->read_input;
	return 1;
}

int archive_store_digest(struct archive_store *store,
			 const struct archive_item *item,
			 char sha256_r[ARCHIVE_SHA256_HEX], int64_t *size_r,
			 const char **error_r)
{
	struct istream *input;
	int ret;

	if ((ret = archive_store_read(store, item, &input, error_r)) <= 0)
		return ret;
	if (archive_digest(input, sha256_r, size_r) < 0) {
		*error_r = t_strdup_printf("content of item %lld can't be read: %s",
					   (long long)item->id, i_stream_get_error(input));
		ret = -1;
	}
	archive_store_read_end(store);
	return ret;
}

/* After a lost index a UID may be another mail's. */
static bool
archive_store_is_item(struct mail *mail, const struct archive_item *item)
{
	const char *guid;

	return mail_get_special(mail, MAIL_FETCH_GUID, &guid) == 0 &&
		strcmp(guid, item->guid) == 0;
}

int archive_store_destroy(struct archive_store *store,
			  const struct archive_item *items, unsigned int count,
			  const char **error_r)
{
	struct mailbox_transaction_context *trans;
	struct archive_owner *owner;
	struct mailbox *box;
	struct mail *mail;
	enum mail_error error;
	bool other;

	archive_store_read_end(store);
	owner = archive_owner_get(store, items[0].owner, error_r);
	if (owner == NULL)
		return -1;
	for (unsigned int i = 0; i < count; i++) {
		box = archive_owner_box(owner, items[i].box, FALSE, error_r);
		if (box == NULL)
			return -1;
		trans = mailbox_transaction_begin(box, MAILBOX_TRANSACTION_FLAG_EXTERNAL, __func__);
		mail = mail_alloc(trans, 0, NULL);
		other = mail_set_uid(mail, items[i].box_uid) &&
			!archive_store_is_item(mail, &items[i]);
		if (!other && mail_set_uid(mail, items[i].box_uid))
			mail_expunge(mail);
		mail_free(&mail);
		if (other) {
			mailbox_transaction_rollback(&trans);
			*error_r = t_strdup_printf("The content of item %lld of %s is that of another mail: nothing is destroyed (check by: doveadm pix archive verify)",
						   (long long)items[i].id, owner->name);
			return -1;
		}
		if (mailbox_transaction_commit(&trans) < 0 || mailbox_sync(box, 0) < 0) {
			*error_r = t_strdup(mailbox_get_last_internal_error(box, &error));
			return -1;
		}
	}
	/* expunged is not gone: the files are rewritten without it */
	if (mail_storage_purge(mail_namespace_get_default_storage(
			pix_mail_store_namespace(owner->user))) < 0) {
		*error_r = t_strdup_printf("The archive of %s can't be purged", owner->name);
		return -1;
	}
	return 0;
}
