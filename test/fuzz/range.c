/* The Range header and the device's report: any bytes. */
/* SPDX-License-Identifier: MIT */
#include "wire/range.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "wire/result.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	OWN_STR value = xstrndup((const char *)bytes, len);
	uint64_t total = len > 0 ? (uint64_t)bytes[len - 1] * 4097 : 0;
	char text[RANGE_TEXT_SIZE];
	struct range part;
	int number;

	if (range_read(value, total, &part) == RANGE_PART) {
		if (part.first > part.last || part.last >= total)
			abort();
		range_write(&part, total, text);
	}
	if (result_read((const char *)bytes, len, &number) &&
		(number < 0 || number > 9999))
		abort();
	return 0;
}
