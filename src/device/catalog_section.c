/* One section of the catalog's files, as it was read. */
/* SPDX-License-Identifier: MIT */
#include "device/catalog_section.h"

#include <string.h>

const char *
catalog_id(const struct catalog_section *section)
{
	return section->id;
}

const char *
catalog_value(const struct catalog_section *section, const char *key)
{
	for (unsigned i = 0; section != NULL && i < section->count; i++)
		if (strcmp(section->entries[i].key, key) == 0)
			return section->entries[i].value;
	return NULL;
}

bool
catalog_lists(const struct catalog_section *section, const char *key, const char *word)
{
	const char *at = catalog_value(section, key);
	size_t len = strlen(word);

	while (at != NULL && *at != '\0') {
		at += strspn(at, ", ");
		if (strcspn(at, ", ") == len && strncmp(at, word, len) == 0)
			return true;
		at += strcspn(at, ", ");
	}
	return false;
}
