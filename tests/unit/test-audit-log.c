/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

/* The log on disk: what a crash leaves at every byte, and what is refused. */

#include "pix-audit-log.h"
#include "lib-event.h"
#include "test-common.h"
#include "unlink-directory.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static const char test_pem[] =
	"-----BEGIN PRIVATE KEY-----\n"
	"MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n"
	"-----END PRIVATE KEY-----\n";

static char base[64];
static struct pix_note_signer *signer;
static struct event *event;

static const char *entry(uint64_t index)
{
	return t_strdup_printf("{\"ct\":%llu,\"kind\":\"mail.bind\",\"t\":1,\"owner\":\"user%llu\"}",
			       (unsigned long long)index, (unsigned long long)index % 7);
}

static struct pix_audit_log *
open_log(const char *name, size_t journal_max, bool compress, const char **error_r)
{
	const struct pix_audit_log_params params = {
		.dir = t_strconcat(base, "/", name, NULL),
		.checkpoint_copy = "",
		.signer = signer,
		.compress = compress,
		.journal_max = journal_max,
		.event = event,
	};
	struct pix_audit_log *log;

	(void)mkdir(params.dir, 0700);
	return pix_audit_log_open(&params, &log, error_r) < 0 ? NULL : log;
}

static void append(struct pix_audit_log *log, unsigned int count, unsigned int group)
{
	const char *error;

	for (unsigned int i = 0; i < count; i++) T_BEGIN {
		const char *text = entry(pix_audit_log_size(log));

		(void)pix_audit_log_append(log, text, strlen(text));
		if ((i + 1) % group == 0 || i + 1 == count)
			test_assert(pix_audit_log_commit(log, &error) == 0);
	} T_END;
}

static bool check(struct pix_audit_log *log, uint64_t size)
{
	struct pix_bundle_entry entries[PIX_TILE_WIDTH];
	const char *error;
	uint64_t index = 0;
	int ret;

	while ((ret = pix_audit_log_read(log, index, entries, &error)) > 0) {
		for (int i = 0; i < ret; i++, index++) T_BEGIN {
			const char *text = entry(index);

			if (entries[i].size != strlen(text) ||
			    memcmp(entries[i].data, text, entries[i].size) != 0)
				ret = -1;
		} T_END;
		if (ret < 0)
			return FALSE;
	}
	return ret == 0 && index == size && pix_audit_log_durable(log) == size;
}

static void copy_dir(const char *from, const char *to)
{
	const char *cmd = t_strdup_printf("cp -a %s/%s %s/%s", base, from, base, to);

	if (system(cmd) != 0)
		i_fatal("%s failed", cmd);
}

static const char *journal_of(const char *name, uint64_t first)
{
	return t_strdup_printf("%s/%s/journal/%020llu", base, name, (unsigned long long)first);
}

/* A state directory that holds only a journal: these bytes. */
static void make_journal(const char *name, const buffer_t *data, size_t size)
{
	int fd;

	(void)mkdir(t_strconcat(base, "/", name, NULL), 0700);
	(void)mkdir(t_strconcat(base, "/", name, "/journal", NULL), 0700);
	fd = open(journal_of(name, 0), O_WRONLY | O_CREAT | O_TRUNC, 0600);
	if (fd == -1 || write(fd, data->data, size) != (ssize_t)size)
		i_fatal("write(%s) failed: %m", journal_of(name, 0));
	i_close_fd(&fd);
}

static void read_journal(const char *name, buffer_t *dest)
{
	int fd = open(journal_of(name, 0), O_RDONLY);
	struct stat st;

	if (fd == -1 || fstat(fd, &st) < 0 ||
	    read(fd, buffer_append_space_unsafe(dest, (size_t)st.st_size),
		 (size_t)st.st_size) != st.st_size)
		i_fatal("read(%s) failed: %m", journal_of(name, 0));
	i_close_fd(&fd);
}

static void remove_dir(const char *name)
{
	const char *error;

	(void)unlink_directory(t_strconcat(base, "/", name, NULL),
			       UNLINK_DIRECTORY_FLAG_RMDIR, &error);
}

/* lib-test ends what begins with it */
static void test_log_init(void)
{
	test_begin("log event");
	event = event_create(NULL);
	/* each cut is one warning */
	event_set_min_log_level(event, LOG_TYPE_ERROR);
	test_assert(signer != NULL);
	test_end();
}

static void test_log_deinit(void)
{
	test_begin("log event unused");
	event_unref(&event);
	test_assert(event == NULL);
	test_end();
}

static void test_log_reopen(void)
{
	const char *error;
	struct pix_audit_log *log;
	uint64_t size = 0;

	test_begin("log reopened after every group");
	for (unsigned int i = 0; i < 12; i++) {
		log = open_log("reopen", 20000, i % 2 == 0, &error);
		test_assert_idx(log != NULL, i);
		if (log == NULL)
			break;
		test_assert_idx(check(log, size), i);
		append(log, 100 + i * 37, 1 + i * 9);
		size += 100 + i * 37;
		test_assert_idx(check(log, size), i);
		pix_audit_log_close(&log);
	}
	remove_dir("reopen");
	test_end();
}

/* A crash can cut the journal anywhere, and leave anything behind the cut. */
static void test_log_torn(void)
{
	buffer_t *data = buffer_create_dynamic(default_pool, 8192);
	const char *error, *path;
	struct pix_audit_log *log;
	struct stat st;
	off_t groups[64];
	uint64_t sizes[64];
	unsigned int count = 0;

	test_begin("journal cut at every byte");
	log = open_log("torn", 1024 * 1024, TRUE, &error);
	path = journal_of("torn", 0);
	for (unsigned int i = 0; i < 6; i++) {
		append(log, 2 + i, 10);
		test_assert(stat(path, &st) == 0);
		groups[count] = st.st_size;
		sizes[count++] = pix_audit_log_size(log);
	}
	/* the process dies here: the state as it was on disk */
	read_journal("torn", data);
	pix_audit_log_close(&log);
	for (off_t cut = 0; cut <= groups[count - 1]; cut++) T_BEGIN {
		uint64_t expected = 0;

		for (unsigned int i = 0; i < count && groups[i] <= cut; i++)
			expected = sizes[i];
		make_journal("cut", data, (size_t)cut);
		if (cut % 3 == 1) {
			/* the blocks of the rest were allocated, but not written */
			if (truncate(journal_of("cut", 0), groups[count - 1]) < 0)
				i_fatal("truncate() failed: %m");
		}
		log = open_log("cut", 1024 * 1024, TRUE, &error);
		test_assert_idx(log != NULL && check(log, expected), cut);
		if (log != NULL) {
			append(log, 3, 1);
			test_assert_idx(check(log, expected + 3), cut);
			pix_audit_log_close(&log);
			log = open_log("cut", 1024 * 1024, TRUE, &error);
			test_assert_idx(log != NULL && check(log, expected + 3), cut);
			pix_audit_log_close(&log);
		}
		remove_dir("cut");
	} T_END;
	remove_dir("torn");
	buffer_free(&data);
	test_end();
}

/* Groups that reach over the end of a bundle, and over two journals. */
static void test_log_rotated(void)
{
	const char *error;
	struct pix_audit_log *log;

	test_begin("log over many journals");
	log = open_log("rotate", 4096, TRUE, &error);
	append(log, 3000, 17);
	test_assert(check(log, 3000));
	copy_dir("rotate", "copy");
	pix_audit_log_close(&log);
	log = open_log("copy", 4096, FALSE, &error);
	test_assert(log != NULL && check(log, 3000));
	if (log != NULL) {
		append(log, 70000, 1000);
		test_assert(check(log, 73000));
	}
	pix_audit_log_close(&log);
	log = open_log("copy", 4096, FALSE, &error);
	test_assert(log != NULL && check(log, 73000));
	pix_audit_log_close(&log);
	remove_dir("rotate");
	remove_dir("copy");
	test_end();
}

static void test_log_refused(void)
{
	const char *error;
	struct pix_audit_log *log;

	test_begin("log refused");
	log = open_log("old", 1 << 20, TRUE, &error);
	append(log, 300, 50);
	pix_audit_log_close(&log);
	copy_dir("old", "backup");
	log = open_log("old", 1 << 20, TRUE, &error);
	append(log, 10, 50);
	pix_audit_log_close(&log);

	/* an older state of everything but the checkpoint that was kept */
	if (rename(t_strconcat(base, "/old/checkpoint.last", NULL),
		   t_strconcat(base, "/backup/checkpoint.last", NULL)) < 0)
		i_fatal("rename() failed: %m");
	log = open_log("backup", 1 << 20, TRUE, &error);
	test_assert(log == NULL && strstr(error, "has 300 records") != NULL &&
		    strstr(error, "for 310") != NULL);
	pix_audit_log_close(&log);

	/* other records of the same number */
	remove_dir("backup");
	log = open_log("backup", 1 << 20, TRUE, &error);
	for (unsigned int i = 0; i < 310; i++)
		(void)pix_audit_log_append(log, "x", 1);
	test_assert(pix_audit_log_commit(log, &error) == 0);
	pix_audit_log_close(&log);
	copy_dir("old/log/checkpoint", "backup/checkpoint.last");
	log = open_log("backup", 1 << 20, TRUE, &error);
	test_assert(log == NULL && strstr(error, "was changed") != NULL);
	pix_audit_log_close(&log);

	/* the journal is gone */
	copy_dir("old/log/checkpoint", "old/checkpoint.last");
	i_unlink(journal_of("old", 256));
	log = open_log("old", 1 << 20, TRUE, &error);
	test_assert(log == NULL);
	pix_audit_log_close(&log);
	remove_dir("old");
	remove_dir("backup");
	test_end();
}

int main(void)
{
	static void (*const test_functions[])(void) = {
		test_log_init,
		test_log_reopen,
		test_log_torn,
		test_log_rotated,
		test_log_refused,
		test_log_deinit,
		NULL
	};
	char error[PIX_ERR_SIZE];
	int ret;

	/* thousands of fsyncs: in memory where there is such a place */
	strcpy(base, access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	strcat(base, "/pix-test-audit-log-XXXXXX");
	if (mkdtemp(base) == NULL)
		i_fatal("mkdtemp(%s) failed: %m", base);
	signer = pix_note_signer_new("test.example.org/log", test_pem, strlen(test_pem), error);
	ret = test_run(test_functions);
	pix_note_signer_free(&signer);
	(void)rmdir(base);
	return ret;
}
