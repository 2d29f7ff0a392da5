/* Literal bytes from test/golden, read at run time. */
/* SPDX-License-Identifier: MIT */
#ifndef TEST_UNIT_GOLDEN_H
#define TEST_UNIT_GOLDEN_H

#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"
#include "test/unit/unit.h"

/* The bytes behind "NAME<tab>" in test/golden/FILE; the caller frees. Fails the test when
 * there is no such line. */
static inline char *
golden_line(const char *file, const char *name)
{
	const char *root = getenv("AIRLIFT_SOURCE");
	OWN_STR path = xasprintf("%s/test/golden/%s", root != NULL ? root : ".", file);
	OWN_STR wanted = xasprintf("%s\t", name);
	uint8_t *bytes = NULL;
	size_t len;
	char *found = NULL;

	assert_true(file_read(path, 1024 * 1024, &bytes, &len, NULL));
	for (char *rest = (char *)bytes, *line; (line = strsep(&rest, "\n")) != NULL;)
		if (text_starts_with(line, wanted))
			found = xstrdup(line + strlen(wanted));
	free(bytes);
	assert_non_null(found);
	return found;
}

#endif
