/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "doveadm-pix-key.h"
#include "base64.h"

#include <openssl/evp.h>
#include <openssl/pem.h>

/* The public half, which verifiers need. */
static const char *key_export_public(const char *path)
{
	BIO *in = BIO_new_file(path, "r"), *out = BIO_new(BIO_s_mem());
	EVP_PKEY *pkey = in == NULL ? NULL :
		PEM_read_bio_PrivateKey(in, NULL, NULL, NULL);
	const char *text = NULL;
	char *data;
	long size;

	if (pkey != NULL && out != NULL && PEM_write_bio_PUBKEY(out, pkey) == 1) {
		size = BIO_get_mem_data(out, &data);
		text = t_strndup(data, (size_t)size);
	}
	EVP_PKEY_free(pkey);
	BIO_free(in);
	BIO_free(out);
	if (text == NULL)
		pix_doveadm_fail(EX_DATAERR, "%s holds no private key in PEM that can be read", path);
	return text;
}

static const char *key_export_secret(const char *path)
{
	struct pix_secret *secret;
	const char *error;
	string_t *text;

	if (pix_secret_read_file(path, PIX_KEY_RANDOM_SIZE, &secret, &error) < 0) {
		pix_doveadm_fail(EX_DATAERR, "%s", error);
		return NULL;
	}
	text = t_str_new(64);
	base64_encode(pix_secret_data(secret), pix_secret_size(secret), text);
	pix_secret_free(&secret);
	return str_c(text);
}

static void cmd_key_export(struct doveadm_cmd_context *cctx)
{
	const struct pix_key *key = doveadm_pix_key_arg(cctx);
	const char *path, *text;

	doveadm_print_init(DOVEADM_PRINT_TYPE_PAGER);
	doveadm_print_header("key", "", DOVEADM_PRINT_HEADER_FLAG_HIDE_TITLE);
	if (key == NULL)
		return;
	path = doveadm_pix_key_path(cctx, key);
	if (key->kind == PIX_KEY_ED25519) {
		text = key_export_public(path);
	} else if (cctx->conn_type != DOVEADM_CONNECTION_TYPE_CLI) {
		pix_doveadm_fail(EX_NOPERM, "A secret key is exported on the machine itself alone");
		return;
	} else if (!pix_doveadm_bool(cctx, "show-secret")) {
		pix_doveadm_fail(EX_USAGE,
			"Key %s has no public half: --show-secret writes the secret itself (base64), for a backup that is locked away",
			key->name);
		return;
	} else {
		text = key_export_secret(path);
	}
	if (text != NULL)
		doveadm_print(text);
}

struct doveadm_cmd_ver2 doveadm_pix_cmd_key_export = {
	.name = "pix key export",
	.cmd = cmd_key_export,
	.usage = "[-c <file>] [--show-secret] <name>",
DOVEADM_CMD_PARAMS_START
DOVEADM_CMD_PARAM('c', "config", CMD_PARAM_STR, 0)
DOVEADM_CMD_PARAM('\0', "show-secret", CMD_PARAM_BOOL, 0)
DOVEADM_CMD_PARAM('\0', "name", CMD_PARAM_STR, CMD_PARAM_FLAG_POSITIONAL)
DOVEADM_CMD_PARAMS_END
};
