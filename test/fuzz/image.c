/* Any bytes as a firmware file: parsed, asked for every method, corrected. */
/* SPDX-License-Identifier: MIT */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "firmware/accept.h"
#include "firmware/image.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void
ask_methods(const struct image *image)
{
	char warning[ACCEPT_WARNING_SIZE];
	struct err err = { 0 };

	for (size_t i = 0; accept_methods[i] != NULL; i++)
		if (accept_image(image, accept_methods[i], NULL, warning, &err) &&
			image_fault(image) != NULL)
			abort(); /* a faulty file must never be accepted */
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	OWN_NEW(image) image = image_parse("fuzz.bin", bytes, len);
	OWN_NEW(image) fixed = NULL;

	ask_methods(image);
	if (image_needs_dout(image)) {
		fixed = image_with_dout(image);
		if (image_needs_dout(fixed) ||
			(image_fault(image) == NULL && image_fault(fixed) != NULL))
			abort(); /* the correction made it worse */
		ask_methods(fixed);
	}
	return 0;
}
