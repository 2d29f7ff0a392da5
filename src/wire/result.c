/* Reads a device's own report about its download, without insisting on JSON. */
/* SPDX-License-Identifier: MIT */
#include "wire/result.h"

#include <string.h>

#include "base/text.h"

#define DIGITS_MOST 4

bool
result_read(const char *body, size_t len, int *number)
{
	static const char word[] = "error";
	const char *found = memmem(body, len, word, sizeof word - 1);
	const char *end = body + len;
	char digits[DIGITS_MOST + 2] = "";
	size_t count = 0;
	int64_t value;

	if (len > RESULT_BODY_MOST || found == NULL)
		return false;
	found += sizeof word - 1;
	while (found < end && *found != '\0' && strchr("\"' \t\r\n:=", *found) != NULL)
		found++;
	while (found < end && *found >= '0' && *found <= '9' && count <= DIGITS_MOST)
		digits[count++] = *found++;
	if (count > DIGITS_MOST || !text_to_number(digits, 0, 9999, &value))
		return false;
	*number = (int)value;
	return true;
}
