/* Builds flash images as the Arduino core lays them out, filled with pseudo-random bytes:
 * right in form, of any size, running nowhere but in the simulator. */
/* SPDX-License-Identifier: MIT */
#ifndef SIM_IMAGE_MAKER_H
#define SIM_IMAGE_MAKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define IMAGE_LEAST 0x11000
#define IMAGE_MOST  (4 * 1024 * 1024)

struct image_plan {
	const char *program; /* "Tasmota" */
	const char *variant; /* "lite" */
	uint32_t version; /* 0x0E010000 is 14.1.0 */
	const char *version_text; /* for programs that have it as text */
	size_t size; /* of the file, a multiple of 16 */
	uint8_t mode; /* flash mode byte */
	bool wifi; /* Wi-Fi data inside */
	bool core3_crc; /* length and CRC words as core 3.0 writes them */
};

/* The caller frees the bytes; plan->size says how many. */
uint8_t *image_make(const struct image_plan *plan);

#endif
