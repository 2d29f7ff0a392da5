/* ESP8266 files: 0xE9 images, alone or as the two halves of an Arduino file, and the
 * vendor's 0xEA update files. Formats: doc/protocol/images.md. */
/* SPDX-License-Identifier: MIT */
#ifndef FIRMWARE_ESP8266_H
#define FIRMWARE_ESP8266_H

#include "firmware/image.h"

/* Which loader puts the part's segments into memory decides where they may lie. */
enum esp8266_loader {
	LOADER_ROM, /* the chip's ROM or the vendor's boot loader: RAM only */
	LOADER_EBOOT /* Arduino's: skips the part that stays in flash */
};

/* Reads the 0xE9 image at `offset` into a new row of image->parts and notes its flaws.
 * The part, or NULL when it is cut off or its header makes no sense (also a flaw). */
struct image_part *esp8266_read_part(struct image *image, const char *name,
	uint32_t offset, enum esp8266_loader loader);

/* Where the 0xE9 image at `offset` ends by its segment lengths, its checksum included;
 * 0 when that is outside the file. Notes nothing. */
uint32_t esp8266_part_end(const struct image *image, uint32_t offset);

/* The checksum of the eight bytes at 0x1010 is counted as if they were zero: core 3
 * fills them in last. Only for parts that cover them. */
uint8_t esp8266_checksum_without_words(const struct image *image);

/* The word at 0x1010 repeats the file's length: core 3 stored a CRC behind it. */
bool esp8266_has_core3_words(const struct image *image);

void esp8266_parse_e9(struct image *image);
void esp8266_parse_ea(struct image *image);

#endif
