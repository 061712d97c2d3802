/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

/* Replays tests/fuzz/corpus/NOUN for the program fuzz-NOUN, and each file also
   cut off at every length up to 300 bytes and with single bytes changed. */

#include "lib.h"
#include "fuzz.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define REPLAY_MAX_INPUT (1024 * 1024)
#define REPLAY_MAX_CUT 300

static void replay_bytes(const unsigned char *data, size_t size)
{
	unsigned char *copy;

	/* exactly as large, so that reading behind the end is seen by ASan */
	copy = malloc(size == 0 ? 1 : size);
	if (copy == NULL)
		i_fatal("malloc() failed");
	memcpy(copy, data, size);
	T_BEGIN {
		(void)LLVMFuzzerTestOneInput(copy, size);
	} T_END;
	free(copy);
}

static void replay_file(const char *path)
{
	static const char changes[] = "\"();= .@\\\n\xff";
	static unsigned char data[REPLAY_MAX_INPUT];
	int fd = open(path, O_RDONLY);
	ssize_t size;

	if (fd == -1)
		i_fatal("open(%s) failed: %m", path);
	size = read(fd, data, sizeof(data));
	i_close_fd(&fd);
	if (size < 0)
		i_fatal("read(%s) failed: %m", path);
	replay_bytes(data, size);
	for (size_t i = 0; i < I_MIN((size_t)size, REPLAY_MAX_CUT); i++) {
		unsigned char old = data[i];

		replay_bytes(data, i);
		data[i] = changes[i % (sizeof(changes) - 1)];
		replay_bytes(data, size);
		data[i] = old;
	}
}

int main(int argc ATTR_UNUSED, char *argv[])
{
	const char *name = strrchr(argv[0], '/');
	const char *srcdir = getenv("PIX_SRCDIR");
	char path[4096];
	struct dirent *entry;
	unsigned int count = 0;
	DIR *dir;

	lib_init();
	name = name == NULL ? argv[0] : name + 1;
	if (strncmp(name, "lt-", 3) == 0)
		name += 3;
	if (strncmp(name, "fuzz-", 5) != 0)
		i_fatal("the program must be called fuzz-NOUN");
	snprintf(path, sizeof(path), "%s/tests/fuzz/corpus/%s",
		 srcdir == NULL ? "." : srcdir, name + 5);
	dir = opendir(path);
	if (dir == NULL)
		i_fatal("opendir(%s) failed: %m", path);
	while ((entry = readdir(dir)) != NULL) {
		char file[8192];

		if (entry->d_name[0] == '.')
			continue;
		snprintf(file, sizeof(file), "%s/%s", path, entry->d_name);
		replay_file(file);
		count++;
	}
	(void)closedir(dir);
	lib_deinit();
	if (count == 0) {
		fprintf(stderr, "%s holds no files\n", path);
		return 1;
	}
	printf("%s: %u files replayed\n", name, count);
	return 0;
}
