/* Builds images for one slot of a stock device ("version 2" images), as the intermediate
 * images of old flashers are: right in form, with the texts and pointers by which they
 * are known, running nowhere but in the simulator.
 * Source: doc/protocol/simulator-stock.md, "Intermediate image". */
/* SPDX-License-Identifier: MIT */
#ifndef SIM_USER_IMAGE_H
#define SIM_USER_IMAGE_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define USER_IMAGE_USUAL 239220
#define USER_IMAGE_LEAST 16404

struct user_image_plan {
	unsigned slot; /* 1 or 2 */
	size_t size; /* of the file, 4 more than a multiple of 16 */
	uint8_t mode; /* flash mode byte */
	const char *flaw; /* "none", "checksum", "crc", "truncated" */
};

/* Writes the file. */
bool user_image_write(
	const char *path, const struct user_image_plan *plan, struct err *err);

#endif
