/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-tile.h"

#include <inttypes.h>
#include <stdio.h>

void pix_tile_path(int level, uint64_t index, unsigned int width,
		   char path_r[PIX_TILE_PATH_MAX])
{
	unsigned int group[7], count = 0;
	size_t len;

	do {
		group[count++] = (unsigned int)(index % 1000);
		index /= 1000;
	} while (index > 0 && count < 7);
	if (level == PIX_TILE_ENTRIES)
		len = (size_t)snprintf(path_r, PIX_TILE_PATH_MAX, "tile/entries");
	else
		len = (size_t)snprintf(path_r, PIX_TILE_PATH_MAX, "tile/%d", level);
	while (count > 0) {
		count--;
		len += (size_t)snprintf(path_r + len, PIX_TILE_PATH_MAX - len,
					count > 0 ? "/x%03u" : "/%03u", group[count]);
	}
	if (width < PIX_TILE_WIDTH)
		snprintf(path_r + len, PIX_TILE_PATH_MAX - len, ".p/%u", width);
}

int pix_bundle_parse(const unsigned char *data, size_t size, unsigned int count,
		     struct pix_bundle_entry entries_r[PIX_TILE_WIDTH])
{
	size_t pos = 0;

	for (unsigned int i = 0; i < count; i++) {
		size_t len;

		if (size - pos < 2)
			return -1;
		len = (size_t)data[pos] << 8 | data[pos + 1];
		pos += 2;
		if (size - pos < len)
			return -1;
		entries_r[i].data = data + pos;
		entries_r[i].size = len;
		pos += len;
	}
	return pos == size ? 0 : -1;
}

uint64_t pix_tile_level_hashes(uint64_t size, unsigned int level)
{
	return level >= PIX_TILE_LEVELS ? 0 : size >> (level * PIX_TILE_HEIGHT);
}
