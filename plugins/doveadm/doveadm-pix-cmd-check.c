/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "doveadm-pix-check.h"
#include "doveadm-pix-suite.h"

void pix_check_add_at(struct pix_check *check, enum pix_check_level level,
		      const char *code, const char *file, unsigned int line,
		      const char *text)
{
	struct pix_check_finding *finding;

	finding = array_append_space(&check->findings);
	finding->level = level;
	finding->code = code;
	finding->file = p_strdup(check->pool, file);
	finding->line = line;
	finding->text = p_strdup(check->pool, text);
}

void pix_check_add(struct pix_check *check, enum pix_check_level level,
		   const char *code, const struct pix_conf_node *node,
		   const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	pix_check_add_at(check, level, code, node == NULL ? "" : node->file,
			 node == NULL ? 0 : node->line,
			 t_strdup_vprintf(fmt, args));
	va_end(args);
}

/* What stands in files first, in the order of reading them. */
static int check_finding_cmp(const struct pix_check_finding *a,
			     const struct pix_check_finding *b)
{
	int ret;

	if (a->level != b->level)
		return a->level > b->level ? -1 : 1;
	if ((a->file[0] == '\0') != (b->file[0] == '\0'))
		return a->file[0] == '\0' ? 1 : -1;
	ret = strcmp(a->file, b->file);
	if (ret != 0)
		return ret;
	return a->line < b->line ? -1 : a->line > b->line ? 1 : 0;
}

static enum pix_check_level check_print(struct pix_check *check)
{
	static const char *const levels[] = { "info", "warning", "error" };
	enum pix_check_level worst = PIX_CHECK_INFO;
	const struct pix_check_finding *finding;

	array_sort(&check->findings, check_finding_cmp);
	array_foreach(&check->findings, finding) {
		worst = I_MAX(worst, finding->level);
		doveadm_print(levels[finding->level]);
		doveadm_print(finding->code);
		doveadm_print(finding->file);
		doveadm_print(finding->line == 0 ? "" :
			      t_strdup_printf("%u", finding->line));
		doveadm_print(finding->text);
	}
	return worst;
}

static void cmd_check(struct doveadm_cmd_context *cctx)
{
	struct pix_check check;
	const char *path = pix_doveadm_str(cctx, "config");

	i_zero(&check);
	check.pool = pool_alloconly_create("pix check", 16384);
	check.path = path == NULL ? PIX_SYSCONFDIR"/dovecot/dovecot.conf" : path;
	p_array_init(&check.findings, check.pool, 32);
	doveadm_print_init(DOVEADM_PRINT_TYPE_TABLE);
	doveadm_print_header_simple("level");
	doveadm_print_header_simple("code");
	doveadm_print_header_simple("file");
	doveadm_print_header_simple("line");
	doveadm_print_header("text", "text", DOVEADM_PRINT_HEADER_FLAG_EXPAND);

	pix_check_load(&check);
	pix_check_settings(&check);
	pix_check_passdbs(&check);
	pix_check_plugins(&check);
	pix_check_services(&check);
	pix_check_files(&check);
	pix_check_storage(&check);
	pix_check_host(&check);
	switch (check_print(&check)) {
	case PIX_CHECK_INFO:
		break;
	case PIX_CHECK_WARNING:
		doveadm_exit_code = 1;
		break;
	case PIX_CHECK_ERROR:
		doveadm_exit_code = EX_CONFIG;
		break;
	}
	pool_unref(&check.pool);
}

struct doveadm_cmd_ver2 doveadm_pix_cmd_check = {
	.name = "pix check",
	.cmd = cmd_check,
	.usage = "[-c <file>]",
DOVEADM_CMD_PARAMS_START
DOVEADM_CMD_PARAM('c', "config", CMD_PARAM_STR, 0)
DOVEADM_CMD_PARAMS_END
};
