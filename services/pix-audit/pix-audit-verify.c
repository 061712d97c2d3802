/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

/* pix-audit-verify(1): needs the log's files and a public key, and nothing of Dovecot. */

#include "pix-tlog-dir.h"
#include "pix-tlog-proof.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#define MAX_KEYS 16
#define MAX_CHECKPOINTS 64

struct options {
	const char *dir;
	struct pix_note_verifier keys[MAX_KEYS];
	unsigned int key_count;
	const char *checkpoints[MAX_CHECKPOINTS];
	unsigned int checkpoint_count;
	const char *receipt;
	bool quiet, progress;
};

static void usage(FILE *out)
{
	fputs("Usage: pix-audit-verify [-q] --key VKEY|FILE [--key …] [--checkpoint FILE]… DIR\n"
	      "       pix-audit-verify [-q] --key VKEY|FILE --receipt FILE\n"
	      "  DIR           folder of the log\n"
	      "  --key         public key (name+id+base64), or a file that holds it\n"
	      "  --checkpoint  a checkpoint that was kept elsewhere: the log must continue it\n"
	      "  --receipt     one record with its proof, as doveadm pix receipt export writes it\n"
	      "  -q            say only what is wrong\n", out);
}

static void add_key(struct options *opt, const char *arg)
{
	char error[PIX_ERR_SIZE], *data = NULL;
	const char *text = arg;
	size_t size;

	if (opt->key_count == MAX_KEYS) {
		fprintf(stderr, "pix-audit-verify: more than %d keys\n", MAX_KEYS);
		exit(EX_USAGE);
	}
	if (access(arg, F_OK) == 0) {
		if (pix_tlog_file_read(arg, PIX_NOTE_MAX, &data, &size, error) <= 0) {
			fprintf(stderr, "pix-audit-verify: key %s: %s\n", arg, error);
			exit(EX_NOINPUT);
		}
		text = data;
	}
	if (pix_note_verifier_parse(text, &opt->keys[opt->key_count], error) < 0) {
		fprintf(stderr, "pix-audit-verify: key %s: %s\n", arg, error);
		exit(EX_DATAERR);
	}
	opt->key_count++;
	free(data);
}

static void parse_options(struct options *opt, int argc, char *argv[])
{
	static const struct option longs[] = {
		{ "key", required_argument, NULL, 'k' },
		{ "checkpoint", required_argument, NULL, 'c' },
		{ "receipt", required_argument, NULL, 'r' },
		{ "quiet", no_argument, NULL, 'q' },
		{ "version", no_argument, NULL, 'V' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 }
	};
	int c;

	while ((c = getopt_long(argc, argv, "k:c:r:qVh", longs, NULL)) != -1) {
		switch (c) {
		case 'k':
			add_key(opt, optarg);
			break;
		case 'c':
			if (opt->checkpoint_count == MAX_CHECKPOINTS)
				exit(EX_USAGE);
			opt->checkpoints[opt->checkpoint_count++] = optarg;
			break;
		case 'r':
			opt->receipt = optarg;
			break;
		case 'q':
			opt->quiet = true;
			break;
		case 'V':
			puts("pix-audit-verify " PIX_VERSION);
			exit(0);
		case 'h':
			usage(stdout);
			exit(0);
		default:
			usage(stderr);
			exit(EX_USAGE);
		}
	}
	if (optind + (opt->receipt == NULL ? 1 : 0) != argc || opt->key_count == 0) {
		usage(stderr);
		exit(EX_USAGE);
	}
	opt->dir = argv[optind];
	opt->progress = !opt->quiet && isatty(STDERR_FILENO);
}

static void finding(void *context, enum pix_tlog_finding kind, const char *text)
{
	(void)context;
	printf("%s: %s\n", kind == PIX_TLOG_FINDING_BAD ? "BAD" : "warning", text);
}

static void progress(void *context, uint64_t done, uint64_t total)
{
	(void)context;
	if (done % (256 * 64) == 0 || done == total) {
		fprintf(stderr, "\r%" PRIu64 " of %" PRIu64 " records%s", done, total,
			done == total ? "\n" : "");
	}
}

/* The dir is the context of reading, findings need none. */
static void print_time(const char *what, int64_t usecs)
{
	time_t t = (time_t)(usecs / 1000000);
	struct tm tm;
	char buf[64];

	if (usecs > 0 && gmtime_r(&t, &tm) != NULL &&
	    strftime(buf, sizeof(buf), "%Y-%m-%d %H:%M:%S UTC", &tm) > 0)
		printf("%s: %s\n", what, buf);
}

static void
print_result(const struct options *opt, const struct pix_tlog_verify_result *result,
	     const struct pix_checkpoint *anchor, const char *anchor_name)
{
	char root[64];

	pix_base64_enc(result->checkpoint.root.b, PIX_HASH_SIZE, root);
	printf("log: %s\nrecords: %" PRIu64 "\nroot: %s\n", result->checkpoint.origin,
	       result->checkpoint.size, root);
	print_time("first record", result->first_ct);
	print_time("last record", result->last_ct);
	if (result->receipts > 0)
		printf("delivery receipts: %" PRIu64 ", without gaps\n", result->receipts);
	if (anchor_name != NULL) {
		printf("kept elsewhere: %s vouches for the first %" PRIu64 " records\n",
		       anchor_name, anchor->size);
	}
	if (anchor_name == NULL || anchor->size < result->checkpoint.size) {
		printf("caveat: whoever holds the signing key could have rewritten records from %"
		       PRIu64 " on: no checkpoint kept elsewhere covers them\n",
		       anchor_name == NULL ? (uint64_t)0 : anchor->size);
	}
	(void)opt;
}

/* A single record: needs no log, only the key. */
static int verify_receipt(const struct options *opt)
{
	char error[PIX_ERR_SIZE] = "there is no such file", *data = NULL;
	unsigned char leaf[65536];
	struct pix_tlog_proof proof;
	size_t size;
	int ret = -1;

	if (pix_tlog_file_read(opt->receipt, PIX_TLOG_PROOF_MAX, &data, &size, error) <= 0) {
		fprintf(stderr, "pix-audit-verify: %s: %s\n", opt->receipt, error);
		return EX_NOINPUT;
	}
	for (unsigned int i = 0; i < opt->key_count && ret < 0; i++) {
		ret = pix_tlog_proof_verify(data, size, &opt->keys[i], leaf, sizeof(leaf),
					    &proof, error);
	}
	free(data);
	if (ret < 0) {
		printf("BAD: %s: %s\n", opt->receipt, error);
	} else if (!opt->quiet) {
		printf("%.*s\nlog: %s\nindex: %" PRIu64 " of %" PRIu64 " records\n",
		       (int)proof.leaf_size, (const char *)proof.leaf,
		       proof.checkpoint.origin, proof.index, proof.checkpoint.size);
	}
	if (!opt->quiet)
		puts(ret < 0 ? "FAILED" : "OK");
	return ret < 0 ? 1 : 0;
}

int main(int argc, char *argv[])
{
	struct options opt;
	struct pix_tlog_verify_result result;
	struct pix_checkpoint cp, anchor;
	struct pix_tlog_verify *verify;
	const char *anchor_name = NULL;
	char error[PIX_ERR_SIZE];
	struct pix_tlog_dir *dir;
	bool ok;

	memset(&opt, 0, sizeof(opt));
	memset(&anchor, 0, sizeof(anchor));
	parse_options(&opt, argc, argv);
	if (opt.receipt != NULL)
		return verify_receipt(&opt);
	dir = pix_tlog_dir_open(opt.dir, error);
	if (dir == NULL) {
		fprintf(stderr, "pix-audit-verify: %s\n", error);
		return EX_NOINPUT;
	}
	const struct pix_tlog_verify_params params = {
		.read = pix_tlog_dir_read,
		.finding = finding,
		.progress = opt.progress ? progress : NULL,
		.context = dir,
		.keys = opt.keys,
		.key_count = opt.key_count,
		.records = true,
	};
	verify = pix_tlog_verify_new(&params);
	ok = pix_tlog_verify_run(verify, &result);
	for (unsigned int i = 0; i < opt.checkpoint_count; i++) {
		char *note;
		size_t size;

		if (pix_tlog_file_read(opt.checkpoints[i], PIX_NOTE_MAX, &note, &size, error) <= 0) {
			printf("BAD: %s can't be read\n", opt.checkpoints[i]);
			ok = false;
			continue;
		}
		if (!pix_tlog_verify_old(verify, opt.checkpoints[i], note, size, &cp))
			ok = false;
		else if (anchor_name == NULL || cp.size > anchor.size) {
			anchor = cp;
			anchor_name = opt.checkpoints[i];
		}
		free(note);
	}
	if (!opt.quiet && ok)
		print_result(&opt, &result, &anchor, anchor_name);
	if (result.bad > 50)
		printf("BAD: %u findings in all\n", result.bad);
	if (!opt.quiet)
		puts(ok ? "OK" : "FAILED");
	pix_tlog_verify_free(&verify);
	pix_tlog_dir_close(&dir);
	return ok ? 0 : 1;
}
