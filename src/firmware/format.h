/* The format readers image_parse() chooses from. Each fills format, chip, parts and
 * flaws of an image whose bytes are there. */
/* SPDX-License-Identifier: MIT */
#ifndef FIRMWARE_FORMAT_H
#define FIRMWARE_FORMAT_H

#include "firmware/image.h"

bool esp32_is(const struct image *image);
void esp32_parse(struct image *image);

bool gzip_is(const struct image *image);
void gzip_parse(struct image *image); /* fills image->inner */

/* Everything that is no firmware of an ESP: named as far as it is known. */
void foreign_parse(struct image *image);

/* Looks for the program, its variant and version in the bytes of any format. */
void program_find(struct image *image);

#endif
