/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

/* doveadm pix quarantine list: what is in users' quarantine folders, and why. */

#include "doveadm-pix-quarantine.h"
#include "iso8601-date.h"
#include "mail-storage.h"
#include "mail-user.h"

static int quarantine_list_mail(struct mail *mail, void *context)
{
	struct mail_user *user = context;
	time_t received = 0;

	(void)mail_get_received_date(mail, &received);
	doveadm_print(user->username);
	doveadm_print_num(mail->uid);
	doveadm_print(iso8601_date_create(received));
	doveadm_print(pix_doveadm_mail_header(mail, "From"));
	doveadm_print(pix_doveadm_mail_header(mail, "Subject"));
	doveadm_print(pix_quarantine_reason(mail));
	return 0;
}

static int
quarantine_list_run(struct doveadm_mail_cmd_context *ctx, struct mail_user *user)
{
	static const char *const headers[] = { "From", "Subject", NULL };

	return pix_doveadm_mail_foreach(ctx, user, pix_quarantine_folder(user),
					NULL, headers, quarantine_list_mail,
					NULL, user);
}

static void quarantine_list_init(struct doveadm_mail_cmd_context *ctx ATTR_UNUSED)
{
	doveadm_print_header("user", "user", 0);
	doveadm_print_header("uid", "uid", DOVEADM_PRINT_HEADER_FLAG_NUMBER);
	doveadm_print_header("received", "received", 0);
	doveadm_print_header("from", "from", 0);
	doveadm_print_header("subject", "subject", 0);
	doveadm_print_header("reason", "reason", 0);
}

static struct doveadm_mail_cmd_context *quarantine_list_alloc(void)
{
	static const struct pix_doveadm_mail_vfuncs vfuncs = {
		.init = quarantine_list_init,
		.run = quarantine_list_run,
	};

	doveadm_print_init(DOVEADM_PRINT_TYPE_TABLE);
	return pix_doveadm_mail_alloc(sizeof(struct pix_doveadm_mail_cmd), &vfuncs);
}

struct doveadm_cmd_ver2 pix_doveadm_cmd_quarantine_list = {
	.name = "pix quarantine list",
	.mail_cmd = quarantine_list_alloc,
	.usage = DOVEADM_CMD_MAIL_USAGE_PREFIX,
DOVEADM_CMD_PARAMS_START
DOVEADM_CMD_MAIL_COMMON
DOVEADM_CMD_PARAMS_END
};
