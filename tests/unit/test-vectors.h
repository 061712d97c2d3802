/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */
#ifndef TEST_VECTORS_H
#define TEST_VECTORS_H

#include "pix-json.h"
#include "test-common.h"

#include <stdio.h>
#include <stdlib.h>

/* A file of the published vectors (PIX_VECTORS). They are no part of the tree:
   without them a test is skipped and says so, but with CI=true it fails. */
static inline json_t *test_vectors_load(const char *name)
{
	const char *dir = getenv("PIX_VECTORS"), *ci = getenv("CI");
	json_t *root;
	const char *path;

	path = t_strdup_printf("%s/%s", dir == NULL ? "../shared/vectors" : dir, name);
	root = json_load_file(path, 0, NULL);
	if (root == NULL) {
		printf("SKIP %s: these published vectors are not here\n", name);
		test_assert(ci == NULL || strcmp(ci, "true") != 0);
	}
	return root;
}

#endif
