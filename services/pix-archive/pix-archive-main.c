/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-archive.h"
#include "pix-mail-store.h"
#include "pix-secret.h"
#include "pix-service-main.h"
#include "ioloop.h"
#include "istream.h"
#include "master-service.h"
#include "safe-memset.h"

static const struct archive_cmd archive_cmds[] = {
	{ "commit", ARCHIVE_ROLE_MAIL | ARCHIVE_ROLE_ADMIN, archive_cmd_commit },
	{ "abort", ARCHIVE_ROLE_MAIL | ARCHIVE_ROLE_ADMIN, archive_cmd_abort },
	{ "owner", ARCHIVE_ROLE_MAIL | ARCHIVE_ROLE_ADMIN, archive_cmd_owner },
	{ "labels", ARCHIVE_ROLE_MAIL | ARCHIVE_ROLE_ADMIN, archive_cmd_labels },
	{ "label", ARCHIVE_ROLE_MAIL | ARCHIVE_ROLE_ADMIN, archive_cmd_label },
	{ "list", ARCHIVE_ROLE_ADMIN, archive_cmd_list },
	{ "count", ARCHIVE_ROLE_ADMIN, archive_cmd_count },
	{ "read", ARCHIVE_ROLE_ADMIN, archive_cmd_read },
	{ "restored", ARCHIVE_ROLE_ADMIN, archive_cmd_restored },
	{ "verify", ARCHIVE_ROLE_ADMIN, archive_cmd_verify },
	{ "verify-ledger", ARCHIVE_ROLE_ADMIN, archive_cmd_verify_ledger },
	{ "hold-add", ARCHIVE_ROLE_ADMIN, archive_cmd_hold_add },
	{ "hold-list", ARCHIVE_ROLE_ADMIN, archive_cmd_hold_list },
	{ "hold-show", ARCHIVE_ROLE_ADMIN, archive_cmd_hold_show },
	{ "hold-release", ARCHIVE_ROLE_ADMIN, archive_cmd_hold_release },
	{ "hold-approve", ARCHIVE_ROLE_ADMIN, archive_cmd_hold_approve },
	{ "event-set", ARCHIVE_ROLE_ADMIN, archive_cmd_event_set },
	{ "disposition-run", ARCHIVE_ROLE_ADMIN, archive_cmd_disposition_run },
	{ "disposition-list", ARCHIVE_ROLE_ADMIN, archive_cmd_disposition_list },
	{ "disposition-approve", ARCHIVE_ROLE_ADMIN, archive_cmd_disposition_approve },
	{ "disposition-reject", ARCHIVE_ROLE_ADMIN, archive_cmd_disposition_reject },
	{ "status", ARCHIVE_ROLE_ADMIN, archive_cmd_status },
};

static struct event_category archive_category = {
	.name = "pix-archive",
};

/* The service's own state; the callbacks of pix_service have no context. */
static struct archive *the_archive;

static bool
archive_hello(struct pix_service_conn *conn, const json_t *hello ATTR_UNUSED,
	      json_t *answer, const char **error_r ATTR_UNUSED)
{
	struct archive_conn *ac = i_new(struct archive_conn, 1);
	size_t len = strlen(pix_service_conn_socket_name(conn));
	const char *name = pix_service_conn_socket_name(conn);

	ac->archive = the_archive;
	ac->conn = conn;
	/* the role follows from the socket, whatever the peer says */
	ac->role = len > 6 && strcmp(name + len - 6, "-admin") == 0 ?
		ARCHIVE_ROLE_ADMIN : ARCHIVE_ROLE_MAIL;
	pix_service_conn_set_context(conn, ac);
	pix_json_set_str(answer, "role",
			 ac->role == ARCHIVE_ROLE_ADMIN ? "admin" : "mail");
	return TRUE;
}

static void
archive_request(struct pix_service_conn *conn, uint64_t id, const char *cmd,
		const json_t *args)
{
	struct archive_conn *ac = pix_service_conn_context(conn);
	const char *word = "unavailable", *text = "internal error";
	json_t *answer;

	for (unsigned int i = 0; i < N_ELEMENTS(archive_cmds); i++) {
		if (strcmp(archive_cmds[i].name, cmd) != 0)
			continue;
		if ((archive_cmds[i].roles & ac->role) == 0)
			break;
		answer = archive_cmds[i].func(ac, args, &word, &text);
		if (answer != NULL)
			pix_service_answer(conn, id, answer);
		else
			pix_service_fail(conn, id, word, text);
		return;
	}
	pix_service_fail(conn, id, "denied", "this socket has no such request");
}

static void
archive_frame(struct pix_service_conn *conn, const struct pix_frame *frame)
{
	archive_put_frame(pix_service_conn_context(conn), frame);
}

static void archive_closed(struct pix_service_conn *conn)
{
	struct archive_conn *ac = pix_service_conn_context(conn);

	if (ac == NULL)
		return;
	pix_service_conn_set_context(conn, NULL);
	archive_batch_free(&ac->batch);
	if (ac->reading != 0)
		archive_store_read_end(ac->archive->store);
	i_free(ac->owner);
	i_free(ac);
}

/* As root: what only root may read. */
static void archive_preinit(struct archive *archive, unsigned char *key_r)
{
	struct pix_secret *key;
	const void *set;
	const char *error;

	if (pix_settings_get_service(archive->event, &pix_archive_setting_parser_info,
				     "pix-archive", &set, &error) < 0)
		i_fatal("Can't read settings: %s", error);
	archive->set = set;
	if (pix_secret_read_file(archive->set->pix_archive_key_file,
				 ARCHIVE_KEY_SIZE, &key, &error) < 0)
		i_fatal("%s (check pix_archive_key_file)", error);
	memcpy(key_r, pix_secret_data(key), ARCHIVE_KEY_SIZE);
	pix_secret_free(&key);
	if (pix_service_main_state_dir(archive->set->pix_archive_dir, &error) < 0)
		i_fatal("%s (check pix_archive_dir)", error);
	pix_service_main_drop();
}

/* After a reload holds come to the new process: sessions must ask there. */
static bool archive_leave(struct pix_service_conn *conn)
{
	return strcmp(pix_service_conn_socket_name(conn), "pix-archive") == 0;
}

static void archive_open(struct archive *archive, const unsigned char *key)
{
	const struct pix_archive_settings *set = archive->set;
	const char *error;

	if (archive_ledger_open(set->pix_archive_dir, key, &archive->ledger, &error) < 0)
		i_fatal("%s (check pix_archive_dir)", error);
	archive->policy = pix_retention_file_init(set->pix_archive_policy, archive->event);
	archive->store = archive_store_init(set->pix_archive_dir,
		set->pix_archive_owners_max,
		strcmp(set->pix_archive_compress, "zstd") == 0, archive->event);
	if (archive_store_recover(archive->store, archive->ledger) < 0)
		e_error(archive->event, "Some mail that was being archived at the last crash could not be looked at; it is tried again at the next start");
}

int main(int argc, char *argv[])
{
	const struct pix_service_params params = {
		.protocol = "pix-archive",
		.version_min = 1,
		.version_max = 1,
		.max_payload = ARCHIVE_MAX_PAYLOAD,
		.max_output = 16 * 1024 * 1024,
		.v = {
			.hello = archive_hello,
			.request = archive_request,
			.frame = archive_frame,
			.closed = archive_closed,
			.leave = archive_leave,
		},
	};
	unsigned char key[ARCHIVE_KEY_SIZE];
	struct archive archive;

	i_zero(&archive);
	pix_mail_store_args(&argc, &argv);
	pix_service_main_start("pix-archive", &argc, &argv);
	archive.event = event_create(NULL);
	event_add_category(archive.event, &archive_category);
	archive_preinit(&archive, key);
	archive_open(&archive, key);
	i_zero_safe(&key);
	the_archive = &archive;

	archive.service = pix_service_init(&params);
	pix_service_main_run(archive.service);
	pix_service_deinit(&archive.service);
	archive_store_deinit(&archive.store);
	archive_ledger_close(&archive.ledger);
	pix_retention_file_deinit(&archive.policy);
	pix_settings_free(&archive.set);
	event_unref(&archive.event);
	pix_service_main_end();
	return 0;
}
