/* Downloaded images, kept between runs. A damaged copy is as good as none. */
/* SPDX-License-Identifier: MIT */
#ifndef FLASH_FIRMWARE_CACHE_H
#define FLASH_FIRMWARE_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/memory.h"

struct cached {
	uint8_t *bytes; /* NULL: nothing there */
	size_t len;
	char sha256[65];
	char etag[128]; /* what the server called this version */
	char modified[64];
};

void cached_clear(struct cached *cached);

/* The copy of `url`, its digest counted again and compared. `directory` may be NULL. */
bool firmware_cache_get(const char *directory, const char *url, struct cached *out);

/* Keeps a copy, whole or not at all. E-FILE, E-DISK-FULL. */
bool firmware_cache_put(const char *directory, const char *url,
	const struct cached *cached, struct err *err);

#endif
