/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-settings.h"
#include "array.h"
#include "istream.h"
#include "net.h"
#include "settings-parser.h"
#include "master-service.h"
#include "master-service-settings.h"
#if PIX_DOVECOT_24
#  include "settings.h"
#else
#  include "write-full.h"
#endif

#include <unistd.h>

/* The pool is the first member of every settings struct of ours. */
struct pix_settings_head {
	pool_t pool;
};

void pix_settings_free_ptr(const void **_set)
{
	const struct pix_settings_head *set = *_set;
	pool_t pool;

	if (set == NULL)
		return;
	*_set = NULL;
	pool = set->pool;
	pool_unref(&pool);
}

#if PIX_DOVECOT_24

int pix_settings_get_service(struct event *event,
			     const struct setting_parser_info *info,
			     const char *service ATTR_UNUSED,
			     const void **set_r, const char **error_r)
{
	const struct pix_settings_head *set;

	*set_r = NULL;
	if (event == NULL)
		event = master_service_get_event(master_service);
	if (settings_get(event, info, 0, &set, error_r) < 0)
		return -1;
	*set_r = set;
	return 0;
}

#else

#define PIX_CONFIG_TIMEOUT_SECS 10
#define PIX_CONFIG_HANDSHAKE "VERSION\tconfig\t2\t0\n"

/* Ends the parser and hands its struct out with the pool that it lives in. */
static void
pix_settings_finish(struct setting_parser_context **parser, pool_t pool,
		    const void **set_r)
{
	struct pix_settings_head *set = settings_parser_get_list(*parser)[0];

	set->pool = pool;
	*set_r = set;
	settings_parser_deinit(parser);
}

static int
pix_settings_read_reply(struct setting_parser_context *parser, int fd,
			const char *path, const char **error_r)
{
	struct istream *input = i_stream_create_fd(fd, SIZE_MAX);
	const char *line;
	int ret = -1;

	alarm(PIX_CONFIG_TIMEOUT_SECS);
	while ((line = i_stream_next_line(input)) == NULL) {
		if (i_stream_read(input) <= 0)
			break;
	}
	if (line == NULL)
		*error_r = t_strdup_printf("read(%s) failed: %s", path,
					   i_stream_get_error(input));
	else {
		ret = settings_parse_stream_read(parser, input);
		if (ret > 0)
			*error_r = t_strdup_printf("read(%s) timed out", path);
		else if (ret < 0)
			*error_r = t_strdup(settings_parser_get_error(parser));
	}
	alarm(0);
	i_stream_destroy(&input);
	return ret == 0 ? 0 : -1;
}

static int
pix_settings_ask_config(struct setting_parser_context *parser,
			const struct setting_parser_info *info,
			const char *service, const char **error_r)
{
	const struct master_service_settings *set =
		master_service_settings_get(master_service);
	const char *path = t_strconcat(set->base_dir, "/config", NULL);
	const char *request =
		t_strdup_printf(PIX_CONFIG_HANDSHAKE "REQ\tmodule=%s\tservice=%s\n",
				info->module_name, service);
	int fd, ret;

	fd = net_connect_unix_with_retries(path, 1000);
	if (fd == -1) {
		*error_r = t_strdup_printf("connect(%s) failed: %m", path);
		return -1;
	}
	net_set_nonblock(fd, FALSE);
	if (write_full(fd, request, strlen(request)) < 0) {
		*error_r = t_strdup_printf("write(%s) failed: %m", path);
		ret = -1;
	} else {
		ret = pix_settings_read_reply(parser, fd, path, error_r);
	}
	i_close_fd(&fd);
	return ret;
}

int pix_settings_get_service(struct event *event ATTR_UNUSED,
			     const struct setting_parser_info *info,
			     const char *service,
			     const void **set_r, const char **error_r)
{
	pool_t pool = pool_alloconly_create("pix settings", 4096);
	struct setting_parser_context *parser;
	const char *error;

	*set_r = NULL;
	parser = settings_parser_init(pool, info,
				      SETTINGS_PARSER_FLAG_IGNORE_UNKNOWN_KEYS);
	if (pix_settings_ask_config(parser, info, service, error_r) < 0) {
		settings_parser_deinit(&parser);
		pool_unref(&pool);
		return -1;
	}
	if (!settings_parser_check(parser, pool, &error)) {
		*error_r = t_strdup_printf("Invalid settings: %s", error);
		settings_parser_deinit(&parser);
		pool_unref(&pool);
		return -1;
	}
	pix_settings_finish(&parser, pool, set_r);
	return 0;
}

#endif
