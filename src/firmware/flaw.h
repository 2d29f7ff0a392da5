/* What is wrong with an image: noted by the format readers, several may come together.
 * Codes that only one reader raises stand in that reader. */
/* SPDX-License-Identifier: MIT */
#ifndef FIRMWARE_FLAW_H
#define FIRMWARE_FLAW_H

#include "firmware/image.h"

/* Raised by several readers. */
extern const struct err_code flaw_truncated; /* E-IMAGE-TRUNCATED */
extern const struct err_code flaw_trailing; /* E-IMAGE-TRAILING */
extern const struct err_code flaw_checksum; /* E-IMAGE-CHECKSUM */
extern const struct err_code flaw_crc; /* E-IMAGE-CRC */
extern const struct err_code flaw_segment_count; /* E-IMAGE-SEGMENT-COUNT */
extern const struct err_code flaw_no_application; /* E-IMAGE-NO-APPLICATION */

/* Appends a flaw; what exceeds IMAGE_FLAWS_MOST is dropped. Returns false, so that a
 * reader can stop with: return flaw_add(...). */
bool flaw_add(struct image *image, const struct err_code *code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif
