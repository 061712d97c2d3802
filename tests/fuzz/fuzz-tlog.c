/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

/* Files of a log as a stranger hands them over: every file of it is this input. */

#include "pix-core.h"
#include "pix-tile.h"
#include "pix-tlog-verify.h"
#include "fuzz.h"

struct fuzz_file {
	const uint8_t *data;
	size_t size;
};

static int
fuzz_read(void *context, const char *path, const unsigned char **data_r, size_t *size_r,
	  char error_r[PIX_ERR_SIZE] ATTR_UNUSED)
{
	struct fuzz_file *file = context;

	i_assert(strlen(path) < PIX_TILE_PATH_MAX);
	*data_r = file->data;
	*size_r = file->size;
	return 1;
}

static void
fuzz_finding(void *context ATTR_UNUSED, enum pix_tlog_finding finding ATTR_UNUSED,
	     const char *text)
{
	i_assert(text[0] != '\0');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char vkey[] =
		"PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
	struct fuzz_file file = { data, size };
	struct pix_bundle_entry entries[PIX_TILE_WIDTH];
	struct pix_note_verifier key, other;
	struct pix_tlog_verify_result result;
	struct pix_tlog_verify *verify;
	struct pix_checkpoint cp;
	char error[PIX_ERR_SIZE], *text;
	size_t len;

	for (unsigned int width = 1; width <= PIX_TILE_WIDTH; width += 51)
		(void)pix_bundle_parse(data, size, width, entries);
	(void)pix_checkpoint_parse((const char *)data, size, &cp);
	if (pix_note_verifier_parse(vkey, &key, error) < 0)
		i_unreached();
	(void)pix_note_verify((const char *)data, size, &key, &len);
	text = i_strndup(data, size);
	(void)pix_note_verifier_parse(text, &other, error);
	i_free(text);

	const struct pix_tlog_verify_params params = {
		.read = fuzz_read, .finding = fuzz_finding, .context = &file,
		.keys = &key, .key_count = 1, .records = TRUE,
	};
	verify = pix_tlog_verify_new(&params);
	(void)pix_tlog_verify_run(verify, &result);
	(void)pix_tlog_verify_old(verify, "old", (const char *)data, size, &cp);
	pix_tlog_verify_free(&verify);
	return 0;
}
