/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-identity-keys.h"
#include "array.h"

#include <dirent.h>
#include <sys/stat.h>

#define PIX_KEYS_SUFFIX ".key"

static bool pix_keys_is_old(const char *name, const char *base)
{
	const size_t base_len = strlen(base), len = strlen(name);

	return len > base_len + 1 + strlen(PIX_KEYS_SUFFIX) &&
		strncmp(name, base, base_len) == 0 && name[base_len] == '-' &&
		strcmp(name + len - strlen(PIX_KEYS_SUFFIX), PIX_KEYS_SUFFIX) == 0;
}

/* The keys before this one, which lie beside it. */
static int
pix_keys_read_old(struct pix_keyring *keyring, const char *path,
		  const char **error_r)
{
	const char *slash = strrchr(path, '/');
	const char *dir, *base;
	struct pix_secret *secret;
	struct dirent *d;
	int ret = 0;
	DIR *dirp;

	if (slash == NULL)
		return 0;
	dir = t_strdup_until(path, slash);
	base = slash + 1;
	if (strlen(base) <= strlen(PIX_KEYS_SUFFIX))
		return 0;
	base = t_strndup(base, strlen(base) - strlen(PIX_KEYS_SUFFIX));
	dirp = opendir(dir);
	if (dirp == NULL) {
		*error_r = t_strdup_printf("opendir(%s) failed: %m", dir);
		return -1;
	}
	while (ret == 0 && (d = readdir(dirp)) != NULL) {
		if (!pix_keys_is_old(d->d_name, base))
			continue;
		ret = pix_secret_read_file(t_strdup_printf("%s/%s", dir, d->d_name),
					   PIX_KEYRING_KEY_SIZE, &secret, error_r);
		if (ret == 0)
			pix_keyring_add(keyring, secret);
	}
	(void)closedir(dirp);
	return ret;
}

int pix_identity_keys_read(const char *path, struct pix_keyring **keyring_r,
			   const char **error_r)
{
	struct pix_secret *secret;
	struct stat st;

	*keyring_r = NULL;
	if (stat(path, &st) < 0 && errno == ENOENT) {
		*error_r = t_strdup_printf("there is no key file %s: restore it from its backup, or for a new installation make one by "
					   "'doveadm pix key create identity'", path);
		return -1;
	}
	if (pix_secret_read_file(path, PIX_KEYRING_KEY_SIZE, &secret, error_r) < 0)
		return -1;
	*keyring_r = pix_keyring_init();
	pix_keyring_add(*keyring_r, secret);
	if (pix_keys_read_old(*keyring_r, path, error_r) < 0) {
		pix_keyring_deinit(keyring_r);
		return -1;
	}
	return 0;
}
