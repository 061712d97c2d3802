/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-secret.h"
#include "test-common.h"
#include "write-full.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define TEST_FILE ".test-secret.tmp"

static void test_write(size_t size, mode_t mode)
{
	unsigned char data[64];
	int fd;

	i_unlink_if_exists(TEST_FILE);
	memset(data, 'k', sizeof(data));
	fd = open(TEST_FILE, O_CREAT | O_WRONLY, 0600);
	test_assert(fd != -1 && write_full(fd, data, size) == 0);
	test_assert(fchmod(fd, mode) == 0);
	i_close_fd(&fd);
}

static void test_secret_file(void)
{
	struct pix_secret *secret;
	const char *error = "";

	test_begin("secret file");
	test_write(32, 0600);
	test_assert(pix_secret_read_file(TEST_FILE, 32, &secret, &error) == 0);
	test_assert(pix_secret_size(secret) == 32 && pix_secret_data(secret)[31] == 'k');
	pix_secret_free(&secret);
	test_assert(secret == NULL);
	pix_secret_free(&secret);

	test_write(32, 0640);
	test_assert(pix_secret_read_file(TEST_FILE, 32, &secret, &error) == -1);
	test_assert(strstr(error, "chmod 0600") != NULL && secret == NULL);
	test_write(31, 0600);
	test_assert(pix_secret_read_file(TEST_FILE, 32, &secret, &error) == -1);
	test_assert(strstr(error, "31 bytes instead of 32") != NULL);
	i_unlink_if_exists(TEST_FILE);
	test_assert(pix_secret_read_file(TEST_FILE, 32, &secret, &error) == -1);
	test_assert(symlink("/etc/passwd", TEST_FILE) == 0);
	test_assert(pix_secret_read_file(TEST_FILE, 32, &secret, &error) == -1);
	i_unlink(TEST_FILE);
	test_end();
}

static void test_secret_wipe(void)
{
	buffer_t *buf = t_buffer_create(16);
	char str[] = "secret";

	test_begin("secret wipe");
	buffer_append(buf, "secret", 6);
	const char *data = buf->data;
	pix_secret_wipe_buffer(buf);
	test_assert(buf->used == 0 && memcmp(data, "\0\0\0\0\0\0", 6) == 0);
	pix_secret_wipe_str(str);
	test_assert(str[0] == '\0' && str[5] == '\0');
	test_end();
}

int main(void)
{
	static void (*const test_functions[])(void) = {
		test_secret_file,
		test_secret_wipe,
		NULL
	};
	return test_run(test_functions);
}
