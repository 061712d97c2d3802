/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-identity-ticket.h"
#include "pix-keyring.h"

#include <fcntl.h>
#include <pwd.h>
#include <unistd.h>

#define PIX_TICKET_PURPOSE "session-ticket"

/* When the process began, in clock ticks since boot: field 22, behind the name in
   brackets, which may hold anything. 0 where /proc hides it. */
static uint64_t pix_ticket_start(pid_t pid)
{
	const char *const *fields, *text;
	char buf[1024];
	uint64_t start;
	ssize_t ret;
	int fd;

	fd = open(t_strdup_printf("/proc/%ld/stat", (long)pid), O_RDONLY | O_CLOEXEC);
	if (fd == -1)
		return 0;
	ret = read(fd, buf, sizeof(buf) - 1);
	i_close_fd(&fd);
	if (ret <= 0)
		return 0;
	buf[ret] = '\0';
	text = strrchr(buf, ')');
	if (text == NULL)
		return 0;
	fields = t_strsplit_spaces(text + 1, " ");
	if (str_array_length(fields) < 20 || str_to_uint64(fields[19], &start) < 0)
		return 0;
	return start;
}

static void
pix_ticket_make(struct pix_identity *identity, unsigned int key,
		const struct pix_service_conn *conn,
		char ticket_r[PIX_KEYRING_MAC_LEN + 1])
{
	const pid_t pid = pix_service_conn_pid(conn);

	pix_keyring_hash(identity->keyring, key, PIX_TICKET_PURPOSE,
			 t_strdup_printf("%ld %llu", (long)pid,
					 (unsigned long long)pix_ticket_start(pid)),
			 ticket_r);
}

static bool
pix_ticket_ok(struct pix_identity *identity, const struct pix_service_conn *conn,
	      const char *ticket)
{
	char right[PIX_KEYRING_MAC_LEN + 1];

	if (ticket == NULL || strlen(ticket) != PIX_KEYRING_MAC_LEN)
		return FALSE;
	for (unsigned int i = 0; i < pix_keyring_count(identity->keyring); i++) {
		pix_ticket_make(identity, i, conn, right);
		if (mem_equals_timing_safe(right, ticket, PIX_KEYRING_MAC_LEN))
			return TRUE;
	}
	return FALSE;
}

static bool pix_ticket_user_ok(const struct pix_identity *identity, uid_t uid)
{
	const char *const *users =
		t_strsplit_spaces(identity->set->pix_identity_session_users, " ,");

	for (; *users != NULL; users++) {
		const struct passwd *pw = getpwnam(*users);

		if (pw != NULL && pw->pw_uid == uid)
			return TRUE;
	}
	return FALSE;
}

bool pix_identity_ticket_hello(struct pix_identity *identity,
			       struct pix_service_conn *conn,
			       const json_t *hello, json_t *answer,
			       const char **error_r)
{
	char ticket[PIX_KEYRING_MAC_LEN + 1];
	const uid_t uid = pix_service_conn_uid(conn);

	if (uid != 0 &&
	    !pix_ticket_ok(identity, conn, pix_json_str(hello, "ticket")) &&
	    !pix_ticket_user_ok(identity, uid)) {
		*error_r = "only mail processes that began as root may ask here (check pix_identity_session_users)";
		return FALSE;
	}
	pix_ticket_make(identity, 0, conn, ticket);
	pix_json_set_str(answer, "ticket", ticket);
	return TRUE;
}
