/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-audit.h"
#include "pix-service-main.h"
#include "hostpid.h"
#include "ioloop.h"
#include "master-service.h"
#include "randgen.h"
#include "safe-memset.h"
#include "time-util.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* Another collector hands over within this time, or something is wrong. */
#define PIX_AUDIT_LOCK_TIMEOUT_SECS 60
#define PIX_AUDIT_HANDOVER_MSECS 100
#define PIX_AUDIT_KEY_MAX 4096

static struct event_category pix_audit_category = {
	.name = "pix-audit",
};

static struct pix_audit *pix_audit_the;
static struct timeout *to_handover;

struct pix_audit *pix_audit_of(struct pix_service_conn *conn ATTR_UNUSED)
{
	return pix_audit_the;
}

static const char *pix_audit_path(struct pix_audit *audit, const char *name)
{
	return t_strconcat(audit->set->pix_audit_dir, "/", name, NULL);
}

/* ---- as root ---- */

static struct pix_note_signer *pix_audit_read_key(struct pix_audit *audit)
{
	const char *path = audit->set->pix_audit_key_file;
	const char *origin = audit->set->pix_audit_origin;
	char pem[PIX_AUDIT_KEY_MAX], error[PIX_ERR_SIZE];
	struct pix_note_signer *signer;
	struct stat st;
	ssize_t size;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

	if (fd == -1) {
		i_fatal("open(%s) failed: %m (make the signing key by: doveadm pix key "
			"create audit; check pix_audit_key_file)", path);
	}
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || (st.st_mode & 077) != 0)
		i_fatal("%s may be read by others or is no file: chmod 0600 %s", path, path);
	size = read(fd, pem, sizeof(pem));
	i_close_fd(&fd);
	if (size <= 0 || (size_t)size == sizeof(pem))
		i_fatal("%s is not the PEM of an Ed25519 private key (check pix_audit_key_file)", path);
	if (origin[0] == '\0')
		origin = t_strconcat(my_hostdomain(), "/pix-audit", NULL);
	signer = pix_note_signer_new(origin, pem, (size_t)size, error);
	safe_memset(pem, 0, sizeof(pem));
	if (signer == NULL)
		i_fatal("%s: %s (check pix_audit_key_file and pix_audit_origin)", path, error);
	return signer;
}

static void pix_audit_preinit(struct pix_audit *audit,
			      struct pix_note_signer **signer_r)
{
	const void *set;
	const char *error;

	if (pix_settings_get_service(audit->event, &pix_audit_setting_parser_info,
				     "pix-audit", &set, &error) < 0)
		i_fatal("Can't read settings: %s", error);
	audit->set = set;
	if (pix_service_main_state_dir(audit->set->pix_audit_dir, &error) < 0 ||
	    pix_service_main_state_dir(pix_audit_path(audit, "spool"), &error) < 0)
		i_fatal("%s (check pix_audit_dir)", error);
	*signer_r = pix_audit_read_key(audit);
	pix_service_main_drop();
}

/* ---- as the service's user ---- */

/* One writer. A collector from before a reload goes on until the next one
   asks for its place by the file lock.want. */
static void pix_audit_lock(struct pix_audit *audit)
{
	const char *path = pix_audit_path(audit, "lock");
	const char *want = pix_audit_path(audit, "lock.want");
	time_t deadline = time(NULL) + PIX_AUDIT_LOCK_TIMEOUT_SECS;
	int fd;

	audit->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (audit->lock_fd == -1)
		i_fatal("open(%s) failed: %m (check pix_audit_dir)", path);
	while (flock(audit->lock_fd, LOCK_EX | LOCK_NB) < 0) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			i_fatal("flock(%s) failed: %m", path);
		if (time(NULL) > deadline)
			i_fatal("Another collector holds %s", path);
		fd = open(want, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
		i_close_fd(&fd);
		usleep(20000);
	}
	i_unlink_if_exists(want);
}

static void pix_audit_read_nonce_key(struct pix_audit *audit)
{
	const char *path = pix_audit_path(audit, "nonce.key");
	const char *temp = t_strconcat(path, ".tmp", NULL);
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	size_t size = sizeof(audit->nonce_key);

	if (fd == -1 && errno == ENOENT) {
		random_fill(audit->nonce_key, size);
		fd = open(temp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
		if (fd == -1 || write(fd, audit->nonce_key, size) != (ssize_t)size ||
		    fsync(fd) < 0 || rename(temp, path) < 0)
			i_fatal("write(%s) failed: %m", temp);
	} else if (fd == -1 || read(fd, audit->nonce_key, size) != (ssize_t)size) {
		i_fatal("%s can't be read or is too short: remove it (records of processes "
			"that run now will be unattested)", path);
	}
	i_close_fd(&fd);
}

/* The public key beside the log, for whoever verifies it. */
static void
pix_audit_write_public(struct pix_audit *audit, const struct pix_note_signer *signer)
{
	char vkey[PIX_NOTE_VKEY_MAX + 1];
	const char *path = pix_audit_path(audit, "log/audit.pub");
	const char *temp = t_strconcat(path, ".tmp", NULL);
	int fd;

	pix_note_verifier_print(pix_note_signer_verifier(signer), vkey);
	(void)i_strocpy(vkey + strlen(vkey), "\n", sizeof(vkey) - strlen(vkey));
	fd = open(temp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd == -1 || write(fd, vkey, strlen(vkey)) != (ssize_t)strlen(vkey) ||
	    rename(temp, path) < 0)
		e_error(audit->event, "write(%s) failed: %m", temp);
	i_close_fd(&fd);
}

static void pix_audit_boot_id(struct pix_audit *audit)
{
	int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	char buf[64];
	ssize_t ret = fd == -1 ? -1 : read(fd, buf, sizeof(buf));
	unsigned int n = 0;

	for (ssize_t i = 0; i < ret && n < sizeof(audit->boot) - 1; i++) {
		if (buf[i] != '-' && buf[i] != '\n')
			audit->boot[n++] = buf[i];
	}
	while (n < sizeof(audit->boot) - 1)
		audit->boot[n++] = '0';
	i_close_fd(&fd);
}

static void pix_audit_self_init(struct pix_audit *audit)
{
	const char *name;
	struct timeval tv;

	/* pids come again: the time of our start makes the name unique */
	i_gettimeofday(&tv);
	name = t_strdup_printf("%.16s.%s.%lld", audit->boot, my_pid,
			       (long long)tv.tv_sec * 1000 + tv.tv_usec / 1000);
	audit->self.producer = pix_audit_producer_get(audit, name);
	audit->self.producer->refs++;
	audit->self.service = i_strdup("pix-audit");
	audit->self.attest = PIX_AUDIT_ATTEST_SELF;
}

static void pix_audit_init(struct pix_audit *audit, struct pix_note_signer *signer)
{
	const struct pix_audit_log_params params = {
		.dir = audit->set->pix_audit_dir,
		.checkpoint_copy = audit->set->pix_audit_checkpoint_copy,
		.signer = signer,
		.compress = audit->set->pix_audit_compress,
		.journal_max = audit->set->pix_audit_journal_size,
		.event = audit->event,
	};
	const struct pix_service_params service_params = {
		.protocol = PIX_AUDIT_PROTOCOL,
		.version_min = PIX_AUDIT_VERSION,
		.version_max = PIX_AUDIT_VERSION,
		.max_payload = 65536,
		.max_output = PIX_FRAME_MAX_PAYLOAD,
		.v = pix_audit_vfuncs,
		.event_parent = audit->event,
	};
	const char *error;

	pix_audit_lock(audit);
	pix_audit_read_nonce_key(audit);
	if (pix_audit_log_open(&params, &audit->log, &error) < 0)
		i_fatal("%s", error);
	pix_audit_write_public(audit, signer);
	audit->leaf = buffer_create_dynamic(default_pool, 1024);
	if (pix_audit_index_open(pix_audit_path(audit, "index"), audit->event,
				 &audit->index, &error) < 0)
		i_fatal("%s", error);
	pix_audit_producers_init(audit);
	if (pix_audit_producers_load(audit, &error) < 0)
		i_fatal("%s (run pix-audit-verify)", error);
	pix_audit_boot_id(audit);
	pix_audit_self_init(audit);
	audit->service = pix_service_init(&service_params);
	pix_audit_self_record(audit, "audit.start", "\"tree_size\":%llu,\"package\":\"%s\"",
			      (unsigned long long)pix_audit_log_size(audit->log), PIX_VERSION);
	if (!pix_audit_publish(audit))
		i_fatal("The log below %s can't be written", audit->set->pix_audit_dir);
	pix_audit_spool_scan(audit);
}

static void pix_audit_deinit(struct pix_audit *audit)
{
	pix_audit_self_record(audit, "audit.stop", "\"tree_size\":%llu",
			      (unsigned long long)pix_audit_log_size(audit->log));
	/* the acknowledgements of the last records, too */
	(void)pix_audit_commit(audit);
	pix_service_deinit(&audit->service);
	pix_audit_log_close(&audit->log);
	timeout_remove(&audit->to_commit);
	timeout_remove(&audit->to_publish);
	timeout_remove(&audit->to_spool);
	pix_audit_producers_deinit(audit);
	pix_audit_index_close(&audit->index);
	i_free(audit->self.service);
	buffer_free(&audit->leaf);
	i_close_fd(&audit->lock_fd);
	safe_memset(audit->nonce_key, 0, sizeof(audit->nonce_key));
}

static void pix_audit_handover(struct pix_audit *audit)
{
	if (access(pix_audit_path(audit, "lock.want"), F_OK) == 0) {
		timeout_remove(&to_handover);
		master_service_stop(master_service);
	}
}

static void pix_audit_die(void)
{
	/* Processes that end send their last records now. A collector that was
	   started by a reload asks for our place. */
	if (to_handover == NULL) {
		to_handover = timeout_add_short(PIX_AUDIT_HANDOVER_MSECS, pix_audit_handover,
						pix_audit_the);
	}
}

int main(int argc, char *argv[])
{
	struct pix_note_signer *signer;
	struct pix_audit audit;

	i_zero(&audit);
	pix_audit_the = &audit;
	pix_service_main_start("pix-audit", &argc, &argv);
	audit.event = event_create(NULL);
	event_add_category(audit.event, &pix_audit_category);
	pix_audit_preinit(&audit, &signer);
	pix_audit_init(&audit, signer);
	pix_service_main_on_die(pix_audit_die);
	pix_service_main_run(audit.service);
	timeout_remove(&to_handover);
	pix_audit_deinit(&audit);
	pix_note_signer_free(&signer);
	pix_settings_free(&audit.set);
	event_unref(&audit.event);
	pix_service_main_end();
	return 0;
}
