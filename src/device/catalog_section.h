/* One section of the catalog's files: what is said of one model, or of one range of firmware
 * versions. */
/* SPDX-License-Identifier: MIT */
#ifndef DEVICE_CATALOG_SECTION_H
#define DEVICE_CATALOG_SECTION_H

#include <stdbool.h>

#define CATALOG_KEYS_MOST 24

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

/* The id a section stands under: "minir2". */
const char *catalog_id(const struct catalog_section *section);

/* A value of a section; NULL when it says nothing of the key (or section is NULL). */
const char *catalog_value(const struct catalog_section *section, const char *key);

/* Whether a comma-separated value holds the word. */
bool catalog_lists(
	const struct catalog_section *section, const char *key, const char *word);

#endif
