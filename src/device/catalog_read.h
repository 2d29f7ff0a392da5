/* The catalog's files: sections with known keys and checked values. */
/* SPDX-License-Identifier: MIT */
#ifndef DEVICE_CATALOG_READ_H
#define DEVICE_CATALOG_READ_H

#include "device/catalog.h"

#define CATALOG_KEYS_MOST     24
#define CATALOG_SECTIONS_MOST 512

enum catalog_kind { CATALOG_MODEL, CATALOG_FIRMWARE };

struct catalog_section {
	enum catalog_kind kind;
	char *id; /* "basicr3" */
	char *file;
	unsigned line;
	unsigned count;
	struct {
		char *key;
		char *value;
	} entries[CATALOG_KEYS_MOST];
};

struct catalog {
	struct catalog_section **sections;
	unsigned count;
};

/* Adds the sections of one file. */
bool catalog_read(struct catalog *catalog, const char *path, enum catalog_kind kind,
	struct err *err);

#endif
