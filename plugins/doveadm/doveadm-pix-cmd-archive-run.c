/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "doveadm-pix-archive-age.h"
#include "pix-doveadm-user.h"

/* Moves what is old enough to the archive, and disposes of what ended there;
   without --apply it only says what would go. */

struct run_total {
	int64_t due, done, review, held;
};

static bool
run_step(struct doveadm_cmd_context *cctx, struct pix_archive_client *client,
	 struct run_total *total)
{
	json_t *args = json_object(), *answer;
	const char *stopped;
	bool more;

	pix_json_set_str(args, "owner", pix_doveadm_str(cctx, "user"));
	pix_json_set_str(args, "actor", pix_doveadm_actor(cctx));
	pix_json_set_bool(args, "apply", pix_doveadm_bool(cctx, "apply"));
	answer = doveadm_pix_archive_call(client, "disposition-run", args);
	if (answer == NULL)
		return FALSE;
	total->due += doveadm_pix_archive_int(answer, "due");
	total->done += doveadm_pix_archive_int(answer, "done");
	total->review += doveadm_pix_archive_int(answer, "review");
	total->held = I_MAX(total->held, doveadm_pix_archive_int(answer, "held"));
	stopped = pix_json_str(answer, "stopped");
	if (stopped != NULL)
		i_warning("More than the allowed share of the archive of %s is due: it waits for a review (doveadm pix disposition list; see pix_archive_dispose_percent)",
			  stopped);
	more = pix_json_true(answer, "more");
	json_decref(answer);
	return more;
}

static bool run_age_user(const char *username, void *context)
{
	doveadm_pix_archive_age_user(context, username);
	return TRUE;
}

/* Mail is moved by age only where a label says so. */
static void
run_age(struct doveadm_cmd_context *cctx, struct pix_archive_client *client,
	struct doveadm_pix_archive_age *age)
{
	const char *username = pix_doveadm_str(cctx, "user");
	struct pix_retention_policy *policy = doveadm_pix_retention_policy(NULL);
	struct pix_retention_label *label;
	bool wanted = FALSE;

	if (policy == NULL)
		return;
	array_foreach_elem(&policy->labels, label)
		wanted = wanted || label->archive_set;
	age->client = client;
	age->policy = policy;
	age->apply = pix_doveadm_bool(cctx, "apply");
	if (wanted && username != NULL)
		doveadm_pix_archive_age_user(age, username);
	else if (wanted)
		(void)pix_doveadm_users(run_age_user, age);
	pix_retention_policy_free(&policy);
}

static void cmd_archive_run(struct doveadm_cmd_context *cctx)
{
	struct pix_archive_client *client = doveadm_pix_archive_connect();
	struct doveadm_pix_archive_age age;
	struct run_total total;

	i_zero(&total);
	i_zero(&age);
	run_age(cctx, client, &age);
	while (run_step(cctx, client, &total)) ;
	pix_archive_client_deinit(&client);
	doveadm_print_init(DOVEADM_PRINT_TYPE_FLOW);
	doveadm_print_header_simple("aged");
	doveadm_print_header_simple("moved");
	doveadm_print_header_simple("due");
	doveadm_print_header_simple("done");
	doveadm_print_header_simple("review");
	doveadm_print_header_simple("held");
	doveadm_print(dec2str(age.due));
	doveadm_print(dec2str(age.moved));
	doveadm_print(t_strdup_printf("%lld", (long long)total.due));
	doveadm_print(t_strdup_printf("%lld", (long long)total.done));
	doveadm_print(t_strdup_printf("%lld", (long long)total.review));
	doveadm_print(t_strdup_printf("%lld", (long long)total.held));
}

struct doveadm_cmd_ver2 doveadm_pix_cmd_archive_run = {
	.name = "pix archive run",
	.cmd = cmd_archive_run,
	.usage = "[-u <owner>] [--apply]",
DOVEADM_CMD_PARAMS_START
DOVEADM_CMD_PARAM('u', "user", CMD_PARAM_STR, 0)
DOVEADM_CMD_PARAM('\0', "apply", CMD_PARAM_BOOL, 0)
DOVEADM_CMD_PARAMS_END
};
