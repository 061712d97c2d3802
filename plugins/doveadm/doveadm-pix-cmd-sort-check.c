/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

/* doveadm pix sort check [FILE…]: compiles the organisation's scripts, or the
   given ones, and shows all findings. Changes nothing. */

#include "doveadm-pix-sort.h"
#include "pix-core.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void sort_check_one(const char *path, const char *binary)
{
	const char *error;

	if (pix_sort_compile(path, binary, &error) < 0) {
		pix_sort_print_findings(path, error);
		doveadm_exit_code = EX_DATAERR;
	}
}

static void cmd_pix_sort_check(struct doveadm_cmd_context *cctx)
{
	pool_t pool = pool_alloconly_create("sort check", 1024);
	ARRAY_TYPE(pix_sort_script) scripts;
	const struct pix_sort_script *script;
	const char *const *files = NULL;
	char dir[] = "/tmp/pix-sort.XXXXXX";
	const char *binary;

	p_array_init(&scripts, pool, 16);
	(void)doveadm_cmd_param_array(cctx, "file", &files);
	if (files == NULL &&
	    pix_sort_scripts_find(pool, PIX_SORT_SHIPPED_DIR, PIX_SORT_LOCAL_DIR,
				  &scripts) < 0) {
		pool_unref(&pool);
		return;
	}
	if (mkdtemp(dir) == NULL) {
		pix_doveadm_fail(EX_CANTCREAT, "mkdtemp(%s) failed: %m", dir);
		pool_unref(&pool);
		return;
	}
	binary = t_strconcat(dir, "/check.svbin", NULL);
	pix_sort_print_header();
	for (; files != NULL && *files != NULL; files++) T_BEGIN {
		sort_check_one(*files, binary);
	} T_END;
	array_foreach(&scripts, script) T_BEGIN {
		sort_check_one(script->path, binary);
	} T_END;
	i_unlink_if_exists(binary);
	if (rmdir(dir) < 0)
		i_error("rmdir(%s) failed: %m", dir);
	pool_unref(&pool);
}

struct doveadm_cmd_ver2 pix_doveadm_cmd_sort_check = {
	.name = "pix sort check",
	.cmd = cmd_pix_sort_check,
	.usage = "[<script> ...]",
DOVEADM_CMD_PARAMS_START
DOVEADM_CMD_PARAM('\0', "file", CMD_PARAM_ARRAY, CMD_PARAM_FLAG_POSITIONAL)
DOVEADM_CMD_PARAMS_END
};
