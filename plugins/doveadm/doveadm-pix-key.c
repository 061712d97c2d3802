/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "doveadm-pix-key.h"
#include "doveadm-pix-check.h"
#include "hex-binary.h"
#include "mkdir-parents.h"
#include "randgen.h"
#include "sha2.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <fcntl.h>
#include <unistd.h>

const struct pix_key pix_keys[] = {
#if defined(PIX_HAVE_MFA) || defined(PIX_HAVE_OAUTH2)
	{ "identity", "pix_identity_key_file", PIX_KEY_RANDOM, "pix-identity", NULL },
#endif
#ifdef PIX_HAVE_AUDIT
	{ "audit", "pix_audit_key_file", PIX_KEY_ED25519, "pix-audit",
	  "pix-audit reads no second key, so with a new one it would refuse its own log and not start. "
	  "Instead begin a new log: set a new pix_audit_dir and pix_audit_key_file, "
	  "run 'doveadm pix key create audit', restart, and keep the old log with its public half" },
#endif
#ifdef PIX_HAVE_ARCHIVE
	{ "archive", "pix_archive_key_file", PIX_KEY_RANDOM, "pix-archive",
	  "pix-archive reads no second key, so with a new one every entry of its ledger would count as changed. "
	  "Keep the key; if it was stolen, see 'Stolen' in the guide of the keys" },
#endif
	{ NULL, NULL, PIX_KEY_RANDOM, NULL, NULL }
};

const struct pix_key *doveadm_pix_key_arg(struct doveadm_cmd_context *cctx)
{
	const char *name = pix_doveadm_str(cctx, "name");
	string_t *known = t_str_new(64);

	for (unsigned int i = 0; pix_keys[i].name != NULL; i++) {
		if (name != NULL && strcmp(pix_keys[i].name, name) == 0)
			return &pix_keys[i];
		str_printfa(known, " %s", pix_keys[i].name);
	}
	pix_doveadm_fail(EX_USAGE, "Name a key:%s", str_c(known));
	return NULL;
}

/* From the file itself, so that it works before the first start. */
const char *doveadm_pix_key_path(struct doveadm_cmd_context *cctx,
				 const struct pix_key *key)
{
	const char *config = pix_doveadm_str(cctx, "config");
	struct pix_check check;
	const char *path;

	i_zero(&check);
	check.pool = pool_alloconly_create("pix key", 16384);
	check.path = config == NULL ? PIX_SYSCONFDIR"/dovecot/dovecot.conf" : config;
	p_array_init(&check.findings, check.pool, 8);
	pix_check_load(&check);
	path = t_strdup(pix_check_value(&check, key->setting,
					pix_settings_check_default(key->setting)));
	pool_unref(&check.pool);
	return path;
}

static bool pix_key_write(int fd, const void *data, size_t size)
{
	const unsigned char *p = data;

	while (size > 0) {
		ssize_t ret = write(fd, p, size);

		if (ret <= 0)
			return FALSE;
		p += ret;
		size -= (size_t)ret;
	}
	return fsync(fd) == 0;
}

static bool pix_key_write_ed25519(int fd)
{
	EVP_PKEY *pkey = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	BIO *bio = BIO_new(BIO_s_secmem());
	const char *data;
	long size;
	bool ok = FALSE;

	if (bio == NULL)
		bio = BIO_new(BIO_s_mem());
	if (pkey != NULL && bio != NULL &&
	    PEM_write_bio_PrivateKey(bio, pkey, NULL, NULL, 0, NULL, NULL) == 1) {
		size = BIO_get_mem_data(bio, &data);
		ok = size > 0 && pix_key_write(fd, data, (size_t)size);
	}
	BIO_free(bio);
	EVP_PKEY_free(pkey);
	return ok;
}

static bool pix_key_write_random(int fd)
{
	unsigned char key[PIX_KEY_RANDOM_SIZE];
	bool ok;

	random_fill(key, sizeof(key));
	ok = pix_key_write(fd, key, sizeof(key));
	explicit_bzero(key, sizeof(key));
	return ok;
}

bool doveadm_pix_key_make(const struct pix_key *key, const char *path)
{
	const char *slash = strrchr(path, '/');
	bool ok;
	int fd;

	if (slash != NULL && slash != path &&
	    mkdir_parents(t_strdup_until(path, slash), 0700) < 0 && errno != EEXIST) {
		pix_doveadm_fail(EX_CANTCREAT, "mkdir(%s) failed: %m",
				 t_strdup_until(path, slash));
		return FALSE;
	}
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd == -1) {
		pix_doveadm_fail(EX_CANTCREAT, errno == EEXIST ?
			"%s exists already: 'doveadm pix key rotate %s' replaces it and keeps the old one" :
			"open(%s) failed for key %s: %m", path, key->name);
		return FALSE;
	}
	ok = fchmod(fd, 0600) == 0 &&
		(key->kind == PIX_KEY_ED25519 ?
		 pix_key_write_ed25519(fd) : pix_key_write_random(fd));
	if (!ok) {
		pix_doveadm_fail(EX_CANTCREAT, "write(%s) failed: %m", path);
		i_unlink(path);
	}
	i_close_fd(&fd);
	return ok;
}

const char *doveadm_pix_key_state(const char *path, struct stat *st_r)
{
	if (stat(path, st_r) < 0)
		return errno == ENOENT ? "missing" : t_strdup_printf("unreadable: %m");
	if (!S_ISREG(st_r->st_mode))
		return "no regular file";
	if (st_r->st_uid != 0)
		return "belongs to another user than root";
	if ((st_r->st_mode & 077) != 0)
		return "can be read by others";
	return "ok";
}

const char *doveadm_pix_key_id(const struct pix_key *key, const char *path)
{
	/* a hash under a label of its own, so that it is no oracle for others */
	static const char label[] = "dovecot-pix key id";
	unsigned char digest[SHA256_RESULTLEN];
	struct sha256_ctx ctx;
	unsigned char buf[4096];
	ssize_t size;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd == -1)
		return "";
	size = read(fd, buf, sizeof(buf));
	i_close_fd(&fd);
	if (size <= 0)
		return "";
	sha256_init(&ctx);
	sha256_loop(&ctx, label, sizeof(label));
	sha256_loop(&ctx, key->name, strlen(key->name));
	sha256_loop(&ctx, buf, (size_t)size);
	sha256_result(&ctx, digest);
	explicit_bzero(buf, sizeof(buf));
	return binary_to_hex(digest, 4);
}
