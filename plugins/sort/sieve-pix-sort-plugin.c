/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

/* sieve/lib90_sieve_pix_sort_plugin.so: "sieve_plugins = sieve_pix_sort" */

#include "ext-pix-sort.h"
#include "pix-core.h"
#include "pigeonhole-version.h"

extern const char *sieve_pix_sort_plugin_version;
int sieve_pix_sort_plugin_load(struct sieve_instance *svinst, void **context);
void sieve_pix_sort_plugin_unload(struct sieve_instance *svinst, void *context);
void sieve_pix_sort_plugin_init(void);
void sieve_pix_sort_plugin_deinit(void);

PIX_EXPORT const char *sieve_pix_sort_plugin_version = PIGEONHOLE_ABI_VERSION;

/* 2.3 calls it as a function without a result */
PIX_EXPORT int
sieve_pix_sort_plugin_load(struct sieve_instance *svinst, void **context)
{
	const struct sieve_extension *ext;

	if (pix_sieve_extension_register(svinst, &ext_pix_sort, TRUE, &ext) < 0)
		return -1;
	*context = (void *)ext;
	return 0;
}

PIX_EXPORT void
sieve_pix_sort_plugin_unload(struct sieve_instance *svinst ATTR_UNUSED,
			     void *context)
{
	if (context != NULL)
		sieve_extension_unregister(context);
}

PIX_EXPORT void sieve_pix_sort_plugin_init(void)
{
}

PIX_EXPORT void sieve_pix_sort_plugin_deinit(void)
{
}
