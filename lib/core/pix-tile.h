/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */
#ifndef PIX_TILE_H
#define PIX_TILE_H

/* Names and contents of C2SP tlog-tiles files. Pure C, like pix-merkle.h. */

#include "pix-merkle.h"

/* largest path, with its NUL */
#define PIX_TILE_PATH_MAX 64
/* an entry of a bundle has 16 bits of length */
#define PIX_BUNDLE_ENTRY_MAX 65535
#define PIX_BUNDLE_MAX_SIZE (PIX_TILE_WIDTH * (2 + PIX_BUNDLE_ENTRY_MAX))
/* pix_tile_path(): the entry bundles instead of a level of hashes */
#define PIX_TILE_ENTRIES (-1)

/* "tile/<level>/<index>[.p/<width>]"; level: 0..7 or PIX_TILE_ENTRIES; width:
   1..256, 256 is the full tile. */
void pix_tile_path(int level, uint64_t index, unsigned int width,
		   char path_r[PIX_TILE_PATH_MAX]);

/* One entry of a bundle; data points into it. */
struct pix_bundle_entry {
	const unsigned char *data;
	size_t size;
};
/* Splits an entry bundle that must hold exactly count entries (1..256) and
   nothing else. Returns 0 or -1. */
int pix_bundle_parse(const unsigned char *data, size_t size, unsigned int count,
		     struct pix_bundle_entry entries_r[PIX_TILE_WIDTH]);
/* Hashes of tiles of this level in a tree of size leaves. */
uint64_t pix_tile_level_hashes(uint64_t size, unsigned int level);

#endif
