/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "doveadm-pix-check.h"
#include "pix-compat.h"

#include <fcntl.h>
#include <glob.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHECK_FILE_MAX (16 * 1024 * 1024)
#define CHECK_INCLUDE_DEPTH_MAX 20

static const char *
check_read_file(const char *path, bool *missing_r, const char **error_r)
{
	struct stat st;
	string_t *text;
	char buf[4096];
	ssize_t ret;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd == -1) {
		*missing_r = errno == ENOENT;
		*error_r = t_strdup_printf("can't be read: %m");
		return NULL;
	}
	*missing_r = FALSE;
	if (fstat(fd, &st) < 0)
		i_zero(&st);
	if (!S_ISREG(st.st_mode) || st.st_size > CHECK_FILE_MAX) {
		*error_r = "is not a regular file of sensible size";
		i_close_fd(&fd);
		return NULL;
	}
	text = t_str_new(st.st_size + 1);
	while ((ret = read(fd, buf, sizeof(buf))) > 0 &&
	       str_len(text) < CHECK_FILE_MAX)
		str_append_data(text, buf, (size_t)ret);
	i_close_fd(&fd);
	return str_c(text);
}

static void
check_include_file(struct pix_check *check, struct pix_conf *conf,
		   const char *from, unsigned int line, const char *path,
		   bool optional)
{
	const char *text, *error;
	bool missing;

	text = check_read_file(path, &missing, &error);
	if (text != NULL)
		pix_conf_parse(conf, p_strdup(check->pool, path), text);
	else if (!optional || !missing) {
		pix_check_add_at(check, PIX_CHECK_ERROR, "include", from, line,
				 t_strdup_printf("%s %s", path, error));
	}
}

static void
check_include(struct pix_conf *conf, const char *file, unsigned int line,
	      const char *pattern, bool try, void *context)
{
	struct pix_check *check = context;
	glob_t found;

	if (pix_conf_include_depth(conf) > CHECK_INCLUDE_DEPTH_MAX) {
		pix_check_add_at(check, PIX_CHECK_ERROR, "include", file, line,
				 "files include each other");
		return;
	}
	if (strpbrk(pattern, "*?[") == NULL) {
		check_include_file(check, conf, file, line, pattern, try);
		return;
	}
	if (glob(pattern, GLOB_BRACE, NULL, &found) == 0) {
		for (size_t i = 0; i < found.gl_pathc; i++) T_BEGIN {
			check_include_file(check, conf, file, line,
					   found.gl_pathv[i], FALSE);
		} T_END;
	} else if (!try) {
		pix_check_add_at(check, PIX_CHECK_WARNING, "include", file, line,
				 t_strdup_printf("%s matches no file", pattern));
	}
	globfree(&found);
}

void pix_check_load(struct pix_check *check)
{
	const struct pix_conf_node *node, *const *nodep;

	check->conf = pix_conf_init(check->pool, check_include, check);
	check_include_file(check, check->conf, check->path, 0, check->path, FALSE);
	array_foreach(pix_conf_nodes(check->conf), nodep) {
		if ((*nodep)->type == PIX_CONF_JUNK)
			pix_check_add(check, PIX_CHECK_ERROR, "syntax", *nodep,
				strcmp((*nodep)->value, "}") == 0 ?
				"} without a section" :
				"neither a setting nor a section");
	}
	node = pix_conf_unclosed(check->conf);
	if (node != NULL)
		pix_check_add(check, PIX_CHECK_ERROR, "syntax", node,
			      "section %s { is not closed", node->key);
}

const char *pix_check_value_in(const struct pix_check *check,
			       const struct pix_conf_node *section,
			       const char *key, const char *fallback)
{
	const struct pix_conf_node *node = pix_conf_last(check->conf, section, key);

	return node == NULL ? fallback : node->value;
}

const char *pix_check_value(const struct pix_check *check, const char *key,
			    const char *fallback)
{
	return pix_check_value_in(check, NULL, key, fallback);
}

const struct pix_conf_node *
pix_check_section(const struct pix_check *check, const char *key,
		  const char *name)
{
	const struct pix_conf_node *const *nodep, *found = NULL;

	array_foreach(pix_conf_nodes(check->conf), nodep) {
		if ((*nodep)->type == PIX_CONF_SECTION && (*nodep)->parent == NULL &&
		    strcmp((*nodep)->key, key) == 0 &&
		    strcmp((*nodep)->value, name) == 0)
			found = *nodep;
	}
	return found;
}
