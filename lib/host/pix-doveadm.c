/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-doveadm.h"
#include "pix-compat.h"
#include "askpass.h"
#include "master-service.h"
#include "master-service-settings.h"
#include "doveadm-settings.h"
#if PIX_DOVECOT_24
#  include "str-parse.h"
#else
#  include "settings-parser.h"
#endif

#include <stdio.h>
#include <fcntl.h>
#include <unistd.h>

#define PIX_DOVEADM_TIMEOUT_MSECS (60 * 1000)
#define PIX_DOVEADM_SECRET_MAX 1024

const char *pix_doveadm_str(struct doveadm_cmd_context *cctx, const char *name)
{
	const char *value;

	return doveadm_cmd_param_str(cctx, name, &value) ? value : NULL;
}

bool pix_doveadm_bool(struct doveadm_cmd_context *cctx, const char *name)
{
	bool value;

	return doveadm_cmd_param_bool(cctx, name, &value) && value;
}

void pix_doveadm_fail(int exit_code, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	T_BEGIN {
		i_error("%s", t_strdup_vprintf(fmt, args));
	} T_END;
	va_end(args);
	doveadm_exit_code = exit_code;
}

const char *pix_doveadm_base_dir(void)
{
#if PIX_DOVECOT_24
	return master_service_get_service_settings(master_service)->base_dir;
#else
	return doveadm_settings->base_dir;
#endif
}

const char *pix_doveadm_socket(const char *set)
{
	return set[0] == '/' ? set :
		t_strconcat(pix_doveadm_base_dir(), "/", set, NULL);
}

struct pix_blocking_client *
pix_doveadm_connect(const char *protocol, const char *socket)
{
	const struct pix_client_params params = {
		.protocol = protocol,
		.version_min = 1,
		.version_max = 1,
		.path = pix_doveadm_socket(socket),
		.max_payload = PIX_FRAME_MAX_PAYLOAD,
	};
	struct pix_blocking_client *client;
	const char *error;

	if (pix_blocking_client_connect(&params, NULL, PIX_DOVEADM_TIMEOUT_MSECS,
					&client, &error) < 0) {
		pix_doveadm_fail(EX_TEMPFAIL, "%s", error);
		return NULL;
	}
	return client;
}

static int pix_doveadm_exit_code(const char *word)
{
	static const struct {
		const char *word;
		int exit_code;
	} codes[] = {
		{ "not-found", DOVEADM_EX_NOTFOUND },
		{ "invalid", EX_USAGE },
		{ "exists", EX_CANTCREAT },
		{ "denied", EX_NOPERM },
		{ "refused", EX_NOPERM },
		{ "data", EX_DATAERR },
		{ "config", EX_CONFIG },
	};

	for (unsigned int i = 0; word != NULL && i < N_ELEMENTS(codes); i++) {
		if (strcmp(codes[i].word, word) == 0)
			return codes[i].exit_code;
	}
	return EX_TEMPFAIL;
}

json_t *pix_doveadm_call(struct pix_blocking_client *client,
			 const char *cmd, json_t *args)
{
	enum pix_client_result result;
	const char *error;
	json_t *answer;

	result = pix_blocking_client_call(client, cmd, args,
					  PIX_DOVEADM_TIMEOUT_MSECS,
					  &answer, &error);
	if (result == PIX_CLIENT_OK)
		return answer;
	pix_doveadm_fail(result == PIX_CLIENT_REFUSED ?
			 pix_doveadm_exit_code(pix_json_str(answer, "error")) :
			 EX_TEMPFAIL, "%s", error);
	json_decref(answer);
	return NULL;
}

json_t *pix_doveadm_ask(const char *protocol, const char *socket,
			const char *cmd, json_t *args)
{
	struct pix_blocking_client *client = pix_doveadm_connect(protocol, socket);
	json_t *answer;

	if (client == NULL) {
		json_decref(args);
		return NULL;
	}
	answer = pix_doveadm_call(client, cmd, args);
	pix_blocking_client_close(&client);
	return answer;
}

static size_t pix_doveadm_read_stdin_line(unsigned char *buf, size_t size)
{
	size_t used = 0;

	/* byte by byte, so that what follows the line stays in stdin */
	while (used < size && read(STDIN_FILENO, buf + used, 1) == 1) {
		if (buf[used] == '\n')
			break;
		used++;
	}
	if (used > 0 && used < size && buf[used - 1] == '\r')
		used--;
	return used;
}

struct pix_secret *pix_doveadm_read_secret(const char *prompt)
{
	unsigned char buf[PIX_DOVEADM_SECRET_MAX + 1];
	struct pix_secret *secret = NULL;
	size_t len;

	if (isatty(STDIN_FILENO)) {
		askpass(prompt, (char *)buf, sizeof(buf));
		len = strlen((char *)buf);
	} else {
		len = pix_doveadm_read_stdin_line(buf, sizeof(buf));
	}
	if (len == 0)
		pix_doveadm_fail(EX_USAGE, "No input: give it on stdin or at the prompt");
	else if (len > PIX_DOVEADM_SECRET_MAX)
		pix_doveadm_fail(EX_DATAERR, "Input is longer than %d bytes",
				 PIX_DOVEADM_SECRET_MAX);
	else
		secret = pix_secret_copy(buf, len);
	explicit_bzero(buf, sizeof(buf));
	return secret;
}

int pix_doveadm_interval(const char *text, unsigned int *secs_r,
			 const char **error_r)
{
#if PIX_DOVECOT_24
	return str_parse_get_interval(text, secs_r, error_r);
#else
	return settings_get_time(text, secs_r, error_r);
#endif
}

const char *pix_doveadm_actor(struct doveadm_cmd_context *cctx ATTR_UNUSED)
{
	char buf[32];
	ssize_t ret = -1;
	uid_t uid = getuid();
	int fd = open("/proc/self/loginuid", O_RDONLY | O_CLOEXEC);

	if (fd != -1) {
		ret = read(fd, buf, sizeof(buf) - 1);
		i_close_fd(&fd);
	}
	if (ret > 0) {
		unsigned long loginuid;

		buf[ret] = '\0';
		if (str_to_ulong(t_strcut(buf, '\n'), &loginuid) == 0 &&
		    loginuid != (uint32_t)-1)
			uid = (uid_t)loginuid;
	}
	return t_strdup_printf("uid:%lu", (unsigned long)uid);
}
