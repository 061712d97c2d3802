/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "doveadm-pix-session.h"
#include "hex-binary.h"
#include "sha2.h"

#include <unistd.h>

#define TOKEN_MAX (64 * 1024)
/* what auth and the registry keep of a token */
#define TOKEN_HASH_BYTES 16

/* A token is longer than pix_doveadm_read_secret() takes. */
static const char *token_revoke_read(void)
{
	unsigned char digest[SHA256_RESULTLEN];
	buffer_t *buf = buffer_create_dynamic(default_pool, 8192);
	unsigned char block[4096];
	const char *hash = NULL;
	ssize_t ret;

	while (buf->used <= TOKEN_MAX &&
	       (ret = read(STDIN_FILENO, block, sizeof(block))) > 0)
		buffer_append(buf, block, (size_t)ret);
	while (buf->used > 0 &&
	       strchr(" \t\r\n", ((const char *)buf->data)[buf->used - 1]) != NULL)
		buffer_set_used_size(buf, buf->used - 1);
	if (buf->used == 0)
		pix_doveadm_fail(EX_USAGE, "No input: give the token on stdin, or its hash by --token, or a user by -u");
	else if (buf->used > TOKEN_MAX)
		pix_doveadm_fail(EX_DATAERR, "The token is longer than %d bytes", TOKEN_MAX);
	else {
		sha256_get_digest(buf->data, buf->used, digest);
		hash = binary_to_hex(digest, TOKEN_HASH_BYTES);
	}
	explicit_bzero(block, sizeof(block));
	pix_secret_wipe_buffer(buf);
	buffer_free(&buf);
	return hash;
}

static void cmd_token_revoke(struct doveadm_cmd_context *cctx)
{
	const char *user = pix_doveadm_str(cctx, "user");
	const char *hash = pix_doveadm_str(cctx, "token");
	json_t *args, *answer;

	doveadm_print_init(DOVEADM_PRINT_TYPE_FLOW);
	doveadm_print_header_simple("ended");
	if (user == NULL && hash == NULL) {
		hash = token_revoke_read();
		if (hash == NULL)
			return;
	}
	args = json_object();
	pix_json_set_str(args, "token", hash);
	pix_json_set_str(args, "user", user);
	pix_json_set_str(args, "issuer", pix_doveadm_str(cctx, "issuer"));
	pix_json_set_str(args, "reason", pix_doveadm_str(cctx, "reason"));
	pix_json_set_str(args, "actor", pix_doveadm_actor(cctx));
	answer = pix_doveadm_ask("pix-identity", "pix-identity-admin",
				 "token-revoke", args);
	if (answer == NULL)
		return;
	doveadm_print(t_strdup_printf("%lld", (long long)
		json_integer_value(json_object_get(answer, "ended"))));
	json_decref(answer);
}

struct doveadm_cmd_ver2 doveadm_pix_cmd_token_revoke = {
	.name = "pix token revoke",
	.cmd = cmd_token_revoke,
	.usage = "[--actor <who>] [--reason <text>] [-u <user> [--issuer <url>] | --token <hash>]",
DOVEADM_CMD_PARAMS_START
DOVEADM_CMD_PARAM('u', "user", CMD_PARAM_STR, 0)
DOVEADM_CMD_PARAM('\0', "issuer", CMD_PARAM_STR, 0)
DOVEADM_CMD_PARAM('\0', "token", CMD_PARAM_STR, 0)
DOVEADM_CMD_PARAM('\0', "reason", CMD_PARAM_STR, 0)
DOVEADM_CMD_PARAM('\0', "actor", CMD_PARAM_STR, 0)
DOVEADM_CMD_PARAMS_END
};
