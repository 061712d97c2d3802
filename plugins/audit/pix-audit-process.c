/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-audit-process.h"
#include "pix-core.h"
#include "ioloop.h"
#include "lib-event.h"
#include "master-service.h"

/* What was made and not ended yet. */
static struct pix_audit_process *pix_audit_process_live;

static void
pix_audit_process_settings(struct pix_audit_process *process, const char *service)
{
	struct event *event = event_create(NULL);
	const char *error;

	event_set_append_log_prefix(event, "pix-audit: ");
	if (pix_settings_get_service(NULL, &pix_audit_emit_setting_parser_info, service,
				     (const void **)&process->set, &error) < 0) {
		/* a process without access to the configuration, as a
		   dovecot-lda that the MTA runs: defaults */
		e_debug(event, "Using default settings: %s", error);
		process->set = NULL;
	} else if (pix_audit_on_failure_parse(process->set->pix_audit_on_failure,
					      &process->refuse, &error) < 0) {
		e_error(event, "%s", error);
	}
	event_unref(&event);
}

void pix_audit_process_init(struct pix_audit_process *process,
			    const char *socket_later)
{
	const char *service = master_service_get_name(master_service);
	struct pix_audit_client_params params = {
		.service = service,
		.socket = "pix-audit",
		.socket_later = socket_later,
	};

	i_zero(process);
	pix_audit_process_live = process;
	pix_audit_process_settings(process, service);
	process->client = pix_audit_client_find();
	process->shared = process->client != NULL;
	if (process->shared)
		return;
	if (process->set != NULL)
		params.dir = process->set->pix_audit_dir;
	process->client = pix_audit_client_init(&params);
}

void pix_audit_process_deinit(struct pix_audit_process *process)
{
	if (!process->shared)
		pix_audit_client_deinit(&process->client);
	process->client = NULL;
	pix_settings_free(&process->set);
	pix_audit_process_live = NULL;
}

/* doveadm loads mail plugins for every command, but starts and ends them only for
   mail commands: what preinit made must not outlive the module. After a
   proper deinit there is nothing left; without an ioloop the process ends. */
__attribute__((destructor)) static void pix_audit_process_unload(void)
{
	if (pix_audit_process_live != NULL && current_ioloop != NULL)
		pix_audit_process_deinit(pix_audit_process_live);
}

bool pix_audit_process_must_refuse(const struct pix_audit_process *process,
				   enum pix_audit_class class)
{
	return (process->refuse & class) != 0 && process->client != NULL &&
		!pix_audit_client_is_healthy(process->client);
}
