/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "doveadm-pix-suite.h"

#include <unistd.h>

/* Each service answers the request "status" (docs/protocol/frames.md). */
static const struct {
	const char *part, *protocol, *socket;
} services[] = {
#if defined(PIX_HAVE_MFA) || defined(PIX_HAVE_OAUTH2)
	{ "identity", "pix-identity", "pix-identity-admin" },
#endif
#ifdef PIX_HAVE_AUDIT
	{ "audit", "pix-audit", "pix-audit-admin" },
#endif
#ifdef PIX_HAVE_ARCHIVE
	{ "archive", "pix-archive", "pix-archive-admin" },
#endif
};

/* A service that takes longer is not healthy. */
#define STATUS_TIMEOUT_MSECS (10 * 1000)

enum status_level {
	STATUS_OK,
	STATUS_WARN,
	STATUS_FAIL,
};

static void
status_row(const char *part, const char *name, const char *state,
	   const char *value, const char *text, enum status_level *level)
{
	enum status_level row_level = strcmp(state, "ok") == 0 ? STATUS_OK :
		strcmp(state, "warn") == 0 ? STATUS_WARN : STATUS_FAIL;

	*level = I_MAX(*level, row_level);
	doveadm_print(part);
	doveadm_print(name);
	doveadm_print(state);
	doveadm_print(value == NULL ? "" : value);
	doveadm_print(text == NULL ? "" : text);
}

static const char *status_value(const json_t *value)
{
	if (json_is_integer(value))
		return t_strdup_printf("%lld", (long long)json_integer_value(value));
	return json_is_string(value) ? json_string_value(value) : "";
}

static void
status_answer(const char *part, const json_t *answer, enum status_level *level)
{
	const json_t *items = json_object_get(answer, "items");
	enum status_level before = *level;
	json_t *item;
	size_t i;

	*level = STATUS_OK;
	json_array_foreach(items, i, item) {
		const char *name = pix_json_str(item, "name");
		const char *state = pix_json_str(item, "state");

		status_row(part, name == NULL ? "" : name,
			   state == NULL ? "fail" : state,
			   status_value(json_object_get(item, "value")),
			   pix_json_str(item, "text"), level);
	}
	/* "ok" counts even when the items say nothing */
	if (*level != STATUS_FAIL && !pix_json_true(answer, "ok"))
		status_row(part, "service", "fail", "", "the service reports a failure", level);
	else if (json_array_size(items) == 0)
		status_row(part, "service", "ok", "", "", level);
	*level = I_MAX(*level, before);
}

static void
status_service(const char *part, const char *protocol, const char *socket,
	       enum status_level *level)
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
	json_t *answer;

	if (access(params.path, F_OK) < 0 && errno == ENOENT) {
		/* no listener: the part is not enabled */
		status_row(part, "service", "ok", "off",
			   "not enabled in the configuration", level);
		return;
	}
	if (pix_blocking_client_connect(&params, NULL, STATUS_TIMEOUT_MSECS,
					&client, &error) < 0) {
		status_row(part, "service", "fail", "", error, level);
		return;
	}
	if (pix_blocking_client_call(client, "status", NULL,
				     STATUS_TIMEOUT_MSECS,
				     &answer, &error) == PIX_CLIENT_OK)
		status_answer(part, answer, level);
	else
		status_row(part, "service", "fail", "", error, level);
	json_decref(answer);
	pix_blocking_client_close(&client);
}

static void cmd_status(struct doveadm_cmd_context *cctx ATTR_UNUSED)
{
	enum status_level level = STATUS_OK;

	doveadm_print_init(DOVEADM_PRINT_TYPE_TABLE);
	doveadm_print_header_simple("part");
	doveadm_print_header_simple("name");
	doveadm_print_header_simple("state");
	doveadm_print_header_simple("value");
	doveadm_print_header("text", "text", DOVEADM_PRINT_HEADER_FLAG_EXPAND);
	for (unsigned int i = 0; i < N_ELEMENTS(services); i++) T_BEGIN {
		status_service(services[i].part, services[i].protocol,
			       services[i].socket, &level);
	} T_END;
	if (level != STATUS_OK)
		doveadm_exit_code = level == STATUS_WARN ? 1 : EX_TEMPFAIL;
}

struct doveadm_cmd_ver2 doveadm_pix_cmd_status = {
	.name = "pix status",
	.cmd = cmd_status,
	.usage = "",
DOVEADM_CMD_PARAMS_START
DOVEADM_CMD_PARAMS_END
};
