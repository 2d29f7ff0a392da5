/* The catalog's files: sections with known keys and checked values. */
/* SPDX-License-Identifier: MIT */
#ifndef DEVICE_CATALOG_READ_H
#define DEVICE_CATALOG_READ_H

#include "base/err.h"
#include "device/catalog_section.h"

#define CATALOG_SECTIONS_MOST 512

struct catalog {
	struct catalog_section **sections;
	unsigned count;
};

/* Adds the sections of one file. */
bool catalog_read(struct catalog *catalog, const char *path, enum catalog_kind kind,
	struct err *err);

#endif
