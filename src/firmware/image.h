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
	uint32_t offset; /* of its header */
	uint32_t entry;
	uint8_t flash_mode_byte; /* enum image_flash_mode, or a bad value */
	uint8_t size_speed_byte;
	unsigned segment_count;
	struct image_segment segments[IMAGE_SEGMENTS_MOST];
	uint8_t checksum_found;
	uint8_t checksum_wanted;
};

/* Something wrong or remarkable, in the order it was met. */
struct image_flaw {
	const char *
		code; /* "E-IMAGE-TRUNCATED": row of doc/errors.md; "W-…" for a warning */
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
	bool fits_slot[2]; /* v2: linked for user1 (0), user2 (1) */
	char program[32]; /* "Tasmota", "ESPHome", "" */
	char variant[32]; /* "lite", "minimal", "" */
	char version[32]; /* "14.1.0", "" when not found */
	bool version_is_a_guess;
	unsigned flaw_count;
	struct image_flaw flaws[IMAGE_FLAWS_MOST];
	struct image *inner; /* gzip: the content, owned; else NULL */
};

/* Parses len bytes (copied). Always succeeds: what is wrong is in flaws. */
struct image *image_parse(const char *name, const uint8_t *bytes, size_t len);

/* Reads a file and parses it. NULL with E-FILE when it cannot be read, is empty or
 * larger than IMAGE_BYTES_MOST. */
struct image *image_open(const char *path, struct err *err);

/* A copy whose flash-mode byte says DOUT, with its digest made anew: the header is not
 * covered by the checksum. The original is untouched. */
struct image *image_with_dout(const struct image *image);

const char *image_format_name(enum image_format format);
const char *image_flash_mode_name(uint8_t mode_byte); /* "DOUT", "invalid" */

void image_free(struct image *image);
DEFINE_OWN(image)

#endif
