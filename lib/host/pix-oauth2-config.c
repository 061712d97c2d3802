/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-oauth2-config.h"
#include "pix-settings-oauth2.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define PIX_OAUTH2_FILE_MAX (1024 * 1024)

int pix_oauth2_read_text(const char *path, size_t max_size,
			 const char **text_r, const char **error_r)
{
	/* non-blocking: a FIFO in its place must not stop auth */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;
	char *data;
	ssize_t ret;

	if (fd == -1) {
		*error_r = t_strdup_printf("open(%s) failed: %m", path);
		return -1;
	}
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) ||
	    (uoff_t)st.st_size > max_size) {
		*error_r = t_strdup_printf("%s is no regular file of at most %zu bytes",
					   path, max_size);
		i_close_fd(&fd);
		return -1;
	}
	data = t_malloc0((size_t)st.st_size + 1);
	ret = read(fd, data, (size_t)st.st_size);
	i_close_fd(&fd);
	if (ret < 0) {
		*error_r = t_strdup_printf("read(%s) failed: %m", path);
		return -1;
	}
	if (memchr(data, '\0', (size_t)ret) != NULL) {
		*error_r = t_strdup_printf("%s is no text file", path);
		return -1;
	}
	data[ret] = '\0';
	*text_r = data;
	return 0;
}

static void
config_error(ARRAY_TYPE(const_string) *errors, const char *error)
{
	array_push_back(errors, &error);
}

/* The issuer that stands in plain settings. */
static void
config_add_plain(struct pix_issuers *issuers, const struct pix_oauth2_settings *set,
		 ARRAY_TYPE(const_string) *errors)
{
	const struct {
		const char *setting, *key, *value;
	} keys[] = {
		{ "pix_oauth2_profile", "profile", set->pix_oauth2_profile },
		{ "pix_oauth2_keys", "keys", set->pix_oauth2_keys },
		{ "pix_oauth2_audience", "audience", set->pix_oauth2_audience },
		{ "pix_oauth2_algorithms", "algorithms", set->pix_oauth2_algorithms },
		{ "pix_oauth2_scope", "scope", set->pix_oauth2_scope },
		{ "pix_oauth2_user", "user", set->pix_oauth2_user },
		{ "pix_oauth2_user_domain", "user_domain", set->pix_oauth2_user_domain },
	};
	struct pix_issuer *issuer;
	const char *error;
	size_t offset;
	bool ok = TRUE;

	issuer = pix_issuers_add(issuers, set->pix_oauth2_issuer,
				 "pix_oauth2_issuer", &error);
	if (issuer == NULL) {
		config_error(errors, t_strdup_printf("pix_oauth2_issuer: %s", error));
		return;
	}
	for (unsigned int i = 0; i < N_ELEMENTS(keys); i++) {
		if (*keys[i].value == '\0' ||
		    pix_issuer_set(issuers, issuer, keys[i].key, keys[i].value,
				   &offset, &error) == 0)
			continue;
		config_error(errors, t_strdup_printf("%s: %s", keys[i].setting, error));
		ok = FALSE;
	}
	error = ok ? pix_issuer_check(issuer) : NULL;
	if (error != NULL)
		config_error(errors, t_strdup_printf("pix_oauth2_issuer: %s", error));
}

struct pix_issuers *
pix_oauth2_config_load(const struct pix_oauth2_settings *set,
		       ARRAY_TYPE(const_string) *errors)
{
	const char *path = set->pix_oauth2_issuers_file;
	unsigned int before = array_count(errors);
	struct pix_issuers *issuers = pix_issuers_new();
	const char *text, *error;

	if (*path != '\0') {
		if (pix_oauth2_read_text(path, PIX_OAUTH2_FILE_MAX, &text, &error) == 0)
			(void)pix_issuers_parse(issuers, path, text, errors);
		else {
			config_error(errors, t_strdup_printf(
				"%s (check pix_oauth2_issuers_file)", error));
		}
	}
	if (*set->pix_oauth2_issuer != '\0')
		config_add_plain(issuers, set, errors);
	if (array_count(errors) == before && array_is_empty(&issuers->list)) {
		config_error(errors, "No issuer of tokens is configured "
			     "(set pix_oauth2_issuers_file or pix_oauth2_issuer)");
	}
	if (array_count(errors) > before)
		pix_issuers_free(&issuers);
	return issuers;
}
