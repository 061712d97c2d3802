/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-service-main.h"
#include "pix-compat.h"
#include "master-service.h"
#include "master-service-settings.h"
#include "mkdir-parents.h"
#include "restrict-access.h"

#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

static struct pix_service *pix_main_service;
static void (*pix_main_on_die)(void);

void pix_service_main_start(const char *name, int *argc, char **argv[])
{
	/* lib-master must not kill us while idle: peers keep state by us */
	enum master_service_flags flags = MASTER_SERVICE_FLAG_NO_SSL_INIT |
		MASTER_SERVICE_FLAG_NO_IDLE_DIE;
	const char *error;

#if !PIX_DOVECOT_24
	flags |= MASTER_SERVICE_FLAG_KEEP_CONFIG_OPEN |
		MASTER_SERVICE_FLAG_DISABLE_SSL_SET;
#endif
	master_service = master_service_init(name, flags, argc, argv, "");
	if (master_getopt(master_service) > 0)
		exit(FATAL_DEFAULT);
#if PIX_DOVECOT_24
	if (master_service_settings_read_simple(master_service, &error) < 0)
#else
	if (master_service_settings_read_simple(master_service, NULL, &error) < 0)
#endif
		i_fatal("%s", error);
	master_service_init_log(master_service);
}

void pix_service_main_ids(uid_t *uid_r, gid_t *gid_r)
{
	struct restrict_access_settings set;

	restrict_access_init(&set);
	restrict_access_get_env(&set);
	*uid_r = set.uid;
	*gid_r = set.gid;
}

int pix_service_main_state_dir(const char *dir, const char **error_r)
{
	struct stat st;
	uid_t uid;
	gid_t gid;

	pix_service_main_ids(&uid, &gid);
	if (mkdir_parents_chown(dir, 0700, uid, gid) < 0 && errno != EEXIST) {
		*error_r = t_strdup_printf("mkdir(%s) failed: %m", dir);
		return -1;
	}
	if (stat(dir, &st) < 0) {
		*error_r = t_strdup_printf("stat(%s) failed: %m", dir);
		return -1;
	}
	if (!S_ISDIR(st.st_mode)) {
		*error_r = t_strdup_printf("%s is not a directory", dir);
		return -1;
	}
	if (uid != (uid_t)-1 && st.st_uid != uid) {
		*error_r = t_strdup_printf("%s belongs to uid %lu, but the service runs as uid %lu: chown -R %lu:%lu %s",
					   dir, (unsigned long)st.st_uid,
					   (unsigned long)uid, (unsigned long)uid,
					   (unsigned long)gid, dir);
		return -1;
	}
	if ((st.st_mode & 077) != 0) {
		*error_r = t_strdup_printf("%s may be entered by others (mode %04o): chmod 0700 %s",
					   dir, (unsigned int)(st.st_mode & 07777), dir);
		return -1;
	}
	return 0;
}

void pix_service_main_drop(void)
{
	restrict_access_by_env(RESTRICT_ACCESS_FLAG_ALLOW_ROOT, NULL);
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		i_fatal("prctl(PR_SET_DUMPABLE) failed: %m");
}

static void pix_service_main_connected(struct master_service_connection *conn)
{
	pix_service_accept(pix_main_service, conn);
}

static void pix_service_main_die(void)
{
	/* The processes that need us end first; we go when the last peer is gone. */
	if (pix_main_on_die != NULL)
		pix_main_on_die();
	else if (pix_main_service != NULL)
		pix_service_leave(pix_main_service);
}

void pix_service_main_on_die(void (*callback)(void))
{
	pix_main_on_die = callback;
}

void pix_service_main_run(struct pix_service *service)
{
	pix_main_service = service;
	master_service_set_die_callback(master_service, pix_service_main_die);
	master_service_init_finish(master_service);
	master_service_run(master_service, pix_service_main_connected);
	pix_main_service = NULL;
}

void pix_service_main_end(void)
{
	master_service_deinit(&master_service);
}
