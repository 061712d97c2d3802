/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */
#ifndef PIX_FUZZ_H
#define PIX_FUZZ_H

#include <stddef.h>
#include <stdint.h>

/* The entry of libFuzzer. fuzz-replay.c calls it for each file of a corpus,
   so that 'make check' repeats what was ever found; with clang and
   -fsanitize=fuzzer the same object fuzzes (see CONTRIBUTING.md). */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
