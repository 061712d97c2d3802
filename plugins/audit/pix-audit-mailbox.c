/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-audit-txn.h"
#include "pix-event.h"
#include "ioloop.h"

#define PIX_AUDIT_MAILBOX_CONTEXT(obj) \
	MODULE_CONTEXT(obj, pix_audit_mailbox_module)
static MODULE_CONTEXT_DEFINE_INIT(pix_audit_mailbox_module,
				  &mail_storage_module_register);

struct pix_audit_mailbox *pix_audit_mailbox_get(struct mailbox *box)
{
	return PIX_AUDIT_MAILBOX_CONTEXT(box);
}

const char *pix_audit_mailbox_guid(struct mailbox *box)
{
	struct pix_audit_mailbox *abox = pix_audit_mailbox_get(box);
	struct mailbox_metadata metadata;

	if (abox == NULL)
		return NULL;
	if (abox->guid[0] == '\0' && box->opened &&
	    mailbox_get_metadata(box, MAILBOX_METADATA_GUID, &metadata) == 0)
		i_strocpy(abox->guid, guid_128_to_string(metadata.guid), sizeof(abox->guid));
	return abox->guid[0] == '\0' ? NULL : abox->guid;
}

void pix_audit_add_mailbox(struct pix_audit_build *build, struct mailbox *box)
{
	pix_audit_build_str(build, "mailbox", box->vname);
	pix_audit_build_str(build, "mailbox_guid", pix_audit_mailbox_guid(box));
}

static void
pix_audit_folder(struct mailbox *box, const char *kind, const char *to_mailbox)
{
	struct pix_audit_user *auser = pix_audit_user_get(box->storage->user);
	struct pix_audit_build build;

	if (auser == NULL)
		return;
	pix_audit_begin(auser, mailbox_get_namespace(box), kind, &build);
	pix_audit_add_mailbox(&build, box);
	pix_audit_build_str(&build, "to_mailbox", to_mailbox);
	pix_audit_end(&build);
}

static bool pix_audit_refused(struct mailbox *box)
{
	if (!pix_audit_must_refuse(PIX_AUDIT_CLASS_CHANGE))
		return FALSE;
	mail_storage_set_error(box->storage, MAIL_ERROR_TEMP,
			       "Actions can't be recorded now");
	return TRUE;
}

static int
pix_audit_create_box(struct mailbox *box, const struct mailbox_update *update,
		     bool directory)
{
	struct pix_audit_mailbox *abox = pix_audit_mailbox_get(box);

	if (pix_audit_refused(box) ||
	    abox->module_ctx.super.create_box(box, update, directory) < 0)
		return -1;
	pix_audit_folder(box, "folder.create", NULL);
	return 0;
}

static int pix_audit_delete_box(struct mailbox *box)
{
	struct pix_audit_mailbox *abox = pix_audit_mailbox_get(box);

	if (pix_audit_refused(box))
		return -1;
	/* ask while it is there */
	(void)pix_audit_mailbox_guid(box);
	if (abox->module_ctx.super.delete_box(box) < 0)
		return -1;
	pix_audit_folder(box, "folder.delete", NULL);
	return 0;
}

static int pix_audit_rename_box(struct mailbox *src, struct mailbox *dest)
{
	struct pix_audit_mailbox *abox = pix_audit_mailbox_get(src);

	if (pix_audit_refused(src) ||
	    abox->module_ctx.super.rename_box(src, dest) < 0)
		return -1;
	pix_audit_folder(src, "folder.rename", dest->vname);
	return 0;
}

static int pix_audit_set_subscribed(struct mailbox *box, bool set)
{
	struct pix_audit_mailbox *abox = pix_audit_mailbox_get(box);

	if (abox->module_ctx.super.set_subscribed(box, set) < 0)
		return -1;
	pix_audit_folder(box, set ? "folder.subscribe" : "folder.unsubscribe", NULL);
	return 0;
}

static int
pix_audit_attribute_set(struct mailbox_transaction_context *t,
			enum mail_attribute_type type_flags, const char *key,
			const struct mail_attribute_value *value)
{
	struct pix_audit_mailbox *abox = pix_audit_mailbox_get(t->box);
	struct pix_audit_user *auser = pix_audit_user_get(t->box->storage->user);
	struct pix_audit_build build;

	if (abox->module_ctx.super.attribute_set(t, type_flags, key, value) < 0)
		return -1;
	if (auser == NULL)
		return 0;
	pix_audit_begin(auser, mailbox_get_namespace(t->box), "folder.metadata", &build);
	pix_audit_add_mailbox(&build, t->box);
	pix_audit_build_str(&build, "object", t_strconcat(
		(type_flags & MAIL_ATTRIBUTE_TYPE_MASK) == MAIL_ATTRIBUTE_TYPE_PRIVATE ?
		"/private/" : "/shared/", key, NULL));
	pix_audit_end(&build);
	return 0;
}

static int
pix_audit_transaction_commit(struct mailbox_transaction_context *t,
			     struct mail_transaction_commit_changes *changes_r)
{
	struct pix_audit_mailbox *abox = pix_audit_mailbox_get(t->box);
	struct pix_audit_txn *txn = pix_audit_txn_find(t);
	int ret;

	if (txn != NULL && (array_is_created(&txn->flags) ||
			    array_is_created(&txn->expunges)) &&
	    pix_audit_refused(t->box)) {
		/* reads of it happened already */
		abox->module_ctx.super.transaction_rollback(t);
		pix_audit_txn_free(txn);
		return -1;
	}
	/* t is gone after this */
	ret = abox->module_ctx.super.transaction_commit(t, changes_r);
	if (txn == NULL)
		return ret;
	T_BEGIN {
		if (ret == 0)
			pix_audit_txn_committed(txn, changes_r);
		else
			pix_audit_txn_flush_binds(txn);
	} T_END;
	pix_audit_txn_free(txn);
	return ret;
}

static void pix_audit_transaction_rollback(struct mailbox_transaction_context *t)
{
	struct pix_audit_mailbox *abox = pix_audit_mailbox_get(t->box);
	struct pix_audit_txn *txn = pix_audit_txn_find(t);

	abox->module_ctx.super.transaction_rollback(t);
	if (txn == NULL)
		return;
	/* nothing was changed, but what was read was read */
	T_BEGIN {
		pix_audit_txn_flush_binds(txn);
	} T_END;
	pix_audit_txn_free(txn);
}

/* TRUE once a session, folder and window. */
static bool pix_audit_sync_is_due(struct pix_audit_user *auser, const char *vname)
{
	const unsigned int window = pix_audit_set == NULL ? 3600 :
		pix_audit_set->pix_audit_sync_window;
	struct pix_audit_synced *synced;

	array_foreach_modifiable(&auser->synced, synced) {
		if (strcmp(synced->vname, vname) != 0)
			continue;
		if (synced->when <= ioloop_time &&
		    ioloop_time - synced->when < (time_t)window)
			return FALSE;
		synced->when = ioloop_time;
		return TRUE;
	}
	synced = array_append_space(&auser->synced);
	synced->vname = p_strdup(auser->user->pool, vname);
	synced->when = ioloop_time;
	return TRUE;
}

static int
pix_audit_sync_deinit(struct mailbox_sync_context *ctx,
		      struct mailbox_sync_status *status_r)
{
	struct mailbox *box = ctx->box;
	struct pix_audit_mailbox *abox = pix_audit_mailbox_get(box);
	struct pix_audit_user *auser = pix_audit_user_get(box->storage->user);
	struct pix_audit_build build;
	int ret = abox->module_ctx.super.sync_deinit(ctx, status_r);

	if (!abox->want_sync)
		return ret;
	abox->want_sync = FALSE;
	if (ret < 0 || auser == NULL || !pix_audit_sync_is_due(auser, box->vname))
		return ret;
	pix_audit_begin(auser, mailbox_get_namespace(box), "mail.sync", &build);
	pix_audit_add_mailbox(&build, box);
	pix_audit_build_int(&build, "count", mail_index_view_get_messages_count(box->view));
	pix_audit_end(&build);
	return ret;
}

/* A client opens the folder to look at it: not to append or copy to it, and
   not for STATUS. */
void pix_audit_mailbox_opened(struct mailbox *box)
{
	static const char *const opens[] = {
		"imap:cmd_select", "imap:cmd_examine", "pop3:initialize", NULL
	};
	struct pix_audit_mailbox *abox = pix_audit_mailbox_get(box);

	if (abox != NULL && pix_event_reason(opens) != NULL)
		abox->want_sync = TRUE;
}

void pix_audit_mailbox_allocated(struct mailbox *box)
{
	struct mailbox_vfuncs *v = box->vlast;
	struct pix_audit_user *auser = pix_audit_user_get(box->storage->user);
	struct pix_audit_mailbox *abox;

	if (auser == NULL)
		return;
	if (auser->is_doveadm) T_BEGIN {
		pix_audit_admin_command(auser);
	} T_END;
	abox = p_new(box->pool, struct pix_audit_mailbox, 1);
	abox->module_ctx.super = *v;
	box->vlast = &abox->module_ctx.super;
	v->create_box = pix_audit_create_box;
	v->delete_box = pix_audit_delete_box;
	v->rename_box = pix_audit_rename_box;
	v->set_subscribed = pix_audit_set_subscribed;
	v->attribute_set = pix_audit_attribute_set;
	v->transaction_commit = pix_audit_transaction_commit;
	v->transaction_rollback = pix_audit_transaction_rollback;
	v->sync_deinit = pix_audit_sync_deinit;
	v->save_begin = pix_audit_save_begin;
	v->save_finish = pix_audit_save_finish;
	v->save_cancel = pix_audit_save_cancel;
	v->copy = pix_audit_copy;
	MODULE_CONTEXT_SET(box, pix_audit_mailbox_module, abox);
}
