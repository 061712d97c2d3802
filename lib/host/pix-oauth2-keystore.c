/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-oauth2-keystore.h"
#include "pix-oauth2-config.h"
#include "hex-binary.h"
#include "sha2.h"
#include "write-full.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define KEYSTORE_VERSION 1
#define KEYSTORE_MAX_SIZE (PIX_JWKS_MAX_SIZE + 8192)

const char *pix_oauth2_keystore_path(const char *dir, const char *issuer)
{
	unsigned char digest[SHA256_RESULTLEN];

	/* the name of an issuer may hold anything */
	sha256_get_digest(issuer, strlen(issuer), digest);
	return t_strdup_printf("%s/%s.json", dir, binary_to_hex(digest, 16));
}

static void
keystore_identify(struct pix_oauth2_stored *stored, const struct stat *st)
{
	stored->dev = st->st_dev;
	stored->ino = st->st_ino;
	stored->mtime = st->st_mtim.tv_sec;
	stored->mtime_nsec = st->st_mtim.tv_nsec;
}

static bool
keystore_is_same(const struct pix_oauth2_stored *known, const struct stat *st)
{
	return known->dev == st->st_dev && known->ino == st->st_ino &&
		known->mtime == st->st_mtim.tv_sec &&
		known->mtime_nsec == st->st_mtim.tv_nsec;
}

static int
keystore_parse(const json_t *obj, const char *issuer,
	       struct pix_oauth2_stored *stored, const char **error_r)
{
	int64_t version, fetched, next;
	const char *keys;

	if (!pix_json_int(obj, "version", KEYSTORE_VERSION, KEYSTORE_VERSION, &version) ||
	    !pix_json_int(obj, "fetched", 0, INT32_MAX * 8LL, &fetched) ||
	    !pix_json_int(obj, "next", 0, INT32_MAX * 8LL, &next) ||
	    null_strcmp(pix_json_str(obj, "issuer"), issuer) != 0) {
		*error_r = "it is not of this issuer or version";
		return -1;
	}
	stored->fetched = fetched;
	stored->next = next;
	stored->jwks_uri = t_strdup(pix_json_str(obj, "jwks_uri"));
	stored->introspection_endpoint =
		t_strdup(pix_json_str(obj, "introspection_endpoint"));
	stored->config_url = t_strdup(pix_json_str(obj, "config_url"));
	keys = t_pix_json(json_object_get(obj, "jwks"));
	stored->keys = pix_jwks_parse(keys, strlen(keys), NULL, error_r);
	return stored->keys == NULL ? -1 : 0;
}

int pix_oauth2_keystore_read(const char *dir, const char *issuer,
			     const struct pix_oauth2_stored *known,
			     struct pix_oauth2_stored *stored_r,
			     const char **error_r)
{
	const char *path = pix_oauth2_keystore_path(dir, issuer);
	const char *text, *error;
	struct stat st;
	json_t *obj;
	int ret;

	i_zero(stored_r);
	if (stat(path, &st) < 0) {
		if (errno == ENOENT)
			return 0;
		*error_r = t_strdup_printf("stat(%s) failed: %m", path);
		return -1;
	}
	if (known != NULL && keystore_is_same(known, &st))
		return 0;
	if (pix_oauth2_read_text(path, KEYSTORE_MAX_SIZE, &text, error_r) < 0)
		return -1;
	obj = pix_json_parse_object(text, strlen(text), 16, &error);
	ret = obj == NULL ? -1 : keystore_parse(obj, issuer, stored_r, &error);
	json_decref(obj);
	if (ret < 0) {
		*error_r = t_strdup_printf("%s can't be used: %s", path, error);
		return -1;
	}
	keystore_identify(stored_r, &st);
	return 1;
}

static int
keystore_save(const char *path, const string_t *text,
	      struct pix_oauth2_stored *stored, const char **error_r)
{
	const char *tmp = t_strdup_printf("%s.%ld.tmp", path, (long)getpid());
	struct stat st, dir_st;
	int fd;

	(void)unlink(tmp);
	fd = open(tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd == -1) {
		*error_r = t_strdup_printf("open(%s) failed: %m (check pix_oauth2_state_dir)", tmp);
		return -1;
	}
	/* doveadm runs as root, auth must be able to replace it */
	if (geteuid() == 0 &&
	    stat(t_strdup_until(path, strrchr(path, '/')), &dir_st) == 0 &&
	    fchown(fd, dir_st.st_uid, dir_st.st_gid) < 0)
		i_warning("fchown(%s) failed: %m", tmp);
	if (write_full(fd, str_data(text), str_len(text)) < 0 || fsync(fd) < 0 ||
	    fstat(fd, &st) < 0 || rename(tmp, path) < 0) {
		*error_r = t_strdup_printf("writing %s failed: %m (check pix_oauth2_state_dir)", path);
		i_close_fd(&fd);
		(void)unlink(tmp);
		return -1;
	}
	i_close_fd(&fd);
	keystore_identify(stored, &st);
	return 0;
}

int pix_oauth2_keystore_write(const char *dir, const char *issuer,
			      const void *jwks, size_t jwks_size,
			      struct pix_oauth2_stored *stored,
			      const char **error_r)
{
	json_t *obj = json_object();
	string_t *text = t_str_new(4096);
	json_t *keys = pix_json_parse(jwks, jwks_size, 8, error_r);

	if (keys == NULL) {
		json_decref(obj);
		return -1;
	}
	pix_json_set_int(obj, "version", KEYSTORE_VERSION);
	pix_json_set_str(obj, "issuer", issuer);
	pix_json_set_int(obj, "fetched", stored->fetched);
	pix_json_set_int(obj, "next", stored->next);
	pix_json_set_str(obj, "jwks_uri", stored->jwks_uri);
	pix_json_set_str(obj, "introspection_endpoint", stored->introspection_endpoint);
	pix_json_set_str(obj, "config_url", stored->config_url);
	json_object_set_new(obj, "jwks", keys);
	pix_json_append(text, obj);
	json_decref(obj);
	return keystore_save(pix_oauth2_keystore_path(dir, issuer), text, stored, error_r);
}

int pix_oauth2_keystore_prepare(const char *dir, uid_t uid, gid_t gid,
				const char **error_r)
{
	struct stat st;

	if (stat(dir, &st) == 0)
		return 0;
	if (mkdir(dir, 0700) < 0 && errno != EEXIST) {
		*error_r = t_strdup_printf("mkdir(%s) failed: %m (check pix_oauth2_state_dir)", dir);
		return -1;
	}
	if (geteuid() == 0 && chown(dir, uid, gid) < 0) {
		*error_r = t_strdup_printf("chown(%s) failed: %m", dir);
		return -1;
	}
	return 0;
}
