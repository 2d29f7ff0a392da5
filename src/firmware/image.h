/* A firmware image held in memory: parsed in full, hashed, and never read again from
 * disk, so that what is served is exactly what was checked.
 * Formats: doc/protocol/images.md. */
/* SPDX-License-Identifier: MIT */
#ifndef FIRMWARE_IMAGE_H
#define FIRMWARE_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/memory.h"

enum image_format {
	IMAGE_ARDUINO, /* eboot at 0, application at 0x1000: a whole flash image */
	IMAGE_V1, /* one ESP8266 0xE9 image without an application behind it */
	IMAGE_V2, /* ESP8266 0xEA: the vendor's user1/user2 */
	IMAGE_ESP32, /* ESP32 family application or factory image */
	IMAGE_GZIP, /* compressed; `inner` tells what is inside */
	IMAGE_ELF, /* the linker's file, not a flash image */
	IMAGE_OTHER /* HTML, text, zip, anything */
};

enum image_flash_mode { FLASH_QIO, FLASH_QOUT, FLASH_DIO, FLASH_DOUT };

#define IMAGE_SEGMENTS_MOST 16

struct image_segment {
	uint32_t address; /* where it is loaded or mapped */
	uint32_t length;
	uint32_t offset; /* of its data in the file */
	bool mapped; /* flash seen through the cache, not loaded into RAM */
};

/* One 0xE9 image inside the file. */
struct image_part {
	const char *name; /* "boot loader", "application", "RAM part", "image" */
	uint32_t offset; /* of its header */
	uint32_t end; /* first byte behind its checksum; 0 when it was not reached */
	uint32_t entry;
	uint8_t flash_mode_byte; /* enum image_flash_mode, or a bad value */
	uint8_t size_speed_byte;
	unsigned segment_count;
	struct image_segment segments[IMAGE_SEGMENTS_MOST];
	uint8_t checksum_found;
	uint8_t checksum_wanted;
	bool has_checksum; /* the file is long enough to hold it */
};

/* Something wrong ("E-IMAGE-…": no method takes the file) or merely remarkable
 * ("W-IMAGE-…", of kind ERR_NONE), in the order it was met. */
struct image_flaw {
	const struct err_code *code; /* a row of doc/errors.md */
	char text[160];
};

#define IMAGE_FLAWS_MOST 16
#define IMAGE_PARTS_MOST 2
#define IMAGE_BYTES_MOST (16 * 1024 * 1024)

struct image {
	char name[128]; /* base name of file or URL, printable */
	uint8_t *bytes; /* owned */
	size_t len;
	char sha256[65]; /* of bytes; lower case, devices compare text */
	enum image_format format;
	char chip[16]; /* "esp8266", "esp32-c3", "" */
	unsigned part_count;
	struct image_part parts[IMAGE_PARTS_MOST]; /* Arduino: eboot, application */
	bool has_crc; /* core 3.0 length and CRC words, or the v2 CRC word */
	bool crc_is_good;
	uint32_t flash_part_len; /* v2: bytes that run in place, from offset 16 on */
	bool fits_slot[2]; /* v2: linked for user1 (0), user2 (1), or for any place */
	char program[32]; /* "Tasmota", "ESPHome", "" */
	char variant[32]; /* "lite", "minimal", "" */
	char version[32]; /* "14.1.0", "" when not found */
	bool version_is_a_guess;
	unsigned flaw_count;
	struct image_flaw flaws[IMAGE_FLAWS_MOST];
	struct image *inner; /* gzip: the content, owned; else NULL */
};

enum { IMAGE_APPLICATION_AT = 0x1000 }; /* Arduino layout: behind eboot's sector */

/* Parses len bytes (copied). Always succeeds: what is wrong is in flaws. */
struct image *image_parse(const char *name, const uint8_t *bytes, size_t len);

/* Reads a file and parses it. NULL with E-FILE when it cannot be read, is empty or
 * larger than IMAGE_BYTES_MOST. */
struct image *image_open(const char *path, struct err *err);

/* The first thing that is wrong with the file, also inside a gzip; NULL: it is sound.
 * Remarks do not count. */
const struct image_flaw *image_fault(const struct image *image);
bool image_flaw_is_remark(const struct image_flaw *flaw);

/* What the device will run: the image, or what a gzip holds (NULL when it is damaged). */
const struct image *image_content(const struct image *image);

/* The flash-mode byte at address 0 of a raw Arduino image is not DOUT. */
bool image_needs_dout(const struct image *image);

/* A copy of a raw Arduino image whose flash-mode byte says DOUT, with its digest (and
 * its core-3 CRC word, which covers the header) made anew. The checksum does not cover
 * the header. The original is untouched. */
struct image *image_with_dout(const struct image *image);

/* A compressed copy (gzip) of a raw image, parsed like any other file: where there is
 * little room, Tasmota from 8.2 on takes it. The caller frees it. */
struct image *image_compressed(const struct image *image);

const char *image_format_name(enum image_format format);
const char *image_flash_mode_name(uint8_t mode_byte); /* "DOUT", "invalid" */
const char *image_flash_size_name(uint8_t size_speed_byte); /* "1 MiB", "unknown" */
const char *image_flash_speed_name(uint8_t size_speed_byte); /* "40 MHz", "unknown" */
const char *image_memory_name(uint32_t address); /* ESP8266: "IRAM", "unknown" */

void image_free(struct image *image);
DEFINE_OWN(image)

#endif
